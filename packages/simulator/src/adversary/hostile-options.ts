import { TCP_MAX_OPTIONS_OCTETS } from '@strata/wire';
import type { SeededRandom } from '../seeded-random.ts';
import { between, type FlowNumbers, hostileAcknowledgment } from './flow-numbers.ts';

const END = 0;
const NOP = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;

/**
 * Options as octets, 0 to 40, a multiple of 4: legal ones, malformed ones, and legal ones with
 * absurd values.
 */
export function hostileOptions(random: SeededRandom, numbers: FlowNumbers): Uint8Array {
  const octets: number[] = [];
  for (let count = random.integer(0, 4); count > 0; count -= 1) {
    octets.push(...oneOption(random, numbers));
  }
  return padOptions(octets.slice(0, TCP_MAX_OPTIONS_OCTETS), random.pick([END, NOP, NOP]));
}

/** A timestamps option. The core accepts it if `value` is not older than TS.Recent. */
export function timestampOption(value: number, echo: number): number[] {
  return [NOP, NOP, TIMESTAMPS, 10, ...word(value), ...word(echo)];
}

/** The options of a SYN: some of MSS, window scale, SACK permitted and timestamps, mostly sane. */
export function synOptions(random: SeededRandom, timestamp: number, echo: number): Uint8Array {
  const octets: number[] = [];
  if (random.chance(0.8)) {
    octets.push(MSS, 4, ...half(random.pick([1460, 1460, 536, 1, 0, 88, 48, 8960, 0xffff])));
  }
  if (random.chance(0.6)) octets.push(SACK_PERMITTED, 2, NOP, NOP);
  if (random.chance(0.5)) octets.push(...timestampOption(timestamp, echo));
  if (random.chance(0.6)) octets.push(WINDOW_SCALE, 3, random.pick([0, 2, 7, 14, 15, 255]), NOP);
  return padOptions(octets, NOP);
}

/**
 * SACK blocks for the core's data in flight. Most are valid; they may be in any order, overlap, lie
 * beyond SND.NXT, be reversed or old.
 */
export function sackOption(random: SeededRandom, numbers: FlowNumbers, blocks: number): number[] {
  const octets = [NOP, NOP, SACK, 2 + 8 * blocks];
  for (let i = 0; i < blocks; i += 1) {
    let left = between(random, numbers.sndUna, numbers.sndNxt);
    let right = random.chance(0.3)
      ? (left + random.pick([1, 2, numbers.mss])) >>> 0
      : between(random, left, numbers.sndNxt);
    if (random.chance(0.15)) left = hostileAcknowledgment(random, numbers);
    if (random.chance(0.15)) right = hostileAcknowledgment(random, numbers);
    if (random.chance(0.1)) [left, right] = [right, left];
    octets.push(...word(left), ...word(right));
  }
  return octets;
}

function oneOption(random: SeededRandom, numbers: FlowNumbers): number[] {
  switch (random.integer(0, 9)) {
    case 0:
      return [MSS, 4, ...half(random.pick([0, 1, 47, 48, 88, 536, 1460, 0xffff]))];
    case 1:
      return [WINDOW_SCALE, 3, random.pick([0, 1, 7, 14, 15, 255])];
    case 2:
      return [SACK_PERMITTED, 2];
    case 3:
    case 4:
      return sackOption(random, numbers, random.integer(1, 4));
    case 5:
    case 6:
      return timestampOption(hostileTimestamp(random, numbers), hostileEcho(random, numbers));
    case 7:
      // An unknown option: experimental (253, 254), MD5 (19), user timeout (28), fast open (34), or
      // any.
      return unknown(random.pick([19, 28, 29, 34, 253, 254, random.integer(9, 255)]), random);
    case 8:
      // A known kind with any length: also 0, 1, and one beyond the header.
      return [
        random.pick([MSS, WINDOW_SCALE, SACK_PERMITTED, SACK, TIMESTAMPS]),
        random.pick([0, 1, 2, 3, 5, 11, 39, 255]),
        random.integer(0, 255),
        random.integer(0, 255),
      ];
    default:
      return [random.pick([END, NOP])];
  }
}

function hostileTimestamp(random: SeededRandom, { tsRecent }: FlowNumbers): number {
  const steps = [0, 0, 1, 1, 10, -1, -10, 0x7fffffff, 0x80000000, random.uint32()];
  return (tsRecent + random.pick(steps)) >>> 0;
}

function hostileEcho(random: SeededRandom, { coreTimestamp }: FlowNumbers): number {
  return random.pick([coreTimestamp, coreTimestamp + 1, coreTimestamp - 1000, 0, random.uint32()]);
}

function unknown(kind: number, random: SeededRandom): number[] {
  const length = random.integer(2, 12);
  return [kind, length, ...Array.from({ length: length - 2 }, () => random.integer(0, 255))];
}

function padOptions(octets: readonly number[], padding: number): Uint8Array {
  const padded = new Uint8Array((octets.length + 3) & ~3).fill(padding);
  padded.set(octets);
  return padded;
}

function half(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}

function word(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
