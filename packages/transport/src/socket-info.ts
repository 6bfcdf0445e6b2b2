import type { SocketAddress, SocketId } from './tcp/state/socket.ts';
import type { TcpState } from './tcp/state/tcb.ts';
import type { TcpInfo, TimerInfo } from './tcp-info.ts';

/** A socket as `ss` shows it. */
export interface SocketInfo {
  readonly protocol: 'tcp' | 'udp';
  /** `UNCONN` for UDP, as in `ss`. */
  readonly state: TcpState | 'UNCONN';
  /**
   * 0 if there is no socket: not yet (a listener's SYN-RECEIVED), or no longer (TIME-WAIT keeps
   * only the addresses).
   */
  readonly socket: SocketId;
  readonly endpoint: string;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** Octets that wait for the application; of a listener: connections that wait for accept. */
  readonly receiveQueueOctets: number;
  /** Octets that the peer has not acknowledged; of a listener: its backlog. */
  readonly sendQueueOctets: number;
  readonly tcp: TcpInfo | undefined;
  /** The running timers of a TCP connection, TIME-WAIT included; the next to expire first. */
  readonly timers: readonly RunningTimer[];
}

/** A timer of {@link TcpInfo}, or the wait of 2 MSL. */
interface RunningTimer {
  readonly name: TimerInfo['name'] | 'time-wait';
  /** Milliseconds until it expires. */
  readonly ms: number;
}

/** Selects sockets: each field that is set narrows the selection. */
export interface SocketFilter {
  readonly socket?: SocketId | undefined;
  readonly protocol?: SocketInfo['protocol'] | undefined;
  readonly states?: ReadonlySet<SocketInfo['state']> | undefined;
}
