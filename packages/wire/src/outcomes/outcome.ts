/**
 * What a core did with a PDU, why, and what made it do so: the dialect that all cores report in.
 */
import type { IpAddress } from '../address.ts';
import type { Reason } from './reasons.ts';

/**
 * Whose affair something is: of transport a socket, by its id; of link a neighbour, by its address;
 * of network a sender.
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
 * - `delivered`: the layer took the PDU for itself, or handed it up.
 * - `dropped`: it went no further.
 * - `queued`: it is kept until something else comes.
 * - `answered`: the layer sent a PDU of its own back because of what came (RST, an ICMP error, an
 *   ARP reply).
 * - `emitted`: it sent a PDU, down or to the wire.
 * - `retransmitted`: it sent again what it had sent before.
 * - `timer`: a timer expired.
 * - `state change`: a connection or a neighbour went to another state.
 */
export type Verdict = (typeof VERDICTS)[number];

/**
 * What a core was called for: a PDU from below or above, a timer that expired, or a person's
 * command.
 */
export type CauseKind = 'frame' | 'indication' | 'request' | 'timer' | 'control';

/** What made the core do something. All that comes of one call has the same cause. */
export interface Cause {
  readonly kind: CauseKind;
  /** The PDU's `kind`, the timer, or the command. */
  readonly name: string;
  /** Counts the causes of this core from 1, in their order, while it is observed. */
  readonly id: number;
}

/** One state after another: of a connection (RFC 9293), of its loss recovery, of a neighbour. */
export interface StateChange {
  readonly machine: 'connection' | 'recovery' | 'neighbour';
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
   * What it was done with: of `dropped` and `queued` what came; of `delivered` what was handed up,
   * or what came where it ends here; of `answered`, `emitted` and `retransmitted` what was sent.
   * Undefined for timers, state changes, and answers that were not made. It is the very object that
   * the core was given or gives out, so it must be read before its next owner writes to it.
   */
  readonly pdu: Pdu | undefined;
  readonly cause: Cause;
  /**
   * Whose affair it is: the socket's id in transport, the neighbour's address in link; undefined
   * where it is nobody's.
   */
  readonly about: Subject | undefined;
  /** Only of the verdict `state change`. */
  readonly change: StateChange | undefined;
}
