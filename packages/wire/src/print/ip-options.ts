import { formatIpv4, readIpv4 } from '../address.ts';
import { readUint32 } from '../bytes.ts';

const NAMES: Readonly<Record<number, string>> = {
  0: 'EOL',
  1: 'NOP',
  7: 'RR',
  68: 'timestamp',
  130: 'security',
  131: 'LSRR',
  137: 'SSRR',
  148: 'RA',
};

const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LOOSE_ROUTE = 131;
const STRICT_ROUTE = 137;

/** The options of an IPv4 header as tcpdump prints them: `NOP,RR 192.0.2.1, 0.0.0.0`. */
export function printIpOptions(bytes: Uint8Array): string {
  const texts: string[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const kind = bytes[at]!;
    const name = NAMES[kind] ?? `unknown ${kind}`;
    if (kind === 0 || kind === 1) {
      texts.push(name);
      if (kind === 0) break;
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.byteLength) {
      texts.push(`${name} [bad length ${length}]`);
      break;
    }
    texts.push(`${name}${printBody(kind, bytes.subarray(at, at + length))}`);
    at += length;
  }
  return texts.join(',');
}

function printBody(kind: number, option: Uint8Array): string {
  if (kind === TIMESTAMP) return printTimestamps(option);
  if (kind !== RECORD_ROUTE && kind !== LOOSE_ROUTE && kind !== STRICT_ROUTE) return '';
  // The pointer counts from 1. The addresses before it have been visited.
  const next = (option[2] ?? 0) - 1;
  let text = next < 3 || ((next + 1) & 3) !== 0 ? ` [bad ptr ${next + 1}]` : '';
  for (let at = 3; at + 4 <= option.byteLength; at += 4) {
    text += ` ${formatIpv4(readIpv4(option, at))}${next > at ? ',' : ''}`;
  }
  return text;
}

/** What the low bits of the fourth octet mean (RFC 791 3.1, Internet timestamp). */
const TIMESTAMP_KINDS: Readonly<Record<number, string>> = {
  0: 'TSONLY',
  1: 'TS+ADDR',
  3: 'PRESPEC',
};

function printTimestamps(option: Uint8Array): string {
  const [, , pointer = 0, flags = 0] = option;
  const kind = flags & 15;
  const slot = kind === 0 ? 4 : 8;
  const next = pointer - 1;
  let text = ' TS{';
  if (((option.byteLength - 4) & (slot - 1)) !== 0) text += `[bad length ${option.byteLength}]`;
  if (next < 4 || ((next - 4) & (slot - 1)) !== 0 || next > option.byteLength + 1) {
    text += `[bad ptr ${pointer}]`;
  }
  text += TIMESTAMP_KINDS[kind] ?? `[bad ts type ${kind}]`;
  let at = 4;
  for (; TIMESTAMP_KINDS[kind] !== undefined && at + slot <= option.byteLength; at += slot) {
    const address = slot === 8 ? formatIpv4(readIpv4(option, at)) : '';
    text += `${next === at ? ' ^ ' : ' '}${readUint32(option, at + slot - 4)}@${address}`;
  }
  if (next === at) text += ' ^ ';
  const missed = flags >>> 4;
  return missed === 0 ? `${text}}` : `${text} [${missed} hops not recorded]} `;
}
