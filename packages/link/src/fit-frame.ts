import {
  type Allocate,
  allocateWithHeadroom,
  completeChecksum,
  cutSuperSegment,
  ETHERNET_HEADER_OCTETS,
  ETHERNET_MIN_PAYLOAD_OCTETS,
  ETHERTYPE_IPV4,
  HEADROOM_OCTETS,
  joinTail,
  prepend,
  readUint16,
} from '@strata/wire';
import type { InterfaceOffload } from './interface/interface.ts';
import type { LinkFrame } from './pdu.ts';

/** A station without offload: it takes frames only as a wire carries them. */
export const NO_OFFLOAD: InterfaceOffload = { checksum: false, segmentation: false };

/**
 * Returns the frames to send to a station in place of `frame`. A super-segment is cut up if the
 * station does not take super-segments; a partial checksum is completed if the station does not
 * take partial checksums. Undefined if that cannot be done: the frame holds no TCP or UDP over
 * IPv4, or is malformed. The function owns the bytes of `frame`. A changed frame has no frame check
 * sequence.
 */
export function fitFrame(
  frame: LinkFrame,
  takes: InterfaceOffload,
  allocate: Allocate = allocateWithHeadroom,
): LinkFrame[] | undefined {
  if (frame.segmentSize > 0 && !takes.segmentation) return cutFrame(frame, allocate);
  if (frame.checksum !== 'partial' || takes.checksum) return [frame];
  const bytes = joinTail(frame.frame, frame.tail, allocate);
  if (!isIpv4(bytes) || !completeChecksum(bytes.subarray(ETHERNET_HEADER_OCTETS))) return undefined;
  return [{ ...frame, frame: bytes, tail: undefined, checksum: 'complete', fcs: undefined }];
}

function cutFrame(frame: LinkFrame, allocate: Allocate): LinkFrame[] | undefined {
  const { frame: bytes, segmentSize, checksum, tail } = frame;
  if (!isIpv4(bytes)) return undefined;
  const packet = bytes.subarray(ETHERNET_HEADER_OCTETS);
  const packets = cutSuperSegment(packet, segmentSize, checksum, tail, allocate);
  if (typeof packets === 'string') return undefined;
  const header = bytes.subarray(0, ETHERNET_HEADER_OCTETS);
  return packets.map((part) => {
    const whole = frameOf(part, allocate);
    whole.set(header);
    return {
      ...frame,
      frame: whole,
      headroomOctets: HEADROOM_OCTETS - ETHERNET_HEADER_OCTETS,
      segmentSize: 0,
      checksum: 'complete',
      tail: undefined,
      fcs: undefined,
    };
  });
}

/**
 * Returns the packet with room for the Ethernet header in front, padded if it is short (IEEE 802.3
 * 4.2.3.3).
 */
function frameOf(packet: Uint8Array, allocate: Allocate): Uint8Array {
  if (packet.byteLength >= ETHERNET_MIN_PAYLOAD_OCTETS) {
    return prepend(packet, HEADROOM_OCTETS, ETHERNET_HEADER_OCTETS, allocate);
  }
  const frame = allocate(ETHERNET_HEADER_OCTETS + ETHERNET_MIN_PAYLOAD_OCTETS);
  frame.set(packet, ETHERNET_HEADER_OCTETS);
  frame.fill(0, ETHERNET_HEADER_OCTETS + packet.byteLength);
  return frame;
}

function isIpv4(frame: Uint8Array): boolean {
  return frame.byteLength >= ETHERNET_HEADER_OCTETS && readUint16(frame, 12) === ETHERTYPE_IPV4;
}
