import type { SocketAddress, SocketId } from './pdu.ts';
import { sendBufferOctets } from './tcp/send-buffer.ts';
import type { TcpState } from './tcp/tcb.ts';
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

const NO_ADDRESS: SocketAddress = { address: 0, port: 0 };

export function listSockets(tcp: TcpLayer, udp: UdpLayer, nowMs: number): SocketInfo[] {
  return [
    ...listListeners(tcp),
    ...listConnections(tcp, nowMs),
    ...udp.sockets().map(
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
    ),
  ];
}

function listListeners(tcp: TcpLayer): SocketInfo[] {
  const infos: SocketInfo[] = [];
  for (const listener of tcp.listeners) {
    for (const member of listener.members) {
      infos.push({
        protocol: 'tcp',
        state: 'LISTEN',
        socket: member.socket,
        endpoint: member.endpoint,
        local: listener.local,
        remote: NO_ADDRESS,
        receiveQueueOctets: member.waiting,
        sendQueueOctets: member.backlog,
        tcp: undefined,
        timers: [],
      });
    }
  }
  return infos;
}

function listConnections(tcp: TcpLayer, nowMs: number): SocketInfo[] {
  const infos: SocketInfo[] = [];
  for (const tcb of tcp.sockets.values()) {
    const info = tcpInfo(tcp.env, tcb, nowMs);
    infos.push({
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
    });
  }
  for (const entry of tcp.connections) {
    if (entry.kind === 'connection') continue;
    const isHalfOpen = entry.kind === 'half-open';
    // Of who has sent no ACK yet, SYN,ACK is sent again; in FIN-WAIT-2 the wait for FIN ends too.
    const name = isHalfOpen ? 'retransmission' : 'time-wait';
    infos.push({
      protocol: 'tcp',
      state: isHalfOpen ? 'SYN-RECEIVED' : entry.state,
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
