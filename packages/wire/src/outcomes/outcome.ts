/** What a core did with a PDU, why, and what caused it. All cores report in this form. */
import type { IpAddress } from '../address.ts';
import type { Reason } from './reasons.ts';

/**
 * What an outcome is about: in transport a socket (its id), in link a neighbour (its address), in
 * network a sender (its address).
 */
export type Subject = number | IpAddress;

/** The three cores. */
export type Layer = 'link' | 'network' | 'transport';

/** In the order of the contract's enum. */
export const VERDICTS = [
  'delivered',
  'dropped',
  'queued',
  'answered',
  'emitted',
  'retransmitted',
  'timer',
  'state change',
] as const;

/**
 * What was done.
 *
 * - `delivered`: the layer consumed the PDU, or handed it up.
 * - `dropped`: the PDU went no further.
 * - `queued`: the PDU is kept until something else comes.
 * - `answered`: the layer answered the received PDU with one of its own (RST, an ICMP error, an ARP
 *   reply).
 * - `emitted`: the layer sent a PDU, down or to the wire.
 * - `retransmitted`: the layer sent the same data again.
 * - `timer`: a timer expired.
 * - `state change`: a connection or a neighbour went to another state.
 */
export type Verdict = (typeof VERDICTS)[number];

/** Why a core was called: a PDU from below or above, an expired timer, or a person's command. */
export type CauseKind = 'frame' | 'indication' | 'request' | 'timer' | 'control';

/** What made the core act. All outcomes of one call have the same cause. */
export interface Cause {
  readonly kind: CauseKind;
  /** The PDU's `kind`, the timer, or the command. */
  readonly name: string;
  /**
   * The number of the cause, from 1, in order. Causes are counted only while the core is observed.
   */
  readonly id: number;
}

/**
 * A change of state: of a connection (RFC 9293), of its loss recovery, of a neighbour, or of an
 * address of ours (RFC 5227).
 */
export interface StateChange {
  readonly machine: 'connection' | 'recovery' | 'neighbour' | 'address';
  readonly from: string;
  readonly to: string;
}

/** One thing that a core did. */
export interface Outcome<Pdu = unknown> {
  readonly layer: Layer;
  /** The caller's clock, milliseconds. */
  readonly atMs: number;
  readonly verdict: Verdict;
  readonly reason: Reason;
  /**
   * The PDU that the verdict is about. For `dropped` and `queued`: the received PDU. For
   * `delivered`: the PDU handed up, or the received PDU if it ends here. For `answered`, `emitted`
   * and `retransmitted`: the sent PDU. Undefined for timers, state changes, and answers that were
   * not made. It is the same object that the core received or gives out, so read it before its next
   * owner writes to it.
   */
  readonly pdu: Pdu | undefined;
  readonly cause: Cause;
  /**
   * The socket's id in transport, the neighbour's address in link; undefined if the outcome is
   * about neither.
   */
  readonly about: Subject | undefined;
  /** Only of the verdict `state change`. */
  readonly change: StateChange | undefined;
}
