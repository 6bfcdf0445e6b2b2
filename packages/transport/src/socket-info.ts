import type { SocketAddress, SocketId } from './tcp/state/socket.ts';
import type { TcpState } from './tcp/state/tcb.ts';
import type { TcpInfo, TimerInfo } from './tcp-info.ts';

/** A socket as `ss` shows it. */
export interface SocketInfo {
  readonly protocol: 'tcp' | 'udp';
  /** `UNCONN` for UDP, as `ss` says. */
  readonly state: TcpState | 'UNCONN';
  /**
   * 0 where there is none: not yet (SYN-RECEIVED of a listener), or no longer (TIME-WAIT: the
   * addresses are not free yet).
   */
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
