import type { NetworkErrorIndication, NetworkSegmentIndication } from '@strata/network';
import {
  allocateWithHeadroom,
  emitTcpChecksum,
  emitTcpHeader,
  emitUdpHeader,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_ACK,
  TCP_MIN_HEADER_OCTETS,
  UDP_HEADER_OCTETS,
} from '@strata/wire';
import { ScriptFailure } from '../language/errors.ts';
import type { IcmpPacketAction, TcpPacketAction, UdpPacketAction } from '../language/script.ts';
import type { Settings } from '../settings.ts';
import type { Flow } from './flow.ts';
import { fillPattern } from './pattern.ts';
import { optionOctets } from './tcp-option-octets.ts';

/** Makes a segment that the script's peer sends. */
export function inboundSegment(
  packet: TcpPacketAction,
  flow: Flow,
  settings: Settings,
): NetworkSegmentIndication {
  flow.noteInbound(packet);
  const options = flow.toRemoteOptions(packet, settings.timestampEchoScaled);
  if (options === undefined) {
    throw new ScriptFailure(packet.line, 'it echoes a timestamp that was never sent');
  }
  const optionBytes = optionOctets(options);
  const headerOctets = TCP_MIN_HEADER_OCTETS + optionBytes.byteLength;
  if (headerOctets % 4 !== 0 || headerOctets > 60) {
    throw new ScriptFailure(
      packet.line,
      'the options are not padded to a multiple of 4, or too long',
    );
  }
  const bytes = allocateWithHeadroom(headerOctets + packet.payloadOctets);
  const sequence = flow.toRemoteSequence(packet.seq, packet.flags);
  emitTcpHeader(bytes, {
    sourcePort: flow.remotePort,
    destinationPort: flow.localPort,
    sequence,
    acknowledgment: (packet.flags & TCP_ACK) === 0 ? 0 : flow.toLocalSequence(packet.ack),
    flags: packet.flags,
    window: packet.window ?? 0,
    urgentPointer: packet.urgentPointer,
    options: {},
  });
  bytes[12] = (headerOctets / 4) << 4;
  bytes.set(optionBytes, TCP_MIN_HEADER_OCTETS);
  fillPattern(bytes.subarray(headerOctets), packet.seq);
  emitTcpChecksum(bytes, settings.remoteAddress, settings.localAddress);
  const segmentSize = packet.payloadOctets > settings.mssOctets ? settings.mssOctets : 0;
  return { ...indication(PROTOCOL_TCP, bytes, packet, settings), segmentSize };
}

/** Makes a datagram that the script's peer sends. */
export function inboundDatagram(
  packet: UdpPacketAction,
  flow: Flow,
  settings: Settings,
): NetworkSegmentIndication {
  const bytes = allocateWithHeadroom(UDP_HEADER_OCTETS + packet.payloadOctets);
  const { remoteAddress, localAddress } = settings;
  emitUdpHeader(bytes, remoteAddress, localAddress, flow.remotePort, flow.localPort);
  return indication(PROTOCOL_UDP, bytes, packet, settings);
}

function indication(
  protocol: number,
  segment: Uint8Array,
  { ip }: TcpPacketAction | UdpPacketAction,
  settings: Settings,
): NetworkSegmentIndication {
  return {
    kind: 'segment',
    source: settings.remoteAddress,
    destination: settings.localAddress,
    protocol,
    ttl: ip.ttl ?? 255,
    tos: ip.tos ?? (typeof ip.ecn === 'number' ? ip.ecn : 0),
    interfaceIndex: 1,
    cast: 'unicast',
    header: new Uint8Array(20),
    segment,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  };
}

/** Makes an ICMP error that a router or the peer sends. */
export function inboundError(
  packet: IcmpPacketAction,
  flow: Flow,
  settings: Settings,
): NetworkErrorIndication {
  const quoted = new Uint8Array(8);
  const view = new DataView(quoted.buffer);
  view.setUint16(0, flow.localPort);
  view.setUint16(2, flow.remotePort);
  if (packet.quoted.protocol === 'tcp') view.setUint32(4, flow.toLocalSequence(packet.quoted.seq));
  return {
    kind: 'error',
    reporter: settings.remoteAddress,
    type: packet.type,
    code: packet.code,
    mtu: packet.mtu,
    protocol: packet.quoted.protocol === 'tcp' ? PROTOCOL_TCP : PROTOCOL_UDP,
    source: settings.localAddress,
    destination: settings.remoteAddress,
    quoted,
  };
}
