/** The user calls of RFC 9293 3.9.1, as requests. */

import {
  formatIpv4,
  type IpAddress,
  isMulticastIpv4,
  isUnspecified,
  PROTOCOL_TCP,
} from '@strata/wire';
import { dropTcp, took } from '../outcomes.ts';
import type { TransportRequest } from '../pdu.ts';
import { deliver } from './arrive/hand-up.ts';
import { markUrgent } from './arrive/urgent.ts';
import { orphan } from './open-close/connection-end.ts';
import { isAddressInUse } from './open-close/connection-table.ts';
import { firstSequence, openTcb } from './open-close/open.ts';
import { forgetRequests } from './open-close/passive-open.ts';
import { changeOptions, mergeOptions } from './open-close/socket-options.ts';
import { mayReuseTimeWait, recycleTimeWait } from './open-close/time-wait.ts';
import { congestionControlFault } from './recover/congestion/registry.ts';
import { noteAppLimited } from './send/rate.ts';
import { appendToSend, sendBufferOctets } from './send/send-buffer.ts';
import { type CloseReason, NO_ADDRESS, type SocketAddress, type SocketId } from './state/socket.ts';
import type { TableEntry } from './state/tables.ts';
import type { Tcb } from './state/tcb.ts';
import type { TimeWait } from './state/time-wait.ts';
import { isSocketTaken, register, type TcpLayer } from './tcp-tables.ts';
import { changeState, tellState } from './transitions.ts';

/** Requests that concern a TCP socket. */
export type TcpRequest = Exclude<TransportRequest, { kind: 'bind' | 'datagram' | 'get-info' }>;

type ConnectRequest = Extract<TcpRequest, { kind: 'connect' }>;

export function handleTcpRequest(tcp: TcpLayer, request: TcpRequest, nowMs: number): void {
  if (request.kind === 'connect') return connect(tcp, request, nowMs);
  if (request.kind === 'listen') return listen(tcp, request);
  const tcb = tcp.tables.sockets.get(request.socket);
  if (tcb !== undefined) return onConnection(tcp, tcb, request, nowMs);
  if (request.kind === 'close' || request.kind === 'abort')
    closeListener(tcp, request.socket, nowMs);
  else if (request.kind === 'set-options') {
    const member = tcp.tables.listeners.get(request.socket)?.member;
    if (member === undefined) return dropTcp(tcp, 'TCP_CLOSE');
    member.options = mergeOptions(member.options, request.options);
    took(tcp);
  } else dropTcp(tcp, 'TCP_CLOSE');
}

function onConnection(
  tcp: TcpLayer,
  tcb: Tcb,
  request: Exclude<TcpRequest, { kind: 'connect' | 'listen' }>,
  nowMs: number,
): void {
  switch (request.kind) {
    case 'accept':
      accept(tcp, tcb, request.endpoint, request.creditOctets, nowMs);
      break;
    case 'send':
      send(tcp, tcb, request, nowMs);
      break;
    case 'credit':
      tcb.creditOctets = Math.max(tcb.creditOctets, request.limitOctets);
      took(tcp);
      deliver(tcp, tcb, nowMs);
      break;
    case 'shutdown':
      took(tcp);
      queueFin(tcp, tcb);
      break;
    case 'close':
      took(tcp);
      close(tcp, tcb, nowMs);
      break;
    case 'abort':
      took(tcp);
      tcp.abort(tcb, nowMs, 'TCP_STATE', 'aborted', '');
      break;
    case 'set-options':
      took(tcp);
      changeOptions(tcp, tcb, request.options, nowMs);
      break;
  }
  tcp.wake(tcb);
}

/** OPEN, active (RFC 9293 3.10.1). */
function connect(tcp: TcpLayer, request: ConnectRequest, nowMs: number): void {
  const refuse = (reason: CloseReason, detail: string) =>
    refuseRequest(tcp, request.socket, request.endpoint, reason, detail);
  if (isSocketTaken(tcp.tables, request.socket)) return dropTcp(tcp, 'strata/ALREADY_DONE');
  const { remote } = request;
  if (remote.port === 0 || isUnspecified(remote.address))
    return refuse('invalid', 'the remote address and port must not be 0');
  const fault = congestionControlFault(request.options.congestionControl);
  if (fault !== undefined) return refuse('invalid', fault);
  if (tcp.addresses.isBroadcast(remote.address) || isMulticastIpv4(remote.address)) {
    // RFC 9293 3.9.2.3, MUST-46
    return refuse(
      'network unreachable',
      'TCP does not connect to a broadcast or multicast address',
    );
  }
  const source = isUnspecified(request.local.address)
    ? tcp.addresses.sourceFor(remote.address)?.address
    : request.local.address;
  if (source === undefined) return refuse('network unreachable', 'the stack has no address');
  if (!tcp.addresses.owns(source))
    return refuse('address not available', 'the local address is not an address of this stack');
  const port = request.local.port || choosePort(tcp, request.socket, source, remote, nowMs);
  if (port === undefined) return refuse('no ports', 'all of ip_local_port_range is in use');
  const local = { address: source, port };
  const isBound = request.local.port !== 0;
  const { shards } = tcp;
  if (!shards.takes(PROTOCOL_TCP, source, port, remote.address, remote.port)) {
    return refuse('address not available', `port ${port} belongs to a shard of another replica`);
  }
  if (isBound && tcp.tables.listeners.conflicts(request.local, false)) {
    return refuse('address in use', isListenedOn(request.local));
  }
  const reuseAddress = request.options.reuseAddress === true;
  if (isBound && isAddressInUse(tcp.tables.connections, local, reuseAddress)) {
    return refuse('address in use', `port ${port} is still used by an earlier connection`);
  }
  const before = tcp.tables.connections.between(local, remote);
  if (before !== undefined && !mayReuse(tcp, before, isBound, nowMs)) {
    return refuse('address in use', 'a connection with these addresses and ports exists');
  }
  open(tcp, request, local, before?.kind === 'time-wait' ? before : undefined, nowMs);
}

function mayReuse(tcp: TcpLayer, entry: TableEntry, isBound: boolean, nowMs: number): boolean {
  return entry.kind === 'time-wait' && mayReuseTimeWait(tcp, entry, isBound, nowMs);
}

/** `before`: the connection in TIME-WAIT that the new one replaces. */
function open(
  tcp: TcpLayer,
  request: ConnectRequest,
  local: SocketAddress,
  before: TimeWait | undefined,
  nowMs: number,
) {
  const iss = firstSequence(tcp.secret, local, request.remote, before?.sndNxt, nowMs);
  const tcb = openTcb(tcp, { ...request, listener: 0, local, state: 'SYN-SENT', iss }, nowMs);
  if (before !== undefined) {
    tcb.tsRecent = before.tsRecent;
    tcb.tsRecentAtMs = before.tsRecentAtMs;
    recycleTimeWait(tcp, before);
  }
  tcb.creditOctets = request.creditOctets;
  tcp.counters.TcpActiveOpens += 1;
  took(tcp);
  tellState(tcp, 'CLOSED', 'SYN-SENT', 'strata/OPEN', tcb.socket);
  register(tcp.tables, tcb);
  tcp.wake(tcb);
}

/**
 * Chooses a port whose flow belongs to the socket's shard, since the answers arrive in the flow's
 * shard.
 */
function choosePort(
  tcp: TcpLayer,
  socket: SocketId,
  source: IpAddress,
  remote: SocketAddress,
  nowMs: number,
): number | undefined {
  const { connections, listeners } = tcp.tables;
  return tcp.tables.ports.choose(tcp.sysctl.ip_local_port_range, source, remote, (port) => {
    const { address } = remote;
    if (!tcp.shards.isAtHome(socket, PROTOCOL_TCP, source, port, address, remote.port)) {
      return false;
    }
    if (listeners.isListening(port)) return false;
    const before = connections.between({ address: source, port }, remote);
    return before === undefined || mayReuse(tcp, before, false, nowMs);
  });
}

/** Chooses a port for a listener: one without any connection. */
function chooseUnusedPort(tcp: TcpLayer, address: IpAddress): number | undefined {
  const { connections, listeners } = tcp.tables;
  return tcp.tables.ports.choose(tcp.sysctl.ip_local_port_range, address, NO_ADDRESS, (port) => {
    const local = { address, port };
    return !listeners.isListening(port) && !isAddressInUse(connections, local, false);
  });
}

/** OPEN, passive. */
function listen(tcp: TcpLayer, request: Extract<TcpRequest, { kind: 'listen' }>): void {
  const { listeners } = tcp.tables;
  const { socket, endpoint } = request;
  if (isSocketTaken(tcp.tables, socket)) return dropTcp(tcp, 'strata/ALREADY_DONE');
  const fault = congestionControlFault(request.options.congestionControl);
  if (fault !== undefined) return refuseRequest(tcp, socket, endpoint, 'invalid', fault);
  const { address } = request.local;
  if (!isUnspecified(address) && !tcp.addresses.owns(address)) {
    return refuseRequest(
      tcp,
      socket,
      endpoint,
      'address not available',
      'the local address is not an address of this stack',
    );
  }
  const port = request.local.port || chooseUnusedPort(tcp, address);
  if (port === undefined) {
    return refuseRequest(tcp, socket, endpoint, 'no ports', 'all of ip_local_port_range is in use');
  }
  const local = { address, port };
  const reuseAddress = request.options.reuseAddress === true;
  const reusePort = request.reusePort === true;
  if (listeners.conflicts(local, reusePort)) {
    return refuseRequest(tcp, socket, endpoint, 'address in use', isListenedOn(local));
  }
  // A listener that joins others on this port shares it with their connections already.
  const joins = listeners.isListeningOn(local);
  if (!joins && isAddressInUse(tcp.tables.connections, local, reuseAddress)) {
    const detail = `port ${port} is still used by an earlier connection`;
    return refuseRequest(tcp, socket, endpoint, 'address in use', detail);
  }
  took(tcp);
  listeners.add(local, reusePort, {
    socket,
    endpoint,
    backlog: Math.max(1, Math.min(request.backlog, tcp.sysctl.somaxconn)),
    options: request.options,
    requests: 0,
    young: 0,
    waiting: 0,
  });
  tcp.indicate({ kind: 'listening', socket, endpoint, local });
}

/** Refuses a request and tells the application why. */
function refuseRequest(
  tcp: TcpLayer,
  socket: SocketId,
  endpoint: string,
  reason: CloseReason,
  detail: string,
): void {
  dropTcp(tcp, 'strata/REFUSED');
  tellClosed(tcp, socket, endpoint, reason, detail);
}

function tellClosed(
  tcp: TcpLayer,
  socket: SocketId,
  endpoint: string,
  reason: CloseReason,
  detail: string,
): void {
  tcp.indicate({ kind: 'closed', socket, endpoint, reason, detail });
}

function accept(
  tcp: TcpLayer,
  tcb: Tcb,
  endpoint: string,
  creditOctets: number,
  nowMs: number,
): void {
  if (tcb.accepted) return dropTcp(tcp, 'strata/ALREADY_DONE');
  took(tcp);
  const member = tcp.tables.listeners.get(tcb.listener)?.member;
  if (member !== undefined) member.waiting -= 1;
  tcb.accepted = true;
  tcb.endpoint = endpoint;
  tcb.creditOctets = creditOctets;
  deliver(tcp, tcb, nowMs);
}

/** SEND (RFC 9293 3.10.2). */
function send(
  tcp: TcpLayer,
  tcb: Tcb,
  request: Extract<TcpRequest, { kind: 'send' }>,
  nowMs: number,
): void {
  if (tcb.finQueued || tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') {
    return dropTcp(tcp, 'TCP_CLOSE');
  }
  const end = request.offset + request.data.byteLength;
  if (request.offset !== tcb.send.endOffset || end > tcb.sendCreditOctets) {
    const detail = `sent octets ${request.offset} to ${end}, expected from ${tcb.send.endOffset} to ${tcb.sendCreditOctets} at most`;
    dropTcp(tcp, 'strata/REFUSED');
    return tcp.abort(tcb, nowMs, 'strata/INVALID_REQUEST', 'invalid', detail);
  }
  took(tcp);
  noteAppLimited(tcb);
  appendToSend(tcb.send, request.data, request.push);
  if (request.urgent === true && request.data.byteLength > 0) markUrgent(tcb);
}

/** CLOSE (RFC 9293 3.10.4): closes the sending direction. */
function queueFin(tcp: TcpLayer, tcb: Tcb): void {
  if (tcb.finQueued) return;
  const on = 'strata/CLOSE';
  switch (tcb.state) {
    case 'SYN-SENT':
      // No data was written: the TCB is deleted.
      if (sendBufferOctets(tcb.send) === 0) {
        return tcp.close(tcb, on, 'aborted', 'closed before it was opened');
      }
      tcb.finQueued = true;
      return;
    case 'SYN-RECEIVED':
    case 'ESTABLISHED':
      tcb.finQueued = true;
      if (tcb.state === 'ESTABLISHED') changeState(tcp, tcb, 'FIN-WAIT-1', on);
      return;
    case 'CLOSE-WAIT':
      tcb.finQueued = true;
      changeState(tcp, tcb, 'LAST-ACK', on);
      return;
    default:
      return;
  }
}

/**
 * The application closes the socket and reads no more. Data that it has not read makes this a RST
 * (RFC 1122 4.2.2.13).
 */
function close(tcp: TcpLayer, tcb: Tcb, nowMs: number): void {
  if (tcb.receive.inOrderOctets > 0) {
    tcp.counters.TCPAbortOnClose += 1;
    const detail = 'closed with data unread';
    return tcp.abort(tcb, nowMs, 'TCP_ABORT_ON_CLOSE', 'aborted', detail);
  }
  if (tcb.listener !== 0 && !tcb.accepted) {
    const detail = 'closed before it was accepted';
    return tcp.abort(tcb, nowMs, 'TCP_STATE', 'aborted', detail);
  }
  orphan(tcp, tcb);
  queueFin(tcp, tcb);
  if (tcb.state === 'FIN-WAIT-2' || tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return;
  if (tcp.tables.orphans <= tcp.sysctl.tcp_max_orphans) return;
  tcp.counters.TCPAbortOnMemory += 1;
  const detail = 'more orphaned connections than tcp_max_orphans';
  tcp.abort(tcb, nowMs, 'TCP_ABORT_ON_MEMORY', 'no buffers', detail);
}

/** Ends all sockets because the stack shuts down; connections are ended by a RST. */
export function shutDownTcp(tcp: TcpLayer, nowMs: number): void {
  const { listeners, sockets } = tcp.tables;
  for (const { members } of [...listeners]) {
    for (const { socket } of members) closeListener(tcp, socket, nowMs, 'shut down');
  }
  for (const tcb of [...sockets.values()]) tcp.abort(tcb, nowMs, 'TCP_STATE', 'shut down', '');
}

function closeListener(
  tcp: TcpLayer,
  socket: SocketId,
  nowMs: number,
  reason: CloseReason = 'finished',
): void {
  const found = tcp.tables.listeners.get(socket);
  if (found === undefined) return dropTcp(tcp, 'TCP_CLOSE');
  took(tcp);
  for (const tcb of [...tcp.tables.sockets.values()]) {
    if (tcb.listener === socket && !tcb.accepted) {
      const detail = 'the listener was closed';
      tcp.abort(tcb, nowMs, 'strata/LISTENER_CLOSED', 'aborted', detail);
    }
  }
  forgetRequests(tcp, socket);
  tcp.tables.listeners.remove(socket);
  tellClosed(tcp, socket, found.member.endpoint, reason, '');
}

function isListenedOn({ address, port }: SocketAddress): string {
  const where = isUnspecified(address) ? `port ${port}` : `${formatIpv4(address)}:${port}`;
  return `another listener has ${where}; only where both ask for reusePort they share it`;
}
