import { sendBufferOctets } from './tcp/send/send-buffer.ts';
import type { Listener, ListenerMember } from './tcp/state/listener.ts';
import type { SocketAddress, SocketId } from './tcp/state/socket.ts';
import type { Tcb, TcpState } from './tcp/state/tcb.ts';
import type { TcpLayer } from './tcp/tcp-layer.ts';
import { type TcpInfo, type TimerInfo, tcpInfo } from './tcp-info.ts';
import type { UdpLayer } from './udp/udp-layer.ts';

/** A socket as `ss` shows it. */
export interface SocketInfo {
  readonly protocol: 'tcp' | 'udp';
  /** `UNCONN` for UDP, as `ss` says. */
  readonly state: TcpState | 'UNCONN';
  /** 0 where there is none: not yet (SYN-RECEIVED of a listener), or no longer (TIME-WAIT: the addresses are not free yet). */
  readonly socket: SocketId;
  readonly endpoint: string;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** Octets that wait for the application, or connections that wait for accept. */
  readonly receiveQueueOctets: number;
  /** Octets that the peer has not acknowledged, or a listener's backlog. */
  readonly sendQueueOctets: number;
  readonly tcp: TcpInfo | undefined;
  /** Of a TCP connection, TIME-WAIT included: the timers that run, the next one first. */
  readonly timers: readonly SocketTimer[];
}

/** A timer of {@link TcpInfo}, or 2 MSL. */
export interface SocketTimer {
  readonly name: TimerInfo['name'] | 'time-wait';
  /** Milliseconds until it expires. */
  readonly ms: number;
}

/** Which sockets are asked for: each field that is set narrows it. */
export interface SocketFilter {
  readonly socket?: SocketId | undefined;
  readonly protocol?: SocketInfo['protocol'] | undefined;
  readonly states?: ReadonlySet<SocketInfo['state']> | undefined;
}

const NO_ADDRESS: SocketAddress = { address: 0, port: 0 };

export function listSockets(
  tcp: TcpLayer,
  udp: UdpLayer,
  nowMs: number,
  { socket, protocol, states }: SocketFilter = {},
): SocketInfo[] {
  const isWanted = (state: SocketInfo['state']) => states?.has(state) ?? true;
  const infos: SocketInfo[] = [];
  if (protocol !== 'udp') {
    if (isWanted('LISTEN')) infos.push(...listListeners(tcp, socket));
    for (const tcb of socket === undefined ? tcp.sockets.values() : one(tcp.sockets.get(socket))) {
      if (isWanted(tcb.state)) infos.push(connectionInfo(tcp, tcb, nowMs));
    }
    if (socket === undefined && WITHOUT_SOCKET.some(isWanted)) {
      infos.push(...listWithoutSocket(tcp, nowMs, isWanted));
    }
  }
  if (protocol !== 'tcp' && isWanted('UNCONN')) infos.push(...listUdp(udp, socket));
  return infos;
}

/** The states that a connection may have before it is a socket, or when it is none any more. */
const WITHOUT_SOCKET = ['SYN-RECEIVED', 'FIN-WAIT-2', 'TIME-WAIT'] as const;

function one<Value>(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : [value];
}

function listUdp(udp: UdpLayer, only: SocketId | undefined): SocketInfo[] {
  return udp.sockets(only).map(
    (socket): SocketInfo => ({
      protocol: 'udp',
      state: 'UNCONN',
      socket: socket.socket,
      endpoint: socket.endpoint,
      local: socket.local,
      remote: NO_ADDRESS,
      receiveQueueOctets: socket.queuedOctets,
      sendQueueOctets: 0,
      tcp: undefined,
      timers: [],
    }),
  );
}

function listListeners(tcp: TcpLayer, only: SocketId | undefined): SocketInfo[] {
  if (only !== undefined) {
    const found = tcp.listeners.get(only);
    return found === undefined ? [] : [listenerInfo(found.listener, found.member)];
  }
  return [...tcp.listeners].flatMap((listener) =>
    listener.members.map((member) => listenerInfo(listener, member)),
  );
}

function listenerInfo({ local }: Listener, member: ListenerMember): SocketInfo {
  return {
    protocol: 'tcp',
    state: 'LISTEN',
    socket: member.socket,
    endpoint: member.endpoint,
    local,
    remote: NO_ADDRESS,
    receiveQueueOctets: member.waiting,
    sendQueueOctets: member.backlog,
    tcp: undefined,
    timers: [],
  };
}

function connectionInfo(tcp: TcpLayer, tcb: Tcb, nowMs: number): SocketInfo {
  const info = tcpInfo(tcp.context, tcb, nowMs);
  return {
    protocol: 'tcp',
    state: tcb.state,
    socket: tcb.socket,
    endpoint: tcb.endpoint,
    local: tcb.local,
    remote: tcb.remote,
    receiveQueueOctets: tcb.receive.inOrderOctets,
    sendQueueOctets: sendBufferOctets(tcb.send),
    tcp: info,
    timers: info.timers,
  };
}

/** Connections that are not a socket yet, or no longer. */
function listWithoutSocket(
  tcp: TcpLayer,
  nowMs: number,
  isWanted: (state: SocketInfo['state']) => boolean,
): SocketInfo[] {
  const infos: SocketInfo[] = [];
  for (const entry of tcp.connections) {
    if (entry.kind === 'connection') continue;
    const isRequest = entry.kind === 'request';
    const state = isRequest ? 'SYN-RECEIVED' : entry.state;
    if (!isWanted(state)) continue;
    // Of who has sent no ACK yet, SYN,ACK is sent again; in FIN-WAIT-2 the wait for FIN ends too.
    const name = isRequest ? 'retransmission' : 'time-wait';
    infos.push({
      protocol: 'tcp',
      state,
      socket: 0,
      endpoint: '',
      local: entry.local,
      remote: entry.remote,
      receiveQueueOctets: 0,
      sendQueueOctets: 0,
      tcp: undefined,
      timers: [{ name, ms: Math.max(0, entry.deadlineMs - nowMs) }],
    });
  }
  return infos;
}
