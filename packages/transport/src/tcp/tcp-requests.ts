import {
  formatIpv4,
  type IpAddress,
  isMulticastIpv4,
  isUnspecified,
  PROTOCOL_TCP,
} from '@strata/wire';
import { dropTcp, took } from '../outcomes.ts';
import type { TransportRequest } from '../pdu.ts';
import type { EphemeralPorts } from '../ports.ts';
import { deliver } from './arrive/hand-up.ts';
import { markUrgent } from './arrive/urgent.ts';
import { isAddressInUse } from './open-close/connection-table.ts';
import { firstSequence, openTcb } from './open-close/open.ts';
import { changeOptions, mergeOptions } from './open-close/socket-options.ts';
import { congestionControlFault } from './recover/congestion/registry.ts';
import { noteAppLimited } from './send/rate.ts';
import { appendToSend, sendBufferOctets } from './send/send-buffer.ts';
import { type CloseReason, NO_ADDRESS, type SocketAddress, type SocketId } from './state/socket.ts';
import type { TableEntry } from './state/tables.ts';
import type { Tcb } from './state/tcb.ts';
import type { TimeWait } from './state/time-wait.ts';
import type { TcpLayer } from './tcp-layer.ts';
import { changeState, tellState } from './transitions.ts';

/** Requests that concern a TCP socket. */
export type TcpRequest = Exclude<TransportRequest, { kind: 'bind' | 'datagram' | 'get-info' }>;

type ConnectRequest = Extract<TcpRequest, { kind: 'connect' }>;

/** The user calls of RFC 9293 3.9.1, as requests. */
export class TcpRequests {
  readonly #layer: TcpLayer;
  readonly #ports: EphemeralPorts;

  constructor(layer: TcpLayer, ports: EphemeralPorts) {
    this.#layer = layer;
    this.#ports = ports;
  }

  handle(request: TcpRequest, nowMs: number): void {
    if (request.kind === 'connect') return this.#connect(request, nowMs);
    if (request.kind === 'listen') return this.#listen(request);
    const tcb = this.#layer.sockets.get(request.socket);
    if (tcb !== undefined) return this.#onConnection(tcb, request, nowMs);
    if (request.kind === 'close' || request.kind === 'abort')
      this.#closeListener(request.socket, nowMs);
    else if (request.kind === 'set-options') {
      const member = this.#layer.listeners.get(request.socket)?.member;
      if (member === undefined) return dropTcp(this.#layer.context, 'TCP_CLOSE');
      member.options = mergeOptions(member.options, request.options);
      took(this.#layer.context);
    } else dropTcp(this.#layer.context, 'TCP_CLOSE');
  }

  #onConnection(
    tcb: Tcb,
    request: Exclude<TcpRequest, { kind: 'connect' | 'listen' }>,
    nowMs: number,
  ): void {
    switch (request.kind) {
      case 'accept':
        this.#accept(tcb, request.endpoint, request.creditOctets, nowMs);
        break;
      case 'send':
        this.#send(tcb, request, nowMs);
        break;
      case 'credit':
        tcb.creditOctets = Math.max(tcb.creditOctets, request.limitOctets);
        took(this.#layer.context);
        deliver(this.#layer.context, tcb, nowMs);
        break;
      case 'shutdown':
        took(this.#layer.context);
        this.#queueFin(tcb);
        break;
      case 'close':
        took(this.#layer.context);
        this.#close(tcb, nowMs);
        break;
      case 'abort':
        took(this.#layer.context);
        this.#layer.context.abort(tcb, nowMs, 'TCP_STATE', 'aborted', '');
        break;
      case 'set-options':
        took(this.#layer.context);
        changeOptions(this.#layer.context, tcb, request.options, nowMs);
        break;
    }
    this.#layer.context.wake(tcb);
  }

  /** OPEN, active (RFC 9293 3.10.1). */
  #connect(request: ConnectRequest, nowMs: number): void {
    const { context } = this.#layer;
    const refuse = (reason: CloseReason, detail: string) =>
      this.#refuse(request.socket, request.endpoint, reason, detail);
    if (this.#layer.isTaken(request.socket)) return dropTcp(context, 'strata/ALREADY_DONE');
    const { remote } = request;
    if (remote.port === 0 || isUnspecified(remote.address))
      return refuse('invalid', 'the remote address and port must not be 0');
    const fault = congestionControlFault(request.options.congestionControl);
    if (fault !== undefined) return refuse('invalid', fault);
    if (context.addresses.isBroadcast(remote.address) || isMulticastIpv4(remote.address)) {
      // RFC 9293 3.9.2.3, MUST-46
      return refuse(
        'network unreachable',
        'TCP does not connect to a broadcast or multicast address',
      );
    }
    const source = isUnspecified(request.local.address)
      ? context.addresses.sourceFor(remote.address)?.address
      : request.local.address;
    if (source === undefined) return refuse('network unreachable', 'the stack has no address');
    if (!context.addresses.owns(source))
      return refuse('address not available', 'the local address is not an address of this stack');
    const port = request.local.port || this.#choosePort(request.socket, source, remote, nowMs);
    if (port === undefined) return refuse('no ports', 'all of ip_local_port_range is in use');
    const local = { address: source, port };
    const isBound = request.local.port !== 0;
    const { shards } = context;
    if (!shards.takes(PROTOCOL_TCP, source, port, remote.address, remote.port)) {
      return refuse('address not available', `port ${port} belongs to a shard of another replica`);
    }
    if (isBound && this.#layer.listeners.conflicts(request.local, false)) {
      return refuse('address in use', isListenedOn(request.local));
    }
    const reuseAddress = request.options.reuseAddress === true;
    if (isBound && isAddressInUse(this.#layer.connections, local, reuseAddress)) {
      return refuse('address in use', `port ${port} is still used by an earlier connection`);
    }
    const before = this.#layer.connections.between(local, remote);
    if (before !== undefined && !this.#mayReuse(before, isBound, nowMs)) {
      return refuse('address in use', 'a connection with these addresses and ports exists');
    }
    this.#open(request, local, before?.kind === 'time-wait' ? before : undefined, nowMs);
  }

  #mayReuse(entry: TableEntry, isBound: boolean, nowMs: number): boolean {
    return entry.kind === 'time-wait' && this.#layer.timeWaits.mayReuse(entry, isBound, nowMs);
  }

  /** `before`: the connection in TIME-WAIT that the new one replaces. */
  #open(
    request: ConnectRequest,
    local: SocketAddress,
    before: TimeWait | undefined,
    nowMs: number,
  ) {
    const { context, timeWaits } = this.#layer;
    const iss = firstSequence(context.secret, local, request.remote, before?.sndNxt, nowMs);
    const tcb = openTcb(context, { ...request, listener: 0, local, state: 'SYN-SENT', iss }, nowMs);
    if (before !== undefined) {
      tcb.tsRecent = before.tsRecent;
      tcb.tsRecentAtMs = before.tsRecentAtMs;
      timeWaits.recycle(before);
    }
    tcb.creditOctets = request.creditOctets;
    context.counters.TcpActiveOpens += 1;
    took(context);
    tellState(context, 'CLOSED', 'SYN-SENT', 'strata/OPEN', tcb.socket);
    this.#layer.register(tcb);
    context.wake(tcb);
  }

  /**
   * Chooses a port whose flow belongs to the socket's shard, since the answers arrive in the flow's
   * shard.
   */
  #choosePort(
    socket: SocketId,
    source: IpAddress,
    remote: SocketAddress,
    nowMs: number,
  ): number | undefined {
    const { connections, listeners, context } = this.#layer;
    return this.#ports.choose(context.sysctl.ip_local_port_range, source, remote, (port) => {
      const { address } = remote;
      if (!context.shards.isAtHome(socket, PROTOCOL_TCP, source, port, address, remote.port)) {
        return false;
      }
      if (listeners.isListening(port)) return false;
      const before = connections.between({ address: source, port }, remote);
      return before === undefined || this.#mayReuse(before, false, nowMs);
    });
  }

  /** Chooses a port for a listener: one without any connection. */
  #chooseUnusedPort(address: IpAddress): number | undefined {
    const { connections, listeners, context } = this.#layer;
    return this.#ports.choose(context.sysctl.ip_local_port_range, address, NO_ADDRESS, (port) => {
      const local = { address, port };
      return !listeners.isListening(port) && !isAddressInUse(connections, local, false);
    });
  }

  /** OPEN, passive. */
  #listen(request: Extract<TcpRequest, { kind: 'listen' }>): void {
    const { context, listeners } = this.#layer;
    const { socket, endpoint } = request;
    if (this.#layer.isTaken(socket)) return dropTcp(context, 'strata/ALREADY_DONE');
    const fault = congestionControlFault(request.options.congestionControl);
    if (fault !== undefined) return this.#refuse(socket, endpoint, 'invalid', fault);
    const { address } = request.local;
    if (!isUnspecified(address) && !context.addresses.owns(address)) {
      return this.#refuse(
        socket,
        endpoint,
        'address not available',
        'the local address is not an address of this stack',
      );
    }
    const port = request.local.port || this.#chooseUnusedPort(address);
    if (port === undefined) {
      return this.#refuse(socket, endpoint, 'no ports', 'all of ip_local_port_range is in use');
    }
    const local = { address, port };
    const reuseAddress = request.options.reuseAddress === true;
    const reusePort = request.reusePort === true;
    if (listeners.conflicts(local, reusePort)) {
      return this.#refuse(socket, endpoint, 'address in use', isListenedOn(local));
    }
    // A listener that joins others on this port shares it with their connections already.
    const joins = listeners.isListeningOn(local);
    if (!joins && isAddressInUse(this.#layer.connections, local, reuseAddress)) {
      const detail = `port ${port} is still used by an earlier connection`;
      return this.#refuse(socket, endpoint, 'address in use', detail);
    }
    took(context);
    listeners.add(local, reusePort, {
      socket,
      endpoint,
      backlog: Math.max(1, Math.min(request.backlog, context.sysctl.somaxconn)),
      options: request.options,
      requests: 0,
      young: 0,
      waiting: 0,
    });
    context.indicate({ kind: 'listening', socket, endpoint, local });
  }

  /** Refuses a request and tells the application why. */
  #refuse(socket: SocketId, endpoint: string, reason: CloseReason, detail: string): void {
    dropTcp(this.#layer.context, 'strata/REFUSED');
    this.#tellClosed(socket, endpoint, reason, detail);
  }

  #tellClosed(socket: SocketId, endpoint: string, reason: CloseReason, detail: string): void {
    this.#layer.context.indicate({ kind: 'closed', socket, endpoint, reason, detail });
  }

  #accept(tcb: Tcb, endpoint: string, creditOctets: number, nowMs: number): void {
    if (tcb.accepted) return dropTcp(this.#layer.context, 'strata/ALREADY_DONE');
    took(this.#layer.context);
    const member = this.#layer.listeners.get(tcb.listener)?.member;
    if (member !== undefined) member.waiting -= 1;
    tcb.accepted = true;
    tcb.endpoint = endpoint;
    tcb.creditOctets = creditOctets;
    deliver(this.#layer.context, tcb, nowMs);
  }

  /** SEND (RFC 9293 3.10.2). */
  #send(tcb: Tcb, request: Extract<TcpRequest, { kind: 'send' }>, nowMs: number): void {
    if (tcb.finQueued || tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') {
      return dropTcp(this.#layer.context, 'TCP_CLOSE');
    }
    const end = request.offset + request.data.byteLength;
    if (request.offset !== tcb.send.endOffset || end > tcb.sendCreditOctets) {
      const detail = `sent octets ${request.offset} to ${end}, expected from ${tcb.send.endOffset} to ${tcb.sendCreditOctets} at most`;
      dropTcp(this.#layer.context, 'strata/REFUSED');
      return this.#layer.context.abort(tcb, nowMs, 'strata/INVALID_REQUEST', 'invalid', detail);
    }
    took(this.#layer.context);
    noteAppLimited(tcb);
    appendToSend(tcb.send, request.data, request.push);
    if (request.urgent === true && request.data.byteLength > 0) markUrgent(tcb);
  }

  /** CLOSE (RFC 9293 3.10.4): closes the sending direction. */
  #queueFin(tcb: Tcb): void {
    if (tcb.finQueued) return;
    const { context } = this.#layer;
    const on = 'strata/CLOSE';
    switch (tcb.state) {
      case 'SYN-SENT':
        // No data was written: the TCB is deleted.
        if (sendBufferOctets(tcb.send) === 0) {
          return context.close(tcb, on, 'aborted', 'closed before it was opened');
        }
        tcb.finQueued = true;
        return;
      case 'SYN-RECEIVED':
      case 'ESTABLISHED':
        tcb.finQueued = true;
        if (tcb.state === 'ESTABLISHED') changeState(context, tcb, 'FIN-WAIT-1', on);
        return;
      case 'CLOSE-WAIT':
        tcb.finQueued = true;
        changeState(context, tcb, 'LAST-ACK', on);
        return;
      default:
        return;
    }
  }

  /**
   * The application closes the socket and reads no more. Data that it has not read makes this a RST
   * (RFC 1122 4.2.2.13).
   */
  #close(tcb: Tcb, nowMs: number): void {
    const { context } = this.#layer;
    if (tcb.receive.inOrderOctets > 0) {
      context.counters.TCPAbortOnClose += 1;
      const detail = 'closed with data unread';
      return this.#layer.context.abort(tcb, nowMs, 'TCP_ABORT_ON_CLOSE', 'aborted', detail);
    }
    if (tcb.listener !== 0 && !tcb.accepted) {
      const detail = 'closed before it was accepted';
      return this.#layer.context.abort(tcb, nowMs, 'TCP_STATE', 'aborted', detail);
    }
    this.#layer.orphan(tcb);
    this.#queueFin(tcb);
    if (tcb.state === 'FIN-WAIT-2' || tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return;
    if (this.#layer.orphans <= context.sysctl.tcp_max_orphans) return;
    context.counters.TCPAbortOnMemory += 1;
    const detail = 'more orphaned connections than tcp_max_orphans';
    context.abort(tcb, nowMs, 'TCP_ABORT_ON_MEMORY', 'no buffers', detail);
  }

  /** Ends all sockets because the stack shuts down; connections are ended by a RST. */
  shutDown(nowMs: number): void {
    const { context, listeners, sockets } = this.#layer;
    for (const { members } of [...listeners]) {
      for (const { socket } of members) this.#closeListener(socket, nowMs, 'shut down');
    }
    for (const tcb of [...sockets.values()])
      context.abort(tcb, nowMs, 'TCP_STATE', 'shut down', '');
  }

  #closeListener(socket: SocketId, nowMs: number, reason: CloseReason = 'finished'): void {
    const found = this.#layer.listeners.get(socket);
    if (found === undefined) return dropTcp(this.#layer.context, 'TCP_CLOSE');
    took(this.#layer.context);
    for (const tcb of [...this.#layer.sockets.values()]) {
      if (tcb.listener === socket && !tcb.accepted) {
        const detail = 'the listener was closed';
        this.#layer.context.abort(tcb, nowMs, 'strata/LISTENER_CLOSED', 'aborted', detail);
      }
    }
    this.#layer.forgetRequests(socket);
    this.#layer.listeners.remove(socket);
    this.#tellClosed(socket, found.member.endpoint, reason, '');
  }
}

function isListenedOn({ address, port }: SocketAddress): string {
  const where = isUnspecified(address) ? `port ${port}` : `${formatIpv4(address)}:${port}`;
  return `another listener has ${where}; only where both ask for reusePort they share it`;
}
