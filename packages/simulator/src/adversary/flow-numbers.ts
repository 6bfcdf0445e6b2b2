import type { SeededRandom } from '../seeded-random.ts';

/** The actual numbers of one connection of the core, as an on-path attacker sees them. */
export interface FlowNumbers {
  readonly sndUna: number;
  readonly sndNxt: number;
  readonly sndWnd: number;
  readonly rcvNxt: number;
  /** Octets that the core accepts from `rcvNxt` on. */
  readonly rcvWnd: number;
  readonly iss: number;
  readonly irs: number;
  readonly mss: number;
  /** Sequence number of a FIN of the peer that arrived out of order. Undefined: none. */
  readonly pendingFin: number | undefined;
  readonly timestampsOn: boolean;
  /** The core's TS.Recent, and the TSval that it sent last. */
  readonly tsRecent: number;
  readonly coreTimestamp: number;
}

const HALF_SPACE = 0x80000000;

/** A distance from a number: off by one, by a segment, or by half of the sequence space. */
function step(random: SeededRandom, numbers: FlowNumbers): number {
  const sizes = [0, 0, 1, 2, numbers.mss, 1000, 0xffff, HALF_SPACE, HALF_SPACE - 1];
  return random.pick(sizes) * random.pick([1, -1]) + random.pick([0, 0, 0, 1, -1]);
}

/**
 * A sequence number for a hostile segment: at or near an edge of the receive window, or anywhere.
 */
export function hostileSequence(random: SeededRandom, numbers: FlowNumbers): number {
  if (random.chance(0.05)) return random.uint32();
  const { rcvNxt, rcvWnd, irs } = numbers;
  const anchor = random.pick([
    rcvNxt,
    rcvNxt,
    rcvNxt + rcvWnd,
    rcvNxt + random.integer(0, Math.max(0, rcvWnd)),
    irs,
    numbers.pendingFin ?? rcvNxt,
  ]);
  return (anchor + step(random, numbers)) >>> 0;
}

/** An acknowledgment number: at or near an edge of the data in flight, or anywhere. */
export function hostileAcknowledgment(random: SeededRandom, numbers: FlowNumbers): number {
  if (random.chance(0.05)) return random.uint32();
  const { sndUna, sndNxt, sndWnd, iss } = numbers;
  const anchor = random.pick([
    sndUna,
    sndNxt,
    between(random, sndUna, sndNxt),
    sndUna + sndWnd,
    sndUna - sndWnd,
    iss,
  ]);
  return (anchor + step(random, numbers)) >>> 0;
}

/** A number from `from` to `to`, both included, modulo 2^32. */
export function between(random: SeededRandom, from: number, to: number): number {
  return (from + random.integer(0, Math.max(0, (to - from) | 0))) >>> 0;
}
