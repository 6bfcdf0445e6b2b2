import {
  emitTcpChecksum,
  type IpAddress,
  TCP_ACK,
  TCP_FIN,
  TCP_MAX_OPTIONS_OCTETS,
  TCP_MIN_HEADER_OCTETS,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
  writeUint16,
  writeUint32,
} from '@strata/wire';
import type { SeededRandom } from '../seeded-random.ts';
import { flagsText } from '../segment-text.ts';
import {
  between,
  type FlowNumbers,
  hostileAcknowledgment,
  hostileSequence,
} from './flow-numbers.ts';
import { hostileOptions, sackOption, synOptions, timestampOption } from './hostile-options.ts';

/** A segment's fields. `options` are raw octets, a multiple of 4. */
export interface HostileSegment {
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly window: number;
  readonly urgentPointer: number;
  readonly options: Uint8Array;
  readonly data: Uint8Array;
}

const NO_OCTETS = new Uint8Array(0);

/** The octets of the segment, with a valid checksum. */
export function hostileOctets(
  segment: HostileSegment,
  source: { readonly address: IpAddress; readonly port: number },
  destination: { readonly address: IpAddress; readonly port: number },
): Uint8Array {
  const headerOctets = TCP_MIN_HEADER_OCTETS + segment.options.byteLength;
  const bytes = new Uint8Array(headerOctets + segment.data.byteLength);
  writeUint16(bytes, 0, source.port);
  writeUint16(bytes, 2, destination.port);
  writeUint32(bytes, 4, segment.sequence);
  writeUint32(bytes, 8, segment.acknowledgment);
  bytes[12] = (headerOctets / 4) << 4;
  bytes[13] = segment.flags;
  writeUint16(bytes, 14, segment.window);
  writeUint16(bytes, 18, segment.urgentPointer);
  bytes.set(segment.options, TCP_MIN_HEADER_OCTETS);
  bytes.set(segment.data, headerOctets);
  emitTcpChecksum(bytes, source.address, destination.address);
  return bytes;
}

/** Damages a copy of the octets: cuts it short, changes the header length, or flips a bit. */
export function breakOctets(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const broken = bytes.slice(
    0,
    random.chance(0.3) ? random.integer(0, bytes.byteLength) : undefined,
  );
  if (broken.byteLength === 0) return broken;
  if (broken.byteLength > 12 && random.chance(0.4)) broken[12] = random.integer(0, 255);
  else broken[random.integer(0, broken.byteLength - 1)]! ^= 1 << random.integer(0, 7);
  return broken;
}

/** A SYN of a new peer. */
export function freshSyn(random: SeededRandom, sequence: number): HostileSegment {
  return {
    sequence,
    acknowledgment: 0,
    flags: TCP_SYN,
    window: random.pick([0xffff, 0xffff, 1000, 1, 0]),
    urgentPointer: 0,
    options: synOptions(random, random.uint32(), 0),
    data: random.chance(0.1) ? hostileData(random, 100) : NO_OCTETS,
  };
}

/**
 * The next segment of an honest peer: the answer to SYN, data in order, FIN, or an ACK. Without
 * these no connection would progress.
 */
export function plausibleSegment(
  random: SeededRandom,
  state: string,
  numbers: FlowNumbers,
  finChance = 0.08,
): HostileSegment {
  if (state === 'SYN-SENT') return answerToSyn(random, numbers);
  const wantsData = random.chance(0.5);
  let flags = TCP_ACK;
  if (random.chance(finChance)) flags |= TCP_FIN;
  if (random.chance(0.05)) flags |= TCP_URG;
  if (wantsData) flags |= TCP_PSH;
  const largest = Math.min(numbers.rcvWnd, random.pick([1, 100, 1460, 1460, 20_000]));
  return {
    sequence: numbers.rcvNxt,
    acknowledgment: random.pick([
      numbers.sndNxt,
      numbers.sndNxt,
      numbers.sndUna,
      between(random, numbers.sndUna, numbers.sndNxt),
    ]),
    flags,
    window: random.pick([0xffff, 0xffff, 20_000, 1460, 100, 1, 0]),
    urgentPointer: (flags & TCP_URG) === 0 ? 0 : random.pick([0, 1, 10, 1461, 0xffff]),
    options: plausibleOptions(random, numbers),
    data: wantsData ? hostileData(random, largest) : NO_OCTETS,
  };
}

/** A correct segment: in order, and it acknowledges all data. */
export function calmSegment(flags: number, numbers: FlowNumbers): HostileSegment {
  const { tsRecent, coreTimestamp } = numbers;
  return {
    sequence: numbers.rcvNxt,
    acknowledgment: numbers.sndNxt,
    flags,
    window: 0xffff,
    urgentPointer: 0,
    options: numbers.timestampsOn
      ? Uint8Array.from(timestampOption(tsRecent, coreTimestamp))
      : NO_OCTETS,
    data: NO_OCTETS,
  };
}

function answerToSyn(random: SeededRandom, numbers: FlowNumbers): HostileSegment {
  const flags = random.chance(0.7) ? TCP_SYN | TCP_ACK : TCP_SYN;
  return { ...freshSyn(random, random.uint32()), flags, acknowledgment: numbers.sndNxt };
}

function plausibleOptions(random: SeededRandom, numbers: FlowNumbers): Uint8Array {
  const octets: number[] = [];
  if (numbers.timestampsOn) {
    const value = (numbers.tsRecent + random.pick([0, 1, 1, 20])) >>> 0;
    octets.push(...timestampOption(value, numbers.coreTimestamp));
  }
  if (random.chance(0.3) && numbers.sndUna !== numbers.sndNxt) {
    octets.push(...sackOption(random, numbers, random.integer(1, numbers.timestampsOn ? 3 : 4)));
  }
  return Uint8Array.from(octets.slice(0, TCP_MAX_OPTIONS_OCTETS));
}

/**
 * A segment with any control bits and options. Its numbers are at or near values where the core's
 * behaviour changes.
 */
export function hostileSegment(random: SeededRandom, numbers: FlowNumbers): HostileSegment {
  const flags = hostileFlags(random);
  const data = random.chance(0.5)
    ? hostileData(random, random.pick([1, 2, 100, 1460, numbers.rcvWnd + 1, 5000]))
    : NO_OCTETS;
  const keepsTimestamps = numbers.timestampsOn && random.chance(0.6);
  return {
    sequence: random.chance(0.4) ? numbers.rcvNxt : hostileSequence(random, numbers),
    acknowledgment: random.chance(0.4) ? numbers.sndNxt : hostileAcknowledgment(random, numbers),
    flags,
    window: random.pick([0, 0, 1, 2, 1000, 0x7fff, 0xffff, random.integer(0, 0xffff)]),
    urgentPointer: random.pick([0, 1, data.byteLength, data.byteLength + 1, 0xffff]) & 0xffff,
    options: keepsTimestamps ? plausibleOptions(random, numbers) : hostileOptions(random, numbers),
    data,
  };
}

function hostileFlags(random: SeededRandom): number {
  if (random.chance(0.35)) return random.pick([TCP_ACK, TCP_ACK | TCP_PSH, TCP_ACK | TCP_FIN]);
  if (random.chance(0.4)) {
    return random.pick([TCP_RST, TCP_RST | TCP_ACK, TCP_SYN, TCP_SYN | TCP_ACK, TCP_FIN, 0]);
  }
  return random.integer(0, 255);
}

/**
 * Up to `largest` octets, 40,000 at most, all of one random value. So overlapping segments usually
 * have different octets.
 */
function hostileData(random: SeededRandom, largest: number): Uint8Array {
  const octets = Math.max(0, Math.min(largest, 40_000));
  const length = random.chance(0.5) ? octets : random.integer(0, octets);
  return new Uint8Array(length).fill(random.integer(0, 255));
}

/**
 * `SYN,ACK seq=5 ack=7 win=0 urg=1 len=100 options=020405b4`, with numbers relative to the initial
 * ones.
 */
export function hostileText(segment: HostileSegment, numbers: FlowNumbers): string {
  const { sequence, acknowledgment, window, urgentPointer, options, data } = segment;
  const hex = Array.from(options, (octet) => octet.toString(16).padStart(2, '0')).join('');
  return [
    flagsText(segment.flags),
    `seq=irs${signed(sequence - numbers.irs)} (RCV.NXT${signed(sequence - numbers.rcvNxt)})`,
    `ack=iss${signed(acknowledgment - numbers.iss)} (SND.NXT${signed(acknowledgment - numbers.sndNxt)})`,
    `win=${window}`,
    ...(urgentPointer === 0 ? [] : [`urg=${urgentPointer}`]),
    ...(data.byteLength === 0 ? [] : [`len=${data.byteLength} of ${data[0]}`]),
    ...(hex === '' ? [] : [`options=${hex}`]),
  ].join(' ');
}

function signed(difference: number): string {
  const value = difference | 0;
  return value < 0 ? String(value) : `+${value}`;
}
