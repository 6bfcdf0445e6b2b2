/** The options of an IPv4 header (RFC 791 3.1), checked and otherwise passed over. */
const END_OF_LIST = 0;
const NO_OPERATION = 1;
const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LOOSE_SOURCE_ROUTE = 131;
const STRICT_SOURCE_ROUTE = 137;

/** The octet at fault, counted from the header's start, as a parameter problem names it (RFC 792). */
export interface OptionProblem {
  readonly pointer: number;
}

const OPTIONS_OFFSET = 20;

/**
 * Checks the options. `ignored`: well formed, and a host may pass them over (RFC 1122 3.2.1.8). `source route`: the packet
 * is to be dropped (RFC 7126 4.3, 4.4: source routes serve attacks).
 */
export function checkIpv4Options(options: Uint8Array): 'ignored' | 'source route' | OptionProblem {
  let isSourceRouted = false;
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
    const problem = checkOption(options, at, type, length);
    if (problem !== undefined) return { pointer: OPTIONS_OFFSET + problem };
    isSourceRouted ||= type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE;
    at += length;
  }
  return isSourceRouted ? 'source route' : 'ignored';
}

/** Offset of the octet at fault, of the options that have a pointer into themselves; undefined: none. */
function checkOption(
  options: Uint8Array,
  at: number,
  type: number,
  length: number,
): number | undefined {
  const isRoute =
    type === RECORD_ROUTE || type === LOOSE_SOURCE_ROUTE || type === STRICT_SOURCE_ROUTE;
  if (!isRoute && type !== TIMESTAMP) return undefined;
  // The pointer is the third octet and counts from 1; it points behind the option's head or behind its end.
  const least = isRoute ? 4 : 5;
  if (length < least - 1) return at + 1;
  return options[at + 2]! < least ? at + 2 : undefined;
}
