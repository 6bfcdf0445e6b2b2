import { TCP_ACK } from '@strata/wire';
import { icmpText } from '../language/icmp-names.ts';
import { ecnText, flagsText } from '../language/packet-words.ts';
import type { PacketAction, TcpPacketAction } from '../language/script.ts';
import type { Observed, ObservedSegment } from './observed.ts';
import { optionsText } from './tcp-option-octets.ts';

/** Formats a packet of a script. */
export function scriptPacketText(packet: PacketAction): string {
  const arrow = packet.direction === 'in' ? '<' : '>';
  const ip = ipText(packet);
  const ports =
    packet.protocol === 'icmp' || packet.ports === undefined
      ? ''
      : `${packet.ports.source} > ${packet.ports.destination}`;
  return words(arrow, ip, ports, protocolText(packet));
}

function ipText({ ip }: PacketAction): string {
  if (ip.ecn !== undefined) return ecnText(ip.ecn);
  if (ip.tos !== undefined) return `[tos 0x${ip.tos.toString(16)}]`;
  return ip.ttl === undefined ? '' : `[ttl ${ip.ttl}]`;
}

function protocolText(packet: PacketAction): string {
  if (packet.protocol === 'icmp') return `icmp ${packet.text}`;
  if (packet.protocol === 'udp') return `udp (${packet.payloadOctets})`;
  const options = packet.options === undefined ? '<...>' : optionsText(packet.options);
  return words(segmentText(packet), options);
}

function segmentText(packet: TcpPacketAction | ScriptedSegment): string {
  const { flags, seq, payloadOctets, ack, window, urgentPointer } = packet;
  return words(
    flagsText(flags),
    `${seq}:${(seq + payloadOctets) >>> 0}(${payloadOctets})`,
    (flags & TCP_ACK) === 0 ? '' : `ack ${ack}`,
    window === undefined ? '' : `win ${window}`,
    urgentPointer === 0 ? '' : `urg ${urgentPointer}`,
  );
}

/** A segment that was sent, with numbers relative as in scripts. */
export interface ScriptedSegment {
  readonly flags: number;
  readonly seq: number;
  readonly payloadOctets: number;
  readonly ack: number;
  readonly window: number;
  readonly urgentPointer: number;
  readonly options: ObservedSegment['options'];
  readonly tos: number;
}

/** Formats a segment that was sent as a script's packet; with its TOS octet if `withIp`. */
export function scriptedSegmentText(segment: ScriptedSegment, withIp: boolean): string {
  const ip = withIp ? `[tos 0x${segment.tos.toString(16)}]` : '';
  return words('>', ip, segmentText(segment), optionsText(segment.options));
}

/** Formats a datagram or ICMP message that was sent. */
export function observedText(observed: Exclude<Observed, ObservedSegment>): string {
  if (observed.protocol === 'icmp') return `> ${icmpText(observed.type, observed.code)}`;
  return `> udp (${observed.payloadOctets})`;
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
