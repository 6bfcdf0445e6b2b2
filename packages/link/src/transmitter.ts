import {
  type Allocate,
  type ChecksumState,
  completeChecksum,
  cutSuperSegment,
  ETHERNET_HEADER_OCTETS,
  ETHERNET_MIN_PAYLOAD_OCTETS,
  ETHERTYPE_IPV4,
  emitEthernetHeader,
  Fifo,
  HEADROOM_OCTETS,
  headroomAfterPrepend,
  type MacAddress,
  PROTOCOL_UDP,
  prepend,
  tailOctets,
  UDP_HEADER_OCTETS,
} from '@strata/wire';
import type { LinkInterface } from './interface/interface.ts';
import { dropRequest, type LinkReport } from './outcomes.ts';
import type { LinkFrame, LinkRequest } from './pdu.ts';

const MIN_FRAME_OCTETS = ETHERNET_HEADER_OCTETS + ETHERNET_MIN_PAYLOAD_OCTETS;

/**
 * Makes frames from packets: adds the Ethernet header and padding, and does the offload work that
 * the device does not do.
 */
export class Transmitter {
  readonly #frames = new Fifo<LinkFrame>();
  readonly #report: LinkReport;
  readonly #allocate: Allocate;

  constructor(report: LinkReport, allocate: Allocate) {
    this.#report = report;
    this.#allocate = allocate;
  }

  /** The next frame for the device, or undefined. */
  poll(): LinkFrame | undefined {
    return this.#frames.shift();
  }

  /**
   * Sends a packet to a station. The transmitter owns the packet's bytes and headroom from here on.
   */
  send(link: LinkInterface, request: LinkRequest, destination: MacAddress): void {
    if (request.segmentSize > 0 && request.etherType === ETHERTYPE_IPV4) {
      this.#sendSuperSegment(link, request, destination);
      return;
    }
    const { packet } = request;
    if (packet.byteLength > link.mtu) {
      return dropRequest(this.#report, link, request, 'PKT_TOO_BIG');
    }
    let checksum = request.checksum;
    if (checksum === 'partial' && !link.offload.checksum) {
      if (!completeChecksum(packet)) {
        return dropRequest(this.#report, link, request, 'SKB_CSUM');
      }
      checksum = 'complete';
    }
    this.#emit(link, request, destination, packet, request.headroomOctets, 0, checksum);
  }

  #sendSuperSegment(link: LinkInterface, request: LinkRequest, destination: MacAddress): void {
    const { packet, segmentSize } = request;
    if (largestPacketOctets(request) > link.mtu) {
      return dropRequest(this.#report, link, request, 'PKT_TOO_BIG');
    }
    if (link.offload.segmentation) {
      const { headroomOctets, checksum } = request;
      this.#emit(link, request, destination, packet, headroomOctets, segmentSize, checksum);
      return;
    }
    const packets = cutSuperSegment(
      packet,
      segmentSize,
      request.checksum,
      request.tail,
      this.#allocate,
    );
    if (typeof packets === 'string') {
      return dropRequest(this.#report, link, request, 'SKB_GSO_SEG');
    }
    for (const part of packets) {
      this.#emit(link, request, destination, part, HEADROOM_OCTETS, 0, 'complete');
    }
  }

  #emit(
    link: LinkInterface,
    request: LinkRequest,
    destination: MacAddress,
    packet: Uint8Array,
    headroomOctets: number,
    segmentSize: number,
    checksum: ChecksumState,
  ): void {
    // Only a super-segment that is not cut up has its data in a tail.
    const tail = segmentSize > 0 ? request.tail : undefined;
    const { headerOctets } = request;
    let frame: Uint8Array;
    let frameHeadroomOctets: number;
    if (packet.byteLength < ETHERNET_MIN_PAYLOAD_OCTETS && tail === undefined) {
      frame = this.#allocate(MIN_FRAME_OCTETS);
      frame.set(packet, ETHERNET_HEADER_OCTETS);
      // The padding must be zeros (RFC 1042), not the old content of the memory.
      frame.fill(0, ETHERNET_HEADER_OCTETS + packet.byteLength);
      frameHeadroomOctets = HEADROOM_OCTETS;
    } else {
      frame = prepend(packet, headroomOctets, ETHERNET_HEADER_OCTETS, this.#allocate);
      frameHeadroomOctets = headroomAfterPrepend(headroomOctets, ETHERNET_HEADER_OCTETS);
    }
    emitEthernetHeader(frame, destination, link.mac, request.etherType);
    link.counters.tx_packets += 1;
    link.counters.tx_bytes += frame.byteLength + tailOctets(tail);
    const sent: LinkFrame = {
      interfaceIndex: link.index,
      frame,
      tail,
      headroomOctets: frameHeadroomOctets,
      segmentSize,
      headerOctets: headerOctets === undefined ? undefined : ETHERNET_HEADER_OCTETS + headerOctets,
      checksum,
      trace: request.trace,
      fcs: undefined,
      sourcePort: undefined,
    };
    this.#frames.push(sent);
    const { outcomes } = this.#report;
    if (outcomes.isOn) outcomes.emitted(sent, 'strata/SENT', request.nextHop);
  }
}

/** Octets of the largest packet in a super-segment. */
function largestPacketOctets({ packet, segmentSize, tail, headerOctets }: LinkRequest): number {
  const headersOctets = headerOctets ?? readHeadersOctets(packet);
  return Math.min(packet.byteLength + tailOctets(tail), headersOctets + segmentSize);
}

/** Octets of the IPv4 header and the TCP or UDP header, read from the packet itself. */
function readHeadersOctets(packet: Uint8Array): number {
  const ipOctets = ((packet[0] ?? 0) & 15) * 4;
  const tcpOctets = ((packet[ipOctets + 12] ?? 0) >>> 4) * 4;
  return ipOctets + (packet[9] === PROTOCOL_UDP ? UDP_HEADER_OCTETS : tcpOctets);
}
