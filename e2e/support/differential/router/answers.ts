import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  EthernetFrame,
  IcmpMessage,
  Ipv4Packet,
  internetChecksum,
  ipv4Address,
  isParseError,
  PROTOCOL_ICMP,
  parseArp,
} from '@strata/wire';
import { optionsText } from './option-text.ts';
import { LINKS, type Places, type Side } from './places.ts';
import type { Sent } from './scenario.ts';

/**
 * A frame of the router as text: the link and the station that it goes to, and the packet. A
 * packet is described by what differs from the injected packet with its identification. An error is
 * described by its own fields, and by what its quote changes in the packet. The identification of
 * the router's own packets is not compared. Undefined: it is neither ARP nor IPv4.
 */
export function answerText(
  side: Side,
  bytes: Uint8Array,
  sent: readonly Sent[],
  places: Places,
): string | undefined {
  const frame = EthernetFrame.parse(bytes);
  if (isParseError(frame)) return `${side}: ${frame}`;
  if (frame.etherType === ETHERTYPE_ARP) return arpText(side, frame, places);
  if (frame.etherType !== ETHERTYPE_IPV4) return undefined;
  const packet = Ipv4Packet.parse(frame.payload);
  if (isParseError(packet)) return `${side}: ${packet}`;
  const station = places.station(frame.destination);
  const sender = frame.source === LINKS[side].mac ? '' : ' from another MAC address';
  const isOwn = places.name(packet.source).startsWith('router.');
  const text = isOwn ? ownText(packet, sent, places) : forwardedText(packet, sent, places);
  const to = places.name(packet.destination) === station ? '' : ` by ${station}`;
  return `${side}${to}${sender}: ${text}`;
}

function arpText(side: Side, frame: EthernetFrame, places: Places): string {
  const arp = parseArp(frame.payload);
  if (isParseError(arp)) return `${side}: ARP ${arp}`;
  const [target, sender] = [places.name(arp.targetAddress), places.name(arp.senderAddress)];
  return `${side}: ARP who has ${target}, tell ${sender}`;
}

/** A packet that the router passes on. */
function forwardedText(packet: Ipv4Packet, sent: readonly Sent[], places: Places): string {
  const { identification, source, destination, totalOctets, ttl, tos } = packet;
  const before = originalOf(identification, sent);
  const parts = [`${places.name(source)} > ${places.name(destination)}`];
  parts.push(`${totalOctets} octets`, `ttl ${ttl}`, `protocol ${packet.protocol}`);
  if (tos !== 0) parts.push(`tos ${tos}`);
  if (packet.dontFragment) parts.push('DF');
  if (packet.isFragment) {
    parts.push(`fragment ${packet.fragmentOffsetOctets}${packet.moreFragments ? '+' : ''}`);
  }
  if (packet.options.byteLength > 0) parts.push(`<${optionsText(packet.options, places)}>`);
  if (!packet.hasValidChecksum()) parts.push('bad header checksum');
  if (before === undefined) return [...parts, 'unknown id'].join(', ');
  const start = headerOctetsOf(before) + packet.fragmentOffsetOctets - offsetOf(before);
  const changes = changesText(before.subarray(start), packet.payload);
  if (changes !== '') parts.push(`payload changed: ${changes}`);
  return parts.join(', ');
}

/** A packet of the router itself. */
function ownText(packet: Ipv4Packet, sent: readonly Sent[], places: Places): string {
  const { source, destination, ttl, tos, protocol, payload } = packet;
  const parts = [`${places.name(source)} > ${places.name(destination)}`];
  const message = protocol === PROTOCOL_ICMP ? IcmpMessage.parse(payload) : 'truncated';
  if (isParseError(message)) parts.push(`protocol ${protocol}, ${payload.byteLength} octets`);
  else parts.push(`ICMP ${message.type}/${message.code}`);
  parts.push(`ttl ${ttl}`);
  if (tos !== 0) parts.push(`tos ${tos}`);
  if (packet.dontFragment) parts.push('DF');
  if (packet.isFragment) parts.push('fragment');
  if (packet.options.byteLength > 0) parts.push(`<${optionsText(packet.options, places)}>`);
  if (!packet.hasValidChecksum()) parts.push('bad header checksum');
  if (!isParseError(message)) {
    if (!message.hasValidChecksum()) parts.push('bad checksum');
    parts.push(...restParts(message, places));
    if (message.isError) parts.push(quoteText(message.payload, sent));
    else parts.push(`${message.payload.byteLength} octets of data`);
  }
  return parts.join(', ');
}

function restParts({ type, rest }: IcmpMessage, places: Places): string[] {
  if (type === 5) return [`gateway ${places.name(ipv4Address(rest))}`];
  if (type === 12) return [`pointer ${rest >>> 24}${(rest & 0xffffff) === 0 ? '' : ' and more'}`];
  return rest === 0 ? [] : [type === 3 ? `mtu ${rest}` : `rest ${rest.toString(16)}`];
}

/** How much an error quotes, and what its quote changes in the packet. */
function quoteText(quote: Uint8Array, sent: readonly Sent[]): string {
  const before = originalOf(idOf(quote), sent);
  if (before === undefined) return `quotes ${quote.byteLength} octets of an unknown packet`;
  const headerOctets = headerOctetsOf(quote);
  const parts = [`quotes ${quote.byteLength}`];
  const changedIn = (from: number, to: number) =>
    changesText(before.subarray(from, to), quote.subarray(from, to));
  if (quote[8] !== before[8]) parts.push(`ttl ${quote[8]}`);
  // The checksum depends on the addresses: it is compared by whether it is right.
  if (changedIn(0, 8) !== '' || changedIn(9, 10) !== '' || changedIn(12, 20) !== '') {
    parts.push('header changed');
  }
  if (changedIn(20, headerOctets) !== '') parts.push('options changed');
  if (hasBadSum(quote) !== hasBadSum(before)) parts.push('header checksum spoilt');
  const changes = changedIn(headerOctets, quote.byteLength);
  if (changes !== '') parts.push(`payload changed: ${changes}`);
  return parts.join(', ');
}

function hasBadSum(packet: Uint8Array): boolean {
  return internetChecksum(packet.subarray(0, headerOctetsOf(packet))) !== 0;
}

/** Octets of `after` that differ from those at the same place of `before`. */
function changesText(before: Uint8Array, after: Uint8Array): string {
  const found: string[] = [];
  after.forEach((octet, at) => {
    if (octet !== before[at]) found.push(`${at}=${octet.toString(16)}`);
  });
  return found.length > 12 ? `${found.length} octets` : found.join(' ');
}

function originalOf(id: number, sent: readonly Sent[]): Uint8Array | undefined {
  return sent.find((each) => each.id === id)?.packet;
}

function idOf(packet: Uint8Array): number {
  return packet.byteLength < 6 ? -1 : packet[4]! * 256 + packet[5]!;
}

function headerOctetsOf(packet: Uint8Array): number {
  return (packet[0]! & 15) * 4;
}

function offsetOf(packet: Uint8Array): number {
  return ((packet[6]! & 0x1f) * 256 + packet[7]!) * 8;
}
