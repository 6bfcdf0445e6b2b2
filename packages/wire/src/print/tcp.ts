import { formatIpv4, type IpAddress } from '../address.ts';
import { readUint16, readUint32 } from '../bytes.ts';
import { checksumAdd, checksumFold, pseudoHeaderSum } from '../checksum.ts';
import { PROTOCOL_TCP } from '../ipv4.ts';
import { TCP_FIN, TCP_MIN_HEADER_OCTETS, TCP_RST, TCP_SYN } from '../tcp.ts';
import { printContent } from './content.ts';
import type { Flows } from './flows.ts';
import { type PrintOptions, truncated } from './options.ts';
import { printTcpOptions } from './tcp-options.ts';

/** tcpdump's letters of the control bits, from FIN up; ACK is the dot. */
const FLAG_LETTERS = 'FSRP.UEW';
const ACK = 0x10;
const URG = 0x20;

/** What tcpdump prints in `Flags [...]`; `none` for no flag. */
export function printTcpFlags(flags: number): string {
  const letters = [...FLAG_LETTERS].filter((_, bit) => ((flags >> bit) & 1) !== 0).join('');
  return letters === '' ? 'none' : letters;
}

/** What a segment is printed with. */
export interface SegmentContext {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Octets of the segment as the IP header says. */
  readonly octets: number;
  /** Whether it is a fragment: its checksum then covers octets that are not here. */
  readonly isFragment: boolean;
  readonly options: PrintOptions;
  readonly flows: Flows;
}

/**
 * `192.0.2.1.40000 > 192.0.2.2.80: Flags [S], seq 1, win 64240, length 0`, as tcpdump prints it.
 */
export function printTcp(bytes: Uint8Array, context: SegmentContext): string {
  const { source, destination, octets, options } = context;
  const between = `${formatIpv4(source)} > ${formatIpv4(destination)}:`;
  if (bytes.byteLength < 4) return `${between} ${truncated('tcp')}`;
  const from = `${formatIpv4(source)}.${readUint16(bytes, 0)}`;
  const to = `${formatIpv4(destination)}.${readUint16(bytes, 2)}`;
  if (bytes.byteLength < 13) return `${from} > ${to}: ${truncated('tcp')}`;
  const headerOctets = (bytes[12]! >>> 4) * 4;
  const head = `${from} > ${to}: `;
  if (headerOctets < TCP_MIN_HEADER_OCTETS) {
    const fault = `[bad hdr length ${headerOctets} - too short, < ${TCP_MIN_HEADER_OCTETS}]`;
    return `${head} tcp ${Math.max(0, octets - headerOctets)} ${fault}`;
  }
  const length = octets - headerOctets;
  if (options.quick) return `${head}tcp ${length}`;
  if (length < 0) return `${head}Flags [bad hdr length ${headerOctets} - too long, > ${octets}]`;
  if (bytes.byteLength < TCP_MIN_HEADER_OCTETS) return `${head}${truncated('tcp')}`;
  return head + printSegment(bytes, headerOctets, { ...context, from, to });
}

function printSegment(
  bytes: Uint8Array,
  headerOctets: number,
  context: SegmentContext & { readonly from: string; readonly to: string },
): string {
  const { octets, options } = context;
  const flags = bytes[13]!;
  const length = octets - headerOctets;
  const numbers = relativeNumbers(bytes, flags, context);
  let text = `Flags [${printTcpFlags(flags)}]`;
  if (options.verbose > 0 && !context.isFragment) text += printChecksum(bytes, context);
  const { sequence } = numbers;
  if (length > 0) text += `, seq ${sequence}:${(sequence + length) >>> 0}`;
  else if (options.verbose > 1 || (flags & (TCP_SYN | TCP_FIN | TCP_RST)) !== 0) {
    text += `, seq ${sequence}`;
  }
  if ((flags & ACK) !== 0) text += `, ack ${numbers.acknowledgment}`;
  text += `, win ${readUint16(bytes, 14)}`;
  if ((flags & URG) !== 0) text += `, urg ${readUint16(bytes, 18)}`;
  if (headerOctets > TCP_MIN_HEADER_OCTETS) {
    const kept = bytes.subarray(TCP_MIN_HEADER_OCTETS, headerOctets);
    text += `, options [${printTcpOptions(kept, headerOctets - TCP_MIN_HEADER_OCTETS, numbers.relate)}]`;
  }
  text += `, length ${length}`;
  if (length === 0 || bytes.byteLength <= headerOctets) return text;
  return (
    text +
    printContent(
      bytes.subarray(headerOctets),
      readUint16(bytes, 0),
      readUint16(bytes, 2),
      options.verbose,
    )
  );
}

function relativeNumbers(
  bytes: Uint8Array,
  flags: number,
  { options, flows, from, to }: SegmentContext & { readonly from: string; readonly to: string },
) {
  const sequence = readUint32(bytes, 4);
  const acknowledgment = readUint32(bytes, 8);
  if (options.absolute) return { sequence, acknowledgment, relate: (number: number) => number };
  const hasSyn = (flags & TCP_SYN) !== 0;
  const hasAck = (flags & ACK) !== 0;
  return flows.relative(from, to, { sequence, acknowledgment, hasSyn, hasAck });
}

function printChecksum(bytes: Uint8Array, { source, destination, octets }: SegmentContext): string {
  if (bytes.byteLength < octets) return '';
  const segment = bytes.subarray(0, octets);
  const given = readUint16(bytes, 16);
  const pseudo = pseudoHeaderSum(source, destination, PROTOCOL_TCP, octets);
  const sum = checksumFold(checksumAdd(segment, pseudo)) ^ 0xffff;
  if (sum === 0) return `, cksum ${hex16(given)} (correct)`;
  const right = checksumFold((sum ^ 0xffff) + (given ^ 0xffff)) ^ 0xffff;
  return `, cksum ${hex16(given)} (incorrect -> ${hex16(right)})`;
}

export function hex16(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}
