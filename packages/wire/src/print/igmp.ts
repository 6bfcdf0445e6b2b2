import { formatIpv4, isUnspecified, readIpv4 } from '../address.ts';
import { readUint16 } from '../bytes.ts';
import { internetChecksum } from '../checksum.ts';
import * as igmp from '../igmp.ts';
import { truncated } from './options.ts';

const RECORDS = ['', 'is_in', 'is_ex', 'to_in', 'to_ex', 'allow', 'block'];
const DVMRP = 0x13;

/** `igmp v2 report 239.1.2.3`, as tcpdump prints it. */
export function printIgmp(bytes: Uint8Array, verbose: number): string {
  if (bytes.byteLength < igmp.IGMP_MIN_OCTETS) return truncated('igmp');
  const text = `igmp ${printMessage(bytes, verbose)}`.replace('igmp -', 'igmp-');
  if (verbose === 0) return text;
  const sum = internetChecksum(bytes);
  if (sum === 0) return text;
  return `${text} bad igmp cksum ${readUint16(bytes, 2).toString(16)}!`;
}

function printMessage(bytes: Uint8Array, verbose: number): string {
  const group = formatIpv4(readIpv4(bytes, 4));
  switch (bytes[0]) {
    case igmp.IGMP_QUERY:
      return `query ${printQuery(bytes, verbose)}`;
    case igmp.IGMP_V1_REPORT:
      return `v1 report ${group}`;
    case igmp.IGMP_V2_REPORT:
      return `v2 report ${group}`;
    case igmp.IGMP_LEAVE:
      return `leave ${group}`;
    case igmp.IGMP_V3_REPORT:
      return `v3 report${printReport(bytes, verbose)}`;
    case DVMRP:
      return `dvmrp [type ${bytes[1]}]`;
    default:
      return `-${bytes[0]}`;
  }
}

function printQuery(bytes: Uint8Array, verbose: number): string {
  const code = bytes[1]!;
  const group = readIpv4(bytes, 4);
  const isGeneral = isUnspecified(group);
  if (bytes.byteLength < 12) {
    const time = code === 0 || code === 100 ? '' : ` [max resp time ${code}]`;
    return `v${code === 0 ? 1 : 2}${time}${isGeneral ? '' : ` [gaddr ${formatIpv4(group)}]`}`;
  }
  if ((bytes.byteLength & 3) !== 0) return `v3 [invalid len ${bytes.byteLength}]`;
  const text = `v3${code === 100 ? '' : ` [max resp time ${printTenths(code)}]`}`;
  if (isGeneral) return text;
  const count = readUint16(bytes, 10);
  const asked = `${text} [gaddr ${formatIpv4(group)}`;
  if (count === 0) return `${asked}]`;
  if (12 + 4 * count > bytes.byteLength) return `${asked} [invalid number of sources ${count}]`;
  return `${asked}${printSources(bytes, 12, count, verbose)}]`;
}

/** A time in tenths of a second: `1.0s`, and from a code of 128 on `5m7s`. */
function printTenths(code: number): string {
  if (code < 128) return `${(code / 10).toFixed(1)}s`;
  const seconds = Math.floor((((code & 0x0f) | 0x10) << (((code >> 4) & 7) + 3)) / 10);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts.map(([value, unit]) => (value === 0 ? '' : `${value}${unit}`)).join('');
}

function printReport(bytes: Uint8Array, verbose: number): string {
  if (bytes.byteLength < 16 || (bytes.byteLength & 3) !== 0) {
    return ` [invalid len ${bytes.byteLength}]`;
  }
  const count = readUint16(bytes, 6);
  let text = `, ${count} group record(s)`;
  let at = 8;
  for (let i = 0; verbose > 0 && i < count; i += 1) {
    if (at + 8 > bytes.byteLength) return `${text} [invalid number of groups]`;
    const type = RECORDS[bytes[at]!] || ` [v3-report-#${bytes[at]}]`;
    const sources = readUint16(bytes, at + 2);
    text += ` [gaddr ${formatIpv4(readIpv4(bytes, at + 4))} ${type}`;
    if (at + 8 + 4 * sources > bytes.byteLength) {
      return `${text} [invalid number of sources ${sources}]`;
    }
    text += `${printSources(bytes, at + 8, sources, verbose)}]`;
    at += 8 + 4 * sources;
  }
  return text;
}

/** `, 2 source(s)`, and with -vv the sources themselves. */
function printSources(bytes: Uint8Array, at: number, count: number, verbose: number): string {
  if (verbose < 2) return `, ${count} source(s)`;
  const sources = Array.from({ length: count }, (_, i) => readIpv4(bytes, at + 4 * i));
  return ` {${sources.map((source) => ` ${formatIpv4(source)}`).join('')} }`;
}
