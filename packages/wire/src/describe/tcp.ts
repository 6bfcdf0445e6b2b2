import { readUint16, readUint32 } from '../bytes.ts';
import { printTcpFlags } from '../print/tcp.ts';
import { TCP_FIN, TCP_MIN_HEADER_OCTETS, TCP_RST, TCP_SYN } from '../tcp.ts';
import {
  TCP_OPTION_END,
  TCP_OPTION_MSS,
  TCP_OPTION_NOP,
  TCP_OPTION_SACK,
  TCP_OPTION_SACK_PERMITTED,
  TCP_OPTION_TIMESTAMPS,
  TCP_OPTION_USER_TIMEOUT,
  TCP_OPTION_WINDOW_SCALE,
} from '../tcp-options.ts';

const ACK_BIT = 4;

/**
 * Describes a TCP segment without its ports: `Flags [S], seq 1, win 64240, options [mss 1460],
 * length 0`. `segmentOctets`: octets of the whole segment; `bytes` may hold only its beginning.
 */
export function describeTcp(bytes: Uint8Array, segmentOctets: number): string {
  if (bytes.byteLength < TCP_MIN_HEADER_OCTETS) {
    return bytes.byteLength < 8 ? 'TCP [truncated]' : `seq ${readUint32(bytes, 4)} [truncated]`;
  }
  const headerOctets = (bytes[12]! >>> 4) * 4;
  if (headerOctets < TCP_MIN_HEADER_OCTETS) return `TCP [bad header length ${headerOctets}]`;
  const flags = bytes[13]!;
  const length = Math.max(0, segmentOctets - headerOctets);
  const parts = [`Flags [${printTcpFlags(flags)}]`];
  const sequence = readUint32(bytes, 4);
  if (length > 0) parts.push(`seq ${sequence}:${(sequence + length) >>> 0}`);
  else if (flags & (TCP_SYN | TCP_FIN | TCP_RST)) parts.push(`seq ${sequence}`);
  if ((flags >> ACK_BIT) & 1) parts.push(`ack ${readUint32(bytes, 8)}`);
  parts.push(`win ${readUint16(bytes, 14)}`);
  if ((flags >> 5) & 1) parts.push(`urg ${readUint16(bytes, 18)}`);
  const options = bytes.subarray(TCP_MIN_HEADER_OCTETS, headerOctets);
  if (options.byteLength > 0) parts.push(`options [${describeOptions(options)}]`);
  if (bytes.byteLength < headerOctets) return `${parts.join(', ')} [truncated]`;
  parts.push(`length ${length}`);
  return parts.join(', ');
}

function describeOptions(bytes: Uint8Array): string {
  const names: string[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const kind = bytes[at]!;
    if (kind === TCP_OPTION_END || kind === TCP_OPTION_NOP) {
      names.push(kind === TCP_OPTION_NOP ? 'nop' : 'eol');
      if (kind === TCP_OPTION_END) break;
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.byteLength) {
      names.push(`[bad option ${kind}]`);
      break;
    }
    names.push(describeOption(kind, bytes.subarray(at + 2, at + length)));
    at += length;
  }
  return names.join(',');
}

function describeOption(kind: number, body: Uint8Array): string {
  const octets = body.byteLength;
  if (kind === TCP_OPTION_MSS && octets === 2) return `mss ${readUint16(body, 0)}`;
  if (kind === TCP_OPTION_WINDOW_SCALE && octets === 1) return `wscale ${body[0]}`;
  if (kind === TCP_OPTION_SACK_PERMITTED && octets === 0) return 'sackOK';
  if (kind === TCP_OPTION_TIMESTAMPS && octets === 8) {
    return `TS val ${readUint32(body, 0)} ecr ${readUint32(body, 4)}`;
  }
  if (kind === TCP_OPTION_USER_TIMEOUT && octets === 2) {
    const field = readUint16(body, 0);
    return `uto ${field & 0x7fff}${(field & 0x8000) === 0 ? ' s' : ' min'}`;
  }
  if (kind === TCP_OPTION_SACK && octets >= 8 && octets % 8 === 0) {
    let blocks = '';
    for (let at = 0; at < octets; at += 8) {
      blocks += `{${readUint32(body, at)}:${readUint32(body, at + 4)}}`;
    }
    return `sack ${octets / 8} ${blocks}`;
  }
  return octets === 0 ? `unknown-${kind}` : `unknown-${kind} 0x${toHex(body)}`;
}

function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (const octet of bytes) hex += octet.toString(16).padStart(2, '0');
  return hex;
}
