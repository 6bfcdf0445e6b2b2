import {
  emitIcmp,
  emitTcpChecksum,
  emitTcpHeader,
  emitUdpHeader,
  ICMP_ADDRESS_MASK_REQUEST,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_OCTETS,
  ICMP_TIMESTAMP_REQUEST,
  type IpAddress,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_SYN,
  tcpHeaderOctets,
  UDP_HEADER_OCTETS,
  writeUint32,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { timeOfDay } from '../options/record.ts';
import type { ProbeKind, ProbeRequest } from './probe.ts';
import { fillData } from './probe-data.ts';

export const PROBE_PROTOCOLS: Readonly<Record<ProbeKind, number>> = {
  echo: PROTOCOL_ICMP,
  timestamp: PROTOCOL_ICMP,
  'address mask': PROTOCOL_ICMP,
  udp: PROTOCOL_UDP,
  tcp: PROTOCOL_TCP,
};

/** Fields of a probe that are chosen when it is sent. */
export interface ProbeChoice {
  readonly source: IpAddress;
  /** Of ICMP. */
  readonly identifier: number;
  readonly sourcePort: number;
  /** Of a SYN. */
  readonly tcpSequence: number;
}

/** A SYN's window: Linux's first one. */
const SYN_WINDOW = 64_240;
/** Originate, receive and transmit time (RFC 792). */
const TIMESTAMP_OCTETS = 12;
/** The mask, 0 in a request (RFC 950). */
const MASK_OCTETS = 4;

/** The message, datagram or segment of a probe, with room for a header in front of it. */
export function buildProbe(
  context: NetworkContext,
  request: ProbeRequest,
  choice: ProbeChoice,
  mtu: number,
  nowMs: number,
): Uint8Array {
  const { kind, sequence, destination, destinationPort } = request;
  const { source, identifier, sourcePort, tcpSequence } = choice;
  switch (kind) {
    case 'echo': {
      const segment = withData(context, request, ICMP_HEADER_OCTETS, nowMs);
      emitIcmp(segment, ICMP_ECHO_REQUEST, 0, identifier, sequence);
      return segment;
    }
    case 'timestamp': {
      const segment = context.allocate(ICMP_HEADER_OCTETS + TIMESTAMP_OCTETS).fill(0);
      writeUint32(segment, ICMP_HEADER_OCTETS, timeOfDay(nowMs, context.unixTimeAtZeroMs));
      emitIcmp(segment, ICMP_TIMESTAMP_REQUEST, 0, identifier, sequence);
      return segment;
    }
    case 'address mask': {
      const segment = context.allocate(ICMP_HEADER_OCTETS + MASK_OCTETS).fill(0);
      emitIcmp(segment, ICMP_ADDRESS_MASK_REQUEST, 0, identifier, sequence);
      return segment;
    }
    case 'udp': {
      const segment = withData(context, request, UDP_HEADER_OCTETS, nowMs);
      emitUdpHeader(segment, source, destination, sourcePort, destinationPort);
      return segment;
    }
    case 'tcp': {
      // All options that a host's SYN has, so that middleboxes let it through as one.
      const options = {
        mss: mtu - 40,
        sackPermitted: true,
        timestamps: { value: Math.floor(nowMs) >>> 0, echo: 0 },
        windowScale: 7,
      };
      const headerOctets = tcpHeaderOctets(options);
      const segment = withData(context, request, headerOctets, nowMs);
      emitTcpHeader(segment, {
        sourcePort,
        destinationPort,
        sequence: tcpSequence,
        acknowledgment: 0,
        flags: TCP_SYN,
        window: SYN_WINDOW,
        urgentPointer: 0,
        options,
      });
      emitTcpChecksum(segment, source, destination);
      return segment;
    }
  }
}

function withData(
  context: NetworkContext,
  { kind, octets, pattern }: ProbeRequest,
  headerOctets: number,
  nowMs: number,
): Uint8Array {
  const segment = context.allocate(headerOctets + octets);
  const unixMs = nowMs + (context.unixTimeAtZeroMs ?? 0);
  fillData(kind, segment.subarray(headerOctets), pattern, unixMs);
  return segment;
}
