/** The options of an IPv4 header (RFC 791 3.1): their type numbers, and checks of their form. */
const END_OF_LIST = 0;
const NO_OPERATION = 1;
export const RECORD_ROUTE = 7;
export const TIMESTAMP = 68;
export const LOOSE_SOURCE_ROUTE = 131;
export const STRICT_SOURCE_ROUTE = 137;
const ROUTER_ALERT = 148;
/** RFC 2113 2.1. */
const ROUTER_ALERT_OCTETS = 4;
/** The copied flag of a type: the option is in every fragment. */
const COPIED = 0x80;

/**
 * What a timestamp option records: times alone, addresses and times, or times for addresses that
 * the sender chose.
 */
export const TIMES_ONLY = 0;
export const ADDRESSES_AND_TIMES = 1;
export const PRESPECIFIED = 3;
/** The largest count of hosts that found no room. */
const MAX_OVERFLOW = 15;

/**
 * The octet at fault, counted from the header's start, for the pointer of a parameter problem (RFC
 * 792).
 */
export interface OptionProblem {
  readonly pointer: number;
}

const OPTIONS_OFFSET = 20;

/**
 * Checks the options. `ignored`: they are well formed, and a host may ignore them (RFC 1122
 * 3.2.1.8). `source route`: the packet must be dropped (RFC 7126 4.3, 4.4: attackers use source
 * routes).
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
 * Offset of the octet at fault in an option of a known form. Undefined: the option is well formed.
 */
function checkOption(option: Uint8Array, seen: Set<number>): number | undefined {
  const type = option[0]!;
  if (type === ROUTER_ALERT) return option.byteLength < ROUTER_ALERT_OCTETS ? 1 : undefined;
  const isSourceRoute = type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE;
  const isRecording = type === RECORD_ROUTE || type === TIMESTAMP;
  if (!isSourceRoute && !isRecording) return undefined;
  // RFC 791 3.1: each option may appear at most once. A loose and a strict source route are two
  // source routes (RFC 1122 3.2.1.8 (c)).
  const kind = isSourceRoute ? LOOSE_SOURCE_ROUTE : type;
  if (seen.has(kind)) return 0;
  seen.add(kind);
  // The pointer is the third octet and counts from 1. It points to an entry behind the option's
  // head, or behind the option's end.
  const least = type === TIMESTAMP ? 5 : 4;
  if (option.byteLength < least - 1) return 1;
  if (option[2]! < least) return 2;
  return isRecording ? checkRoom(option) : undefined;
}

/**
 * RFC 791 3.1: room for only a part of an entry is an error. So is a count of overflows that cannot
 * grow.
 */
function checkRoom(option: Uint8Array): number | undefined {
  if (!isFull(option)) return hasRoom(option) ? undefined : 2;
  if (option[0] !== TIMESTAMP || (option[3]! & 15) === PRESPECIFIED) return undefined;
  return option[3]! >>> 4 === MAX_OVERFLOW ? 3 : undefined;
}

/** Whether options, which must be well formed, have a source route. */
export function hasSourceRoute(options: Uint8Array): boolean {
  return findOptions(options, [LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE]).length > 0;
}

/** Whether the pointer of a recording option is behind the option's end. */
export function isFull(option: Uint8Array): boolean {
  return option[2]! > option.byteLength;
}

/** Whether one host's entry fits behind the pointer: an address, a time, or both. */
export function hasRoom(option: Uint8Array): boolean {
  const flag = option[3]! & 15;
  const isPair = option[0] === TIMESTAMP && (flag === ADDRESSES_AND_TIMES || flag === PRESPECIFIED);
  return option[2]! - 1 + (isPair ? 8 : 4) <= option.byteLength;
}

/**
 * Those of the options, which must be well formed, that have one of the types, in their order. They
 * are views.
 */
export function findOptions(options: Uint8Array, types: readonly number[]): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const option of eachOption(options)) if (types.includes(option[0]!)) found.push(option);
  return found;
}

/**
 * Those of the options, which must be well formed, that the fragments after the first also carry
 * (RFC 791 3.1). Undefined: none.
 */
export function copiedOptions(options: Uint8Array): Uint8Array | undefined {
  const copied: Uint8Array[] = [];
  for (const option of eachOption(options)) if ((option[0]! & COPIED) !== 0) copied.push(option);
  return joinOptions(copied);
}

/** Joins options and pads them to a multiple of four octets. Undefined where there are none. */
export function joinOptions(options: readonly Uint8Array[]): Uint8Array | undefined {
  const octets = options.reduce((sum, option) => sum + option.byteLength, 0);
  if (octets === 0) return undefined;
  // The padding is zero: the end of the option list.
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
    if (length < 2) return;
    yield options.subarray(at, at + length);
    at += length;
  }
}
