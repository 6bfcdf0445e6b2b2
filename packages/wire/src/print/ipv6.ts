import { readUint16 } from '../bytes.ts';
import { truncated } from './options.ts';

const IPV6_HEADER_OCTETS = 40;
const NEXT_HEADER = 6;
const SOURCE = 8;
const DESTINATION = 24;
const GROUPS = 8;

/** `fe80::1 > ff02::2: ip-proto-58 16`: what an IPv6 packet carries is not decoded. */
export function printIpv6(bytes: Uint8Array): string {
  if (bytes.byteLength < IPV6_HEADER_OCTETS) return truncated('ip6').trim();
  const [source, destination] = [formatIpv6(bytes, SOURCE), formatIpv6(bytes, DESTINATION)];
  return `${source} > ${destination}: ip-proto-${bytes[NEXT_HEADER]} ${readUint16(bytes, 4)}`;
}

/** An address as RFC 5952 writes it: the longest run of zeros is `::`. */
function formatIpv6(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: GROUPS }, (_, index) => readUint16(bytes, at + 2 * index));
  let [start, length] = [0, 0];
  for (let from = 0; from < GROUPS; from += 1) {
    let to = from;
    while (to < GROUPS && groups[to] === 0) to += 1;
    if (to - from > length) [start, length] = [from, to - from];
  }
  const text = (some: readonly number[]) => some.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
