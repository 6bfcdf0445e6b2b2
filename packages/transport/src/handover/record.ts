import type { SocketAddress, SocketId } from '../tcp/state/socket.ts';
import type { PlainMessage } from './plain.ts';

/**
 * The version of the records that are written here, and the highest that is read. See
 * proto/strata/v1/handover.proto.
 */
export const HANDOVER_VERSION = 1;

/**
 * One socket, or what else has state of its own, as plain data: HandoverRecord of
 * proto/strata/v1/handover.proto, with the names and the defaults that protobuf gives. One of its
 * messages is there. No clock reading, no number that is not finite.
 */
export interface HandoverRecord {
  readonly version: number;
  readonly connection?: PlainMessage | undefined;
  readonly request?: PlainMessage | undefined;
  readonly timeWait?: PlainMessage | undefined;
  readonly listener?: PlainMessage | undefined;
  readonly datagramSocket?: PlainMessage | undefined;
  readonly stack?: PlainMessage | undefined;
}

/** What may be carried, as a selection sees it. */
export interface HandoverSubject {
  readonly kind: 'listener' | 'connection' | 'request' | 'time-wait' | 'datagram socket';
  /** 0 for a connection request and in TIME-WAIT, which are no socket. */
  readonly socket: SocketId;
  /** Address 0.0.0.0: any of the stack's. */
  readonly local: SocketAddress;
  /** Undefined for a listener and a UDP socket. */
  readonly remote: SocketAddress | undefined;
  /**
   * The shard of the flow, 0 to 63; undefined for a listener and a UDP socket, which belong to
   * none.
   */
  readonly shard: number | undefined;
}

/**
 * What is carried: a socket by its id, a listener with both its queues; or all that a function
 * says, which is asked for each on its own: a listener, each of its connection requests, each
 * connection.
 */
export type HandoverSelection = SocketId | ((subject: HandoverSubject) => boolean);

/**
 * What became of a record. Whatever it is but `taken`, the stack is as it was.
 *
 * `version not readable`: it is of a version that is not known here. `field not known`: it has a
 * field that is not known here, and would be lost. `malformed`: it contradicts itself. `socket in
 * use`, `address in use`: by another socket of this stack. `address not available`: it is no
 * address of this stack.
 */
export type HandoverOutcome =
  | 'taken'
  | 'version not readable'
  | 'field not known'
  | 'malformed'
  | 'socket in use'
  | 'address in use'
  | 'address not available';

/** The outcome of one record, and what to tell people. */
export interface HandoverResult {
  readonly outcome: HandoverOutcome;
  readonly detail: string;
}
