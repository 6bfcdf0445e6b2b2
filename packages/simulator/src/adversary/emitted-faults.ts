import type { NetworkSendRequest } from '@strata/network';
import type { Tcb } from '@strata/transport';
import {
  checksumFold,
  HEADROOM_OCTETS,
  isParseError,
  pseudoHeaderSum,
  TCP_ACK,
  TCP_FIN,
  TCP_MIN_HEADER_OCTETS,
  TCP_RST,
  TCP_SYN,
  TcpSegment,
} from '@strata/wire';

/** Checks of every segment that a core emits, in any state and for any reason. */

/** Parses an emitted segment. Returns the fault of its octets if there is one. */
export function parseEmitted(request: NetworkSendRequest): TcpSegment | string {
  const { segment: bytes, checksum, source, destination } = request;
  const segment = TcpSegment.parse(bytes);
  if (isParseError(segment)) return `it does not parse: ${segment}`;
  if (checksum === 'complete' && !segment.hasValidChecksum(source, destination)) {
    return 'its checksum is wrong';
  }
  if (checksum === 'partial') {
    const sum = checksumFold(pseudoHeaderSum(source, destination, 6, bytes.byteLength));
    if (segment.checksum !== sum) return 'its partial checksum is not that of the pseudo-header';
  }
  if (request.headroomOctets !== HEADROOM_OCTETS || bytes.byteOffset < HEADROOM_OCTETS) {
    return `it has ${request.headroomOctets} octets of headroom at offset ${bytes.byteOffset}`;
  }
  if ((bytes[12]! & 0x0e) !== 0) return 'a reserved bit is set';
  return optionsFault(bytes.subarray(TCP_MIN_HEADER_OCTETS, segment.headerOctets)) ?? segment;
}

const FIXED_LENGTHS: Readonly<Record<number, number>> = { 2: 4, 3: 3, 4: 2, 8: 10 };

function optionsFault(octets: Uint8Array): string | undefined {
  const seen = new Set<number>();
  for (let at = 0; at < octets.byteLength; ) {
    const kind = octets[at]!;
    if (kind === 0) return undefined;
    if (kind === 1) {
      at += 1;
      continue;
    }
    const length = octets[at + 1] ?? 0;
    if (length < 2 || at + length > octets.byteLength) return `option ${kind} has length ${length}`;
    const fixed = FIXED_LENGTHS[kind];
    if (fixed !== undefined && length !== fixed) return `option ${kind} has length ${length}`;
    if (kind === 5 && (length < 10 || length % 8 !== 2)) return `SACK has length ${length}`;
    if (seen.has(kind)) return `option ${kind} is there twice`;
    seen.add(kind);
    at += length;
  }
  return undefined;
}

/**
 * The fault of the control bits, and of the fields that depend on them. Undefined if there is none.
 */
export function controlFault(segment: TcpSegment): string | undefined {
  const { flags, options } = segment;
  const octets = segment.payload.byteLength;
  const has = (bit: number) => (flags & bit) !== 0;
  if (has(TCP_SYN) && (has(TCP_FIN) || has(TCP_RST))) return 'SYN with FIN or RST';
  if (has(TCP_RST) && (has(TCP_FIN) || octets > 0)) return 'RST with FIN or data';
  // RFC 9293 3.10.7: all segments have ACK, except the first SYN and some RSTs.
  if (!has(TCP_ACK) && !has(TCP_SYN) && !has(TCP_RST)) return 'no ACK';
  if (!has(TCP_ACK) && segment.acknowledgment !== 0) return 'an acknowledgment number without ACK';
  if (has(TCP_SYN) && octets > 0) return 'SYN with data';
  const { mss, windowScale, sackPermitted, sack } = options;
  if (!has(TCP_SYN) && (mss ?? windowScale) !== undefined) return 'an option of SYN without SYN';
  if (!has(TCP_SYN) && sackPermitted) return 'SACK permitted without SYN';
  if (has(TCP_SYN) && sack !== undefined) return 'SACK blocks in a SYN';
  if (windowScale !== undefined && windowScale > 14) return `a window shift of ${windowScale}`;
  for (const { left, right } of sack ?? []) {
    if (((right - left) | 0) <= 0) return 'a SACK block that ends before it begins';
  }
  return undefined;
}

/** A connection's values before the input that a segment answers. */
export interface Before {
  readonly sndNxt: number;
  readonly sndMss: number;
  readonly isProbing: boolean;
  /**
   * In a batch of inputs: the farthest edge of the peer's window between them. One input may open
   * the window, and the next may shrink it.
   */
  batchEdge: number | undefined;
}

/** The right edge of the peer's window. */
export function windowEdge({ sndUna, sndWnd }: Tcb): number {
  return (sndUna + sndWnd) >>> 0;
}

/** The fault of a segment of an existing connection. Undefined if there is none. */
export function connectionFault(
  tcb: Tcb,
  segment: TcpSegment,
  request: NetworkSendRequest,
  before: Before,
): string | undefined {
  const { flags } = segment;
  if ((flags & TCP_RST) !== 0) return undefined;
  const isSyn = (flags & TCP_SYN) !== 0;
  const octets = segment.payload.byteLength;
  const end = segment.sequence + octets + (isSyn ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0);
  if (isSyn && segment.sequence !== tcb.iss) return 'SYN that is not at ISS';
  if (((end - tcb.sndNxt) | 0) > 0) return `it ends ${(end - tcb.sndNxt) | 0} beyond SND.NXT`;
  const mss = Math.max(tcb.sndMss, before.sndMss);
  const size = request.segmentSize > 0 ? request.segmentSize : octets;
  if (size > mss) return `${size} octets of data in a segment, more than ${mss}`;
  if (request.segmentSize > 0 && request.segmentSize >= octets) return 'a super-segment of one';
  if (!isSyn && (flags & TCP_ACK) !== 0) {
    if (((segment.acknowledgment - tcb.rcvNxt) | 0) > 0) return 'it acknowledges beyond RCV.NXT';
  }
  const isNew = ((end - before.sndNxt) | 0) > 0;
  const beyond = Math.min(
    (end - windowEdge(tcb)) | 0,
    before.batchEdge === undefined ? Infinity : (end - before.batchEdge) | 0,
  );
  // New data must fit the peer's window. A window probe is one octet beyond it (RFC 9293 3.8.6.1);
  // data sent right after the probe follows it.
  if (isNew && !before.isProbing && octets > 0 && beyond > 0 && end - segment.sequence > 1) {
    return `new data ${beyond} beyond the peer's window`;
  }
  return undefined;
}
