import { readUint16, readUint32 } from '../bytes.ts';
import {
  TCP_OPTION_END,
  TCP_OPTION_MSS,
  TCP_OPTION_NOP,
  TCP_OPTION_SACK,
  TCP_OPTION_SACK_PERMITTED,
  TCP_OPTION_TIMESTAMPS,
  TCP_OPTION_WINDOW_SCALE,
} from '../tcp-options.ts';

/**
 * The options of a segment as tcpdump prints them: `mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7`.
 *
 * @param bytes the captured octets of the options
 * @param octets octets of the options before the capture cut them short
 * @param relate converts a sequence number of the peer to the one that is printed
 */
export function printTcpOptions(
  bytes: Uint8Array,
  octets: number,
  relate: (sequence: number) => number,
): string {
  const texts: string[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const kind = bytes[at]!;
    if (kind === TCP_OPTION_END) {
      texts.push('eol');
      return texts.join(',');
    }
    if (kind === TCP_OPTION_NOP) {
      texts.push('nop');
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > octets) return [...texts, '[bad opt]'].join(',');
    if (at + length > bytes.byteLength) break;
    texts.push(printOption(kind, bytes.subarray(at + 2, at + length), relate));
    at += length;
  }
  return bytes.byteLength < octets ? [...texts, '[|tcp]'].join(',') : texts.join(',');
}

function printOption(kind: number, body: Uint8Array, relate: (sequence: number) => number): string {
  const octets = body.byteLength;
  if (kind === TCP_OPTION_MSS && octets === 2) return `mss ${readUint16(body, 0)}`;
  if (kind === TCP_OPTION_WINDOW_SCALE && octets === 1) return `wscale ${body[0]}`;
  if (kind === TCP_OPTION_SACK_PERMITTED && octets === 0) return 'sackOK';
  if (kind === TCP_OPTION_TIMESTAMPS && octets === 8) {
    return `TS val ${readUint32(body, 0)} ecr ${readUint32(body, 4)}`;
  }
  if (kind === TCP_OPTION_SACK && octets > 0 && octets % 8 === 0) {
    let blocks = '';
    for (let at = 0; at < octets; at += 8) {
      blocks += `{${relate(readUint32(body, at))}:${relate(readUint32(body, at + 4))}}`;
    }
    return `sack ${octets / 8} ${blocks}`;
  }
  const hex = Array.from(body, (octet) => octet.toString(16).padStart(2, '0')).join('');
  return hex === '' ? `unknown-${kind}` : `unknown-${kind} 0x${hex}`;
}
