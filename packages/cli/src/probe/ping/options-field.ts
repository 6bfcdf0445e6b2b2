/** The IPv4 options that ping sends: their octets, and those of a reply as lines (RFC 791 3.1). */

const RECORD_ROUTE = 7;
export const TIMESTAMP = 68;
const LOOSE_SOURCE_ROUTE = 131;
const STRICT_SOURCE_ROUTE = 137;
const NO_OPERATION = 1;
const NON_STANDARD = 0x80000000;

export type TimestampKind = 'tsonly' | 'tsandaddr' | 'tsprespec';

const FLAGS: Readonly<Record<TimestampKind, number>> = { tsonly: 0, tsandaddr: 1, tsprespec: 3 };

/** Record route with room for nine addresses, as much as a header has. */
export function recordRoute(): Uint8Array {
  const option = new Uint8Array(40);
  option.set([NO_OPERATION, RECORD_ROUTE, 39, 4]);
  return option;
}

/** The timestamp option. `addresses`: for `tsprespec`, one to four. */
export function timestamp(kind: TimestampKind, addresses: readonly string[]): Uint8Array {
  const octets = kind === 'tsonly' ? 40 : kind === 'tsandaddr' ? 36 : 4 + 8 * addresses.length;
  const option = new Uint8Array(octets);
  option.set([TIMESTAMP, octets, 5, FLAGS[kind]]);
  for (const [at, address] of addresses.entries()) option.set(octetsOf(address), 4 + 8 * at);
  return option;
}

/** A loose source route over the hops that come after the first one. */
export function sourceRoute(hops: readonly string[]): Uint8Array {
  const option = new Uint8Array(4 + 4 * hops.length);
  option.set([NO_OPERATION, LOOSE_SOURCE_ROUTE, 3 + 4 * hops.length, 4]);
  for (const [at, hop] of hops.entries()) option.set(octetsOf(hop), 4 + 4 * at);
  return option;
}

function octetsOf(address: string): number[] {
  return address.split('.').map(Number);
}

function addressAt(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + 4).join('.');
}

/**
 * A reply's options as ping prints them behind its line. `previous`: the record route of the reply
 * before; the same one again is said in short. Returns the text, and the record route in
 * hexadecimal.
 */
export function formatOptions(
  bytes: Uint8Array,
  previous: string,
): { readonly text: string; readonly route: string } {
  let [text, route] = ['', previous];
  for (let at = 0; at < bytes.byteLength && bytes[at] !== 0; ) {
    const type = bytes[at]!;
    if (type === NO_OPERATION) {
      text += '\nNOP';
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2) break;
    const option = bytes.subarray(at, at + length);
    at += length;
    switch (type) {
      case RECORD_ROUTE: {
        const found = Buffer.from(option.subarray(0, option[2]! - 1)).toString('hex');
        text += found === previous ? '\t(same route)' : routeLines('RR: ', option);
        route = found;
        break;
      }
      case LOOSE_SOURCE_ROUTE:
        text += routeLines('LSRR: ', option);
        break;
      case STRICT_SOURCE_ROUTE:
        text += routeLines('SSRR: ', option);
        break;
      case TIMESTAMP:
        text += timestampLines(option);
        break;
      default:
        text += `\nunknown option ${type.toString(16)}`;
    }
  }
  return { text, route };
}

/** The recorded addresses: those in front of the pointer. */
function routeLines(name: string, option: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 3; at + 4 < option[2]! && at + 4 <= option.byteLength; at += 4) {
    lines.push(`\t${addressAt(option, at)}\n`);
  }
  return lines.length === 0 ? '' : `\n${name}${lines.join('')}`;
}

function timestampLines(option: Uint8Array): string {
  const flags = option[3]! & 15;
  const entry = flags === FLAGS.tsonly ? 4 : 8;
  const view = new DataView(option.buffer, option.byteOffset, option.byteLength);
  let [standard, other]: (number | undefined)[] = [undefined, undefined];
  let text = '\nTS: ';
  for (let at = 4; at + entry < option[2]! && at + entry <= option.byteLength; at += entry) {
    if (entry === 8) text += `\t${addressAt(option, at)}`;
    const raw = view.getUint32(at + entry - 4);
    const time = raw % NON_STANDARD;
    if (raw >= NON_STANDARD) {
      text +=
        other === undefined ? `\t${time} absolute not-standard` : `\t${time - other} not-standard`;
      other = time;
    } else {
      text += standard === undefined ? `\t${time} absolute` : `\t${time - standard}`;
      standard = time;
    }
    text += '\n';
  }
  const lost = option[3]! >>> 4;
  return `${text}${lost > 0 ? `Unrecorded hops: ${lost}\n` : ''}`;
}
