import type { SocketAddress } from './socket.ts';

/**
 * What is kept of a connection when all that is left to do is to wait: in TIME-WAIT for 2 MSL, or
 * in FIN-WAIT-2, when the application has gone, for the peer's FIN. Plain data.
 */
export interface TimeWait {
  readonly kind: 'time-wait';
  state: 'TIME-WAIT' | 'FIN-WAIT-2';
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly sndNxt: number;
  rcvNxt: number;
  /** Octets that were announced last, and the window field. */
  readonly windowOctets: number;
  readonly window: number;
  readonly timestampsOn: boolean;
  readonly timestampOffset: number;
  tsRecent: number;
  tsRecentAtMs: number;
  /** Of the socket's options: they live on in its packets, and in who may have the address. */
  readonly ttl: number | undefined;
  readonly tos: number | undefined;
  readonly reuseAddress: boolean;
  /** When it began to wait. */
  enteredMs: number;
  lastInvalidAckMs: number;
  /** When 2 MSL are over, or the wait for the FIN. */
  deadlineMs: number;
}
