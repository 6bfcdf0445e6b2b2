/** The options of an IPv4 header (RFC 791 3.1): their numbers, and whether they are well formed. */
const END_OF_LIST = 0;
const NO_OPERATION = 1;
export const RECORD_ROUTE = 7;
export const TIMESTAMP = 68;
const LOOSE_SOURCE_ROUTE = 131;
const STRICT_SOURCE_ROUTE = 137;
/** The bit of a type that says: in each fragment. */
const COPIED = 0x80;

/**
 * What a timestamp option holds: times alone, each behind an address, or behind those that the
 * sender has chosen.
 */
export const TIMES_ONLY = 0;
export const ADDRESSES_AND_TIMES = 1;
export const PRESPECIFIED = 3;
/** Of modules that found no room. */
const MAX_OVERFLOW = 15;

/**
 * The octet at fault, counted from the header's start, as a parameter problem names it (RFC 792).
 */
export interface OptionProblem {
  readonly pointer: number;
}

const OPTIONS_OFFSET = 20;

/**
 * Checks the options. `ignored`: well formed, and a host may pass them over (RFC 1122 3.2.1.8).
 * `source route`: the packet is to be dropped (RFC 7126 4.3, 4.4: source routes serve attacks).
 */
export function checkIpv4Options(options: Uint8Array): 'ignored' | 'source route' | OptionProblem {
  let isSourceRouted = false;
  const seen = new Set<number>();
  let at = 0;
  while (at < options.byteLength) {
    const type = options[at]!;
    if (type === END_OF_LIST) break;
    if (type === NO_OPERATION) {
      at += 1;
      continue;
    }
    const length = options[at + 1];
    if (length === undefined) return { pointer: OPTIONS_OFFSET + at };
    if (length < 2 || at + length > options.byteLength) return { pointer: OPTIONS_OFFSET + at + 1 };
    const problem = checkOption(options.subarray(at, at + length), seen);
    if (problem !== undefined) return { pointer: OPTIONS_OFFSET + at + problem };
    isSourceRouted ||= type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE;
    at += length;
  }
  return isSourceRouted ? 'source route' : 'ignored';
}

/**
 * Offset of the octet at fault, of the options that have a pointer into themselves; undefined:
 * none.
 */
function checkOption(option: Uint8Array, seen: Set<number>): number | undefined {
  const type = option[0]!;
  const isSourceRoute = type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE;
  const isRecording = type === RECORD_ROUTE || type === TIMESTAMP;
  if (!isSourceRoute && !isRecording) return undefined;
  // RFC 791 3.1: each of them once at most.
  if (seen.has(type)) return 0;
  seen.add(type);
  // The pointer is the third octet and counts from 1; it points behind the option's head or behind
  // its end.
  const least = type === TIMESTAMP ? 5 : 4;
  if (option.byteLength < least - 1) return 1;
  if (option[2]! < least) return 2;
  return isRecording ? checkRoom(option) : undefined;
}

/**
 * RFC 791 3.1: some room, but not for all that is to be recorded, is an error; so is an overflow
 * that cannot be counted.
 */
function checkRoom(option: Uint8Array): number | undefined {
  if (!isFull(option)) return hasRoom(option) ? undefined : 2;
  if (option[0] !== TIMESTAMP || (option[3]! & 15) === PRESPECIFIED) return undefined;
  return option[3]! >>> 4 === MAX_OVERFLOW ? 3 : undefined;
}

/** Whether the pointer of an option that records is behind its end. */
export function isFull(option: Uint8Array): boolean {
  return option[2]! > option.byteLength;
}

/** Whether what one module records fits behind the pointer: an address, a time, or both. */
export function hasRoom(option: Uint8Array): boolean {
  const flag = option[3]! & 15;
  const isPair = option[0] === TIMESTAMP && (flag === ADDRESSES_AND_TIMES || flag === PRESPECIFIED);
  return option[2]! - 1 + (isPair ? 8 : 4) <= option.byteLength;
}

/**
 * The options of these, which are well formed, that have one of these types, in their order. Views.
 */
export function findOptions(options: Uint8Array, types: readonly number[]): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const option of eachOption(options)) if (types.includes(option[0]!)) found.push(option);
  return found;
}

/**
 * What of the options, which are well formed, is in the fragments behind the first one too (RFC 791
 * 3.1); undefined: nothing.
 */
export function copiedOptions(options: Uint8Array): Uint8Array | undefined {
  const copied: Uint8Array[] = [];
  for (const option of eachOption(options)) if ((option[0]! & COPIED) !== 0) copied.push(option);
  return joinOptions(copied);
}

/**
 * Options one behind the other, filled up to a multiple of four octets; undefined where there are
 * none.
 */
export function joinOptions(options: readonly Uint8Array[]): Uint8Array | undefined {
  const octets = options.reduce((sum, option) => sum + option.byteLength, 0);
  if (octets === 0) return undefined;
  // What is left behind them is zero: the end of the list.
  const joined = new Uint8Array((octets + 3) & ~3);
  let at = 0;
  for (const option of options) {
    joined.set(option, at);
    at += option.byteLength;
  }
  return joined;
}

function* eachOption(options: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < options.byteLength && options[at] !== END_OF_LIST; ) {
    if (options[at] === NO_OPERATION) {
      at += 1;
      continue;
    }
    const length = options[at + 1]!;
    yield options.subarray(at, at + length);
    at += length;
  }
}
