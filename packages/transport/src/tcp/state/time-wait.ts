import type { SocketAddress } from './socket.ts';

/**
 * What is kept of a connection that only waits: in TIME-WAIT for 2 MSL, or in FIN-WAIT-2 for the
 * peer's FIN after the application has closed. Plain data.
 */
export interface TimeWait {
  readonly kind: 'time-wait';
  state: 'TIME-WAIT' | 'FIN-WAIT-2';
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly sndNxt: number;
  rcvNxt: number;
  /** The last announced window in octets, and its window field. */
  readonly windowOctets: number;
  readonly window: number;
  readonly timestampsOn: boolean;
  readonly timestampOffset: number;
  tsRecent: number;
  tsRecentAtMs: number;
  /** Socket options that still apply: to the packets it sends, and to who may use its address. */
  readonly ttl: number | undefined;
  readonly tos: number | undefined;
  readonly reuseAddress: boolean;
  /** When the wait began. */
  enteredMs: number;
  lastInvalidAckMs: number;
  /** When 2 MSL, or the wait for the FIN, ends. */
  deadlineMs: number;
}
