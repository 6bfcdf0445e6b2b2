import {
  emitIcmp,
  emitIpv4Checksum,
  emitIpv4Header,
  emitTcpChecksum,
  emitTcpOptions,
  emitUdpHeader,
  type IpAddress,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  tcpOptionsOctets,
  writeUint16,
} from '@strata/wire';
import type { Places } from './places.ts';

/** Octets that depend on the addresses of the scenario. */
export type Made = (places: Places) => Uint8Array;

/** What a packet carries. */
export interface Payload {
  readonly protocol: number;
  readonly make: (source: IpAddress, destination: IpAddress, places: Places) => Uint8Array;
}

/** A packet to inject. */
export interface PacketFields {
  /** Names of `Places`, or dotted addresses. Defaults: `left`, `right`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Default 64. */
  readonly ttl?: number | undefined;
  readonly tos?: number | undefined;
  /** The identification. Answers are matched with packets by it. */
  readonly id: number;
  readonly df?: boolean | undefined;
  readonly mf?: boolean | undefined;
  readonly offset?: number | undefined;
  /** Padded with zeros to a multiple of four octets. */
  readonly options?: Made | undefined;
  /** Default: 20 octets of UDP. */
  readonly payload?: Payload | undefined;
  /** Changes octets of the finished packet; the header's checksum is renewed. */
  readonly change?: ((packet: Uint8Array) => void) | undefined;
  /** As `change`, but the checksum stays as it is. */
  readonly spoil?: ((packet: Uint8Array) => void) | undefined;
}

/** The octets of a packet. */
export function makePacket(fields: PacketFields, places: Places): Uint8Array {
  const { from = 'left', to = 'right', ttl = 64, tos = 0, id, payload = udp(20) } = fields;
  const source = places.address(from);
  const destination = places.address(to);
  const options = padded(fields.options?.(places));
  const data = payload.make(source, destination, places);
  const headerOctets = 20 + (options?.byteLength ?? 0);
  const packet = new Uint8Array(headerOctets + data.byteLength);
  packet.set(data, headerOctets);
  emitIpv4Header(packet, {
    tos,
    totalOctets: packet.byteLength,
    identification: id,
    dontFragment: fields.df ?? false,
    moreFragments: fields.mf ?? false,
    fragmentOffsetOctets: fields.offset ?? 0,
    ttl,
    protocol: payload.protocol,
    source,
    destination,
    options,
  });
  if (fields.change !== undefined) {
    fields.change(packet);
    emitIpv4Checksum(packet);
  }
  fields.spoil?.(packet);
  return packet;
}

function padded(options: Uint8Array | undefined): Uint8Array | undefined {
  if (options === undefined) return undefined;
  const whole = new Uint8Array((options.byteLength + 3) & ~3);
  whole.set(options);
  return whole;
}

/** Data that differs at each octet. */
function pattern(octets: number): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, at) => (at * 7 + (at >>> 8)) & 0xff);
}

/** UDP from port 40,000 to 50,000, `octets` long with its header. */
export function udp(octets: number, sum: 'right' | 'wrong' | 'none' = 'right'): Payload {
  return {
    protocol: PROTOCOL_UDP,
    make(source, destination) {
      const datagram = pattern(octets);
      emitUdpHeader(datagram, source, destination, 40_000, 50_000);
      if (sum === 'none') writeUint16(datagram, 6, 0);
      if (sum === 'wrong') datagram[6]! ^= 0x55;
      return datagram;
    },
  };
}

/** A SYN that announces an MSS. */
export function syn(mss: number): Payload {
  return {
    protocol: PROTOCOL_TCP,
    make(source, destination) {
      const options = { mss };
      const segment = new Uint8Array(20 + tcpOptionsOctets(options));
      writeUint16(segment, 0, 40_000);
      writeUint16(segment, 2, 80);
      segment[12] = (segment.byteLength / 4) << 4;
      segment[13] = 2;
      writeUint16(segment, 14, 65_535);
      emitTcpOptions(segment.subarray(20), options);
      emitTcpChecksum(segment, source, destination);
      return segment;
    },
  };
}

/** An ICMP message with so many octets of data behind its eight. */
export function icmp(type: number, code = 0, octets = 28, rest = 0): Payload {
  return {
    protocol: PROTOCOL_ICMP,
    make() {
      const message = pattern(8 + octets);
      emitIcmp(message, type, code, rest >>> 16, rest & 0xffff);
      return message;
    },
  };
}

export const echo = (octets = 28): Payload => icmp(8, 0, octets, 0x12340001);

/** An ICMP error about a packet. */
export function icmpAbout(type: number, code: number, rest: number, quoted: PacketFields): Payload {
  return {
    protocol: PROTOCOL_ICMP,
    make(_source, _destination, places) {
      const about = makePacket(quoted, places).subarray(0, 48);
      const message = new Uint8Array(8 + about.byteLength);
      message.set(about, 8);
      emitIcmp(message, type, code, rest >>> 16, rest & 0xffff);
      return message;
    },
  };
}

/** Octets of a protocol that has no meaning here. */
export function unknown(protocol: number, octets: number): Payload {
  return { protocol, make: () => pattern(octets) };
}

/** Writes octets into a packet. */
export function put(at: number, ...octets: number[]): (packet: Uint8Array) => void {
  return (packet) => packet.set(octets, at);
}

/** Inverts bits of a packet's octet. */
export function flip(at: number, bits: number): (packet: Uint8Array) => void {
  return (packet) => {
    packet[at]! ^= bits;
  };
}
