import {
  allocateWithHeadroom,
  crc32,
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_IPV4,
  HEADROOM_OCTETS,
  Ipv4Packet,
  isParseError,
  markCongestionExperienced,
  portedProtocol,
  readUint16,
} from '@strata/wire';
import type { LinkFrame } from '../pdu.ts';

/** A copy of the frame with its own bytes. */
export function copyFrame(frame: LinkFrame): LinkFrame {
  const copy = allocateWithHeadroom(frame.frame.byteLength);
  copy.set(frame.frame);
  return { ...frame, frame: copy, headroomOctets: HEADROOM_OCTETS };
}

/**
 * A copy of the frame with one random bit flipped. Its transport checksum is completed first, so
 * that the receiver has to verify it and finds the error.
 */
export function corruptFrame(frame: LinkFrame, random: () => number): LinkFrame {
  const copy = copyFrame(frame);
  if (copy.checksum !== 'complete') sealChecksum(copy.frame);
  const bit = Math.floor(random() * copy.frame.byteLength * 8);
  const at = bit >>> 3;
  copy.frame[at] = (copy.frame[at] ?? 0) ^ (1 << (bit & 7));
  return { ...copy, checksum: 'complete' };
}

/**
 * Marks the frame's IPv4 packet in place, as a congested router does, and returns the frame with
 * the frame check sequence that the router would compute. Undefined if the packet is not ECT, or
 * the frame is broken: a router would drop a broken frame.
 */
export function markFrame(frame: LinkFrame): LinkFrame | undefined {
  const { frame: bytes, fcs } = frame;
  if (bytes.byteLength < ETHERNET_HEADER_OCTETS || readUint16(bytes, 12) !== ETHERTYPE_IPV4) return;
  if (fcs !== undefined && fcs !== crc32(bytes)) return;
  if (!markCongestionExperienced(bytes.subarray(ETHERNET_HEADER_OCTETS))) return;
  return fcs === undefined ? frame : { ...frame, fcs: crc32(bytes) };
}

function sealChecksum(frame: Uint8Array): void {
  if (frame.byteLength < ETHERNET_HEADER_OCTETS || readUint16(frame, 12) !== ETHERTYPE_IPV4) return;
  const packet = Ipv4Packet.parse(frame.subarray(ETHERNET_HEADER_OCTETS));
  if (isParseError(packet) || packet.isFragment) return;
  const protocol = portedProtocol(packet.protocol);
  if (protocol === undefined) return;
  const segment = protocol.parse(packet.payload);
  if (isParseError(segment) || !segment.hasChecksum) return;
  protocol.emitChecksum(segment.bytes, packet.source, packet.destination);
}
