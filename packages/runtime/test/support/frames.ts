import type { LinkFrame } from '@strata/link';
import {
  ETHERTYPE_IPV4,
  emitEthernetHeader,
  emitIpv4Header,
  emitTcpHeader,
  emitTcpPartialChecksum,
  emitUdpPartialHeader,
  ipv4Address,
  type MacAddress,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_ACK,
} from '@strata/wire';

/** A frame of an experimental type, with `text` after its header. */
export function frame(
  destination: MacAddress,
  source: MacAddress,
  text: string,
  interfaceIndex = 1,
): LinkFrame {
  const payload = Buffer.from(text);
  const bytes = new Uint8Array(14 + payload.byteLength);
  emitEthernetHeader(bytes, destination, source, 0x88b5);
  bytes.set(payload, 14);
  return {
    interfaceIndex,
    frame: bytes,
    headroomOctets: 0,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  };
}

export function textOf({ frame: bytes }: LinkFrame): string {
  return Buffer.from(bytes.subarray(14)).toString();
}

/** A super-datagram in datagrams of `segmentSize`, with a partial checksum. */
export function superDatagram(
  destination: MacAddress,
  dataOctets: number,
  segmentSize: number,
): LinkFrame {
  const bytes = new Uint8Array(42 + dataOctets);
  const [source, target] = [ipv4Address(0xc0000207), ipv4Address(0xc0000201)];
  emitEthernetHeader(bytes, destination, 0x020000000707, ETHERTYPE_IPV4);
  emitIpv4Header(bytes.subarray(14), {
    tos: 0,
    totalOctets: 28 + dataOctets,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_UDP,
    source,
    destination: target,
  });
  emitUdpPartialHeader(bytes.subarray(34), source, target, 53, 9);
  return {
    interfaceIndex: 1,
    frame: bytes,
    headroomOctets: 0,
    segmentSize,
    checksum: 'partial',
    trace: undefined,
  };
}

/**
 * A super-segment of TCP in segments of `segmentSize`. The data after the headers is in `tail`, and
 * the checksum is partial.
 */
export function superFrame(
  destination: MacAddress,
  dataOctets: number,
  segmentSize: number,
): LinkFrame {
  const headers = new Uint8Array(54);
  const [source, target] = [ipv4Address(0xc0000207), ipv4Address(0xc0000201)];
  emitEthernetHeader(headers, destination, 0x020000000707, ETHERTYPE_IPV4);
  emitIpv4Header(headers.subarray(14), {
    tos: 0,
    totalOctets: 40 + dataOctets,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_TCP,
    source,
    destination: target,
  });
  const segment = headers.subarray(34);
  emitTcpHeader(segment, {
    sourcePort: 80,
    destinationPort: 9,
    sequence: 1,
    acknowledgment: 1,
    flags: TCP_ACK,
    window: 1,
    urgentPointer: 0,
    options: {},
  });
  emitTcpPartialChecksum(segment, source, target, dataOctets);
  return {
    interfaceIndex: 1,
    frame: headers,
    tail: [new Uint8Array(dataOctets).fill(0x78)],
    headroomOctets: 0,
    segmentSize,
    checksum: 'partial',
    trace: undefined,
  };
}
