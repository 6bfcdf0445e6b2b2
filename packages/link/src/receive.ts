import {
  type AddressType,
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  type IpAddress,
  Ipv4Packet,
  isParseError,
  readUint16,
  readUint48,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { receiveArp } from './arp/receive-arp.ts';
import type { LinkContext } from './context.ts';
import { addressTypeOf } from './interface/address-type.ts';
import type { LinkInterface } from './interface/interface.ts';
import { dropFrame } from './outcomes.ts';
import type { LinkFrame, LinkIndication } from './pdu.ts';

/** Handles a frame from the device: its destination, then its type. */
export function receiveFrame(context: LinkContext, frame: LinkFrame, nowMs: number): void {
  const { interfaces, report } = context;
  const link = interfaces.get(frame.interfaceIndex);
  if (link === undefined) return dropFrame(report, link, 'strata/NO_INTERFACE');
  const { counters } = link;
  const bytes = frame.frame;
  if (!link.isUp) return dropFrame(report, link, 'DEV_READY');
  if (bytes.byteLength < ETHERNET_HEADER_OCTETS) return dropFrame(report, link, 'PKT_TOO_SMALL');
  counters.rx_packets += 1;
  counters.rx_bytes += bytes.byteLength;
  const cast = addressTypeOf(link, readUint48(bytes, 0));
  if (cast === undefined) return dropFrame(report, link, 'OTHERHOST');
  if (cast === 'multicast') counters.multicast += 1;
  demultiplex(context, link, frame, cast, nowMs);
}

function demultiplex(
  context: LinkContext,
  link: LinkInterface,
  frame: LinkFrame,
  cast: AddressType,
  nowMs: number,
): void {
  const { interfaces, report, indications } = context;
  const bytes = frame.frame;
  const etherType = readUint16(bytes, 12);
  if (etherType === ETHERTYPE_IPV4) {
    if (
      interfaces.hasUnusable &&
      interfaces.isUnusable(destinationOf(bytes.subarray(ETHERNET_HEADER_OCTETS)))
    ) {
      return dropFrame(report, link, 'strata/ADDRESS_UNUSABLE');
    }
    const indication: LinkIndication = {
      kind: 'packet',
      interfaceIndex: link.index,
      etherType,
      sourceMac: readUint48(bytes, 6),
      cast,
      packet: bytes.subarray(ETHERNET_HEADER_OCTETS),
      headroomOctets: frame.headroomOctets + ETHERNET_HEADER_OCTETS,
      segmentSize: frame.segmentSize,
      checksum: frame.checksum,
      trace: frame.trace,
    };
    indications.push(indication);
    const { outcomes } = report;
    if (outcomes.isOn) outcomes.reportOf(indication, 'delivered', 'CONSUMED');
  } else if (etherType === ETHERTYPE_ARP && link.arp) {
    receiveArp(context, link, bytes.subarray(ETHERNET_HEADER_OCTETS), cast, nowMs);
  } else dropFrame(report, link, 'UNHANDLED_PROTO');
}

/** The destination address of an IPv4 packet; 0.0.0.0 if it is malformed. */
function destinationOf(bytes: Uint8Array): IpAddress {
  const packet = Ipv4Packet.parse(bytes);
  return isParseError(packet) ? UNSPECIFIED_IPV4 : packet.destination;
}
