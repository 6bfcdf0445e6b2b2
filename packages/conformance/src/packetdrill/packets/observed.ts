import type { NetworkRequest, NetworkSendRequest } from '@strata/network';
import {
  isParseError,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_CWR,
  TCP_FIN,
  TCP_MIN_HEADER_OCTETS,
  TCP_PSH,
  TcpSegment,
  UdpDatagram,
} from '@strata/wire';
import type { SentPdu } from '../core-driver.ts';
import type { TcpOption } from '../language/script.ts';
import { readOptions } from './tcp-option-octets.ts';

/** A packet that the core sent, with the numbers on the wire. */
export type Observed = ObservedSegment | ObservedDatagram | ObservedIcmp;

interface AnyObserved {
  readonly atUs: number;
  readonly localPort: number;
  readonly remotePort: number;
  readonly tos: number;
  readonly ttl: number;
}

export interface ObservedSegment extends AnyObserved {
  readonly protocol: 'tcp';
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly urgentPointer: number;
  readonly options: readonly TcpOption[];
  readonly payload: Uint8Array;
}

export interface ObservedDatagram extends AnyObserved {
  readonly protocol: 'udp';
  readonly payloadOctets: number;
}

export interface ObservedIcmp extends AnyObserved {
  readonly protocol: 'icmp';
  readonly type: number;
  readonly code: number;
}

const REJECT_CODES = {
  'protocol unreachable': 2,
  'port unreachable': 3,
  'administratively prohibited': 13,
} as const;

/**
 * The packets of a PDU on the wire. A super-segment becomes several segments.
 *
 * @throws Error if the core sent a malformed packet, which is a bug in the core
 */
export function observe({ request, atUs }: SentPdu): readonly Observed[] {
  if (request.kind === 'reject') return [observeReject(request, atUs)];
  if (request.kind === 'group') return [];
  if (request.protocol === PROTOCOL_TCP) return cut(observeSegment(request, atUs), request);
  if (request.protocol === PROTOCOL_UDP) return [observeDatagram(request, atUs)];
  throw new Error(`the core sent a packet of protocol ${request.protocol}`);
}

function observeReject(
  request: Extract<NetworkRequest, { kind: 'reject' }>,
  atUs: number,
): ObservedIcmp {
  const view = new DataView(request.segment.buffer, request.segment.byteOffset);
  const [remotePort, localPort] = [view.getUint16(0), view.getUint16(2)];
  const code = REJECT_CODES[request.code];
  return { protocol: 'icmp', type: 3, code, atUs, localPort, remotePort, tos: 0, ttl: 64 };
}

function observeSegment(request: NetworkSendRequest, atUs: number): ObservedSegment {
  const segment = TcpSegment.parse(request.segment);
  if (isParseError(segment)) throw new Error(`the core sent a bad segment: ${segment}`);
  const isComplete = request.checksum === 'complete';
  if (isComplete && !segment.hasValidChecksum(request.source, request.destination)) {
    throw new Error('the core sent a segment with a bad checksum');
  }
  return {
    protocol: 'tcp',
    atUs,
    localPort: segment.sourcePort,
    remotePort: segment.destinationPort,
    tos: request.tos,
    ttl: request.ttl,
    flags: segment.flags,
    seq: segment.sequence,
    ack: segment.acknowledgment,
    window: segment.window,
    urgentPointer: segment.urgentPointer,
    options: readOptions(segment.bytes.subarray(TCP_MIN_HEADER_OCTETS, segment.headerOctets)),
    payload: segment.payload,
  };
}

/**
 * Cuts a super-segment as a device does: the last segment has FIN and PSH, the first has CWR (RFC
 * 3168 6.1.2).
 */
function cut(whole: ObservedSegment, { segmentSize }: NetworkSendRequest): ObservedSegment[] {
  const { payload, seq } = whole;
  if (segmentSize === 0 || payload.byteLength <= segmentSize) return [whole];
  const pieces: ObservedSegment[] = [];
  for (let at = 0; at < payload.byteLength; at += segmentSize) {
    const end = Math.min(at + segmentSize, payload.byteLength);
    const notFirst = at === 0 ? 0 : TCP_CWR;
    const notLast = end === payload.byteLength ? 0 : TCP_FIN | TCP_PSH;
    pieces.push({
      ...whole,
      seq: (seq + at) >>> 0,
      flags: whole.flags & ~(notFirst | notLast),
      payload: payload.subarray(at, end),
    });
  }
  return pieces;
}

function observeDatagram(request: NetworkSendRequest, atUs: number): ObservedDatagram {
  const datagram = UdpDatagram.parse(request.segment);
  if (isParseError(datagram)) throw new Error(`the core sent a bad datagram: ${datagram}`);
  if (!datagram.hasValidChecksum(request.source, request.destination)) {
    throw new Error('the core sent a datagram with a bad checksum');
  }
  return {
    protocol: 'udp',
    atUs,
    localPort: datagram.sourcePort,
    remotePort: datagram.destinationPort,
    tos: request.tos,
    ttl: request.ttl,
    payloadOctets: datagram.payload.byteLength,
  };
}
