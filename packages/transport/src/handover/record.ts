import type { SocketAddress, SocketId } from '../tcp/state/socket.ts';
import type { PlainMessage } from './plain.ts';

/**
 * The version of records written here, and the only one read. See proto/strata/v1/handover.proto.
 */
export const HANDOVER_VERSION = 2;

/**
 * One socket, or another object with state, as plain data: the HandoverRecord of
 * proto/strata/v1/handover.proto, with protobuf's names and defaults. Exactly one of its messages
 * is set. It holds no clock reading and only finite numbers.
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

/** An object that may be carried, as a selection sees it. */
export interface HandoverSubject {
  readonly kind: 'listener' | 'connection' | 'request' | 'time-wait' | 'datagram socket';
  /** 0 for connection requests and TIME-WAIT, which have no socket. */
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
 * The objects to carry: a socket by its id, where a listener includes both its queues; or all for
 * which a function returns true. The function is called for each listener, each connection request
 * and each connection.
 */
export type HandoverSelection = SocketId | ((subject: HandoverSubject) => boolean);

/**
 * The outcome for a record. Unless it is `taken`, the stack is unchanged.
 *
 * `version not readable`: its version is not known here. `field not known`: it has a field that is
 * not known here and would be lost. `malformed`: its fields contradict each other. `socket in use`,
 * `address in use`: another socket of this stack has it. `address not available`: it is not an
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

/** The outcome for one record, and a detail for people. */
export interface HandoverResult {
  readonly outcome: HandoverOutcome;
  readonly detail: string;
}
