/** Translates between a frame's needs (segmentation, checksum state) and its virtio-net header. */
import {
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_IPV4,
  IPV4_MIN_HEADER_OCTETS,
  portedProtocol,
  readUint16,
  TCP_CHECKSUM_OFFSET,
  TCP_CWR,
  TCP_MIN_HEADER_OCTETS,
  tailOctets,
  UDP_CHECKSUM_OFFSET,
  UDP_HEADER_OCTETS,
} from '@strata/wire';
import type { TapOutFrame } from './frame.ts';
import {
  VIRTIO_NET_GSO_ECN,
  VIRTIO_NET_GSO_NONE,
  VIRTIO_NET_GSO_TCPV4,
  VIRTIO_NET_GSO_TCPV6,
  VIRTIO_NET_GSO_UDP_L4,
  VIRTIO_NET_NEEDS_CSUM,
} from './virtio-net-header.ts';

/** Offset of the checksum field in a TCP header (RFC 9293 3.1), and in a UDP header (RFC 768). */
const TCP_FLAGS_OFFSET = 13;
const IPV6_VERSION = 6;

/** A header that is reused for each frame. */
export interface MutableFrameHeader {
  flags: number;
  gsoType: number;
  headerOctets: number;
  gsoSize: number;
  checksumStart: number;
  checksumOffset: number;
}

/** A header that requests nothing. */
export function plainHeader(): MutableFrameHeader {
  return {
    flags: 0,
    gsoType: VIRTIO_NET_GSO_NONE,
    headerOctets: 0,
    gsoSize: 0,
    checksumStart: 0,
    checksumOffset: 0,
  };
}

/** Whether a frame needs no header fields. */
export function isPlain(frame: TapOutFrame): boolean {
  return (frame.segmentSize ?? 0) === 0 && frame.checksum !== 'partial';
}

/**
 * Fills `into` with what the kernel must know about a frame that is not plain. Returns false if it
 * has no place for a checksum: not IPv4 with TCP or UDP, a later fragment, or shorter than its
 * headers.
 */
export function describeFrame(out: TapOutFrame, into: MutableFrameHeader): boolean {
  const { frame } = out;
  if (!findChecksum(out, into)) return false;
  const { checksumStart, checksumOffset } = into;
  into.flags = out.checksum === 'partial' ? VIRTIO_NET_NEEDS_CSUM : 0;
  into.gsoSize = out.segmentSize ?? 0;
  into.gsoType = VIRTIO_NET_GSO_NONE;
  into.headerOctets = 0;
  if (into.gsoSize > 0) {
    if (checksumOffset === UDP_CHECKSUM_OFFSET) {
      into.gsoType = VIRTIO_NET_GSO_UDP_L4;
      into.headerOctets = checksumStart + UDP_HEADER_OCTETS;
    } else {
      describeTcp(frame, checksumStart, into);
    }
    // A frame of headers alone is one segment, whatever its segment size.
    if (into.headerOctets >= frame.byteLength + tailOctets(out.tail)) {
      into.gsoType = VIRTIO_NET_GSO_NONE;
      into.gsoSize = 0;
      into.headerOctets = 0;
    }
  }
  if ((into.flags & VIRTIO_NET_NEEDS_CSUM) === 0) {
    into.checksumStart = 0;
    into.checksumOffset = 0;
  }
  return true;
}

function describeTcp(frame: Uint8Array, start: number, into: MutableFrameHeader): void {
  const version = frame[ETHERNET_HEADER_OCTETS]! >>> 4;
  const congestionWindowReduced = (frame[start + TCP_FLAGS_OFFSET]! & TCP_CWR) !== 0;
  into.gsoType =
    (version === IPV6_VERSION ? VIRTIO_NET_GSO_TCPV6 : VIRTIO_NET_GSO_TCPV4) |
    (congestionWindowReduced ? VIRTIO_NET_GSO_ECN : 0);
  into.headerOctets = start + (frame[start + TCP_FLAGS_OFFSET - 1]! >>> 4) * 4;
}

/** Sets the place of the checksum: given by the caller, or found in the frame's headers. */
function findChecksum(out: TapOutFrame, into: MutableFrameHeader): boolean {
  const { frame } = out;
  if (out.checksumStart !== undefined && out.checksumStart > 0) {
    into.checksumStart = out.checksumStart;
    into.checksumOffset = out.checksumOffset ?? TCP_CHECKSUM_OFFSET;
  } else {
    const ipOctets = ETHERNET_HEADER_OCTETS + IPV4_MIN_HEADER_OCTETS;
    if (frame.byteLength < ipOctets || readUint16(frame, 12) !== ETHERTYPE_IPV4) return false;
    const protocol = frame[ETHERNET_HEADER_OCTETS + 9]!;
    const fragmentOffset = readUint16(frame, ETHERNET_HEADER_OCTETS + 6) & 0x1fff;
    const ported = portedProtocol(protocol);
    if (ported === undefined || fragmentOffset !== 0) return false;
    into.checksumStart = ETHERNET_HEADER_OCTETS + (frame[ETHERNET_HEADER_OCTETS]! & 15) * 4;
    into.checksumOffset = ported.checksumOffset;
  }
  const least =
    into.checksumOffset === UDP_CHECKSUM_OFFSET ? UDP_HEADER_OCTETS : TCP_MIN_HEADER_OCTETS;
  return into.checksumStart + least <= frame.byteLength;
}
