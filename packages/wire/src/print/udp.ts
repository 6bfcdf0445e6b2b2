import { formatIpv4 } from '../address.ts';
import { readUint16 } from '../bytes.ts';
import { checksumAdd, checksumFold, pseudoHeaderSum } from '../checksum.ts';
import { PROTOCOL_UDP } from '../ipv4.ts';
import { UDP_HEADER_OCTETS } from '../udp.ts';
import { truncated } from './options.ts';
import { hex16, type SegmentContext } from './tcp.ts';

/** `192.0.2.1.53000 > 192.0.2.2.9: UDP, length 20`, as tcpdump prints it. */
export function printUdp(bytes: Uint8Array, context: SegmentContext): string {
  const { source, destination, octets, options } = context;
  if (bytes.byteLength < 4) {
    return `${formatIpv4(source)} > ${formatIpv4(destination)}: ${truncated('udp')}`;
  }
  const from = `${formatIpv4(source)}.${readUint16(bytes, 0)}`;
  const head = `${from} > ${formatIpv4(destination)}.${readUint16(bytes, 2)}: `;
  if (octets < UDP_HEADER_OCTETS) return `${head}truncated-udp ${octets}`;
  if (bytes.byteLength < UDP_HEADER_OCTETS) return `${head}${truncated('udp')}`;
  const given = readUint16(bytes, 4);
  if (given < UDP_HEADER_OCTETS && given !== 0) return `${head}truncated-udplength ${given}`;
  const length = (given === 0 ? octets : given) - UDP_HEADER_OCTETS;
  if (options.quick) return `${head}UDP, length ${length}`;
  const sum = options.verbose > 1 && !context.isFragment ? printChecksum(bytes, context) : '';
  return `${head}${sum}UDP, length ${length}`;
}

function printChecksum(bytes: Uint8Array, { source, destination }: SegmentContext): string {
  const length = readUint16(bytes, 4);
  const given = readUint16(bytes, 6);
  if (given === 0) return '[no cksum] ';
  if (bytes.byteLength < length) return '';
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_UDP, length);
  const sum = checksumFold(checksumAdd(bytes.subarray(0, length), pseudo)) ^ 0xffff;
  if (sum === 0) return '[udp sum ok] ';
  const right = checksumFold((sum ^ 0xffff) + (given ^ 0xffff)) ^ 0xffff;
  return `[bad udp cksum ${hex16(given)} -> ${hex16(right)}!] `;
}
