import type { NetworkIndication, NetworkRequest, NetworkSendRequest } from '@strata/network';
import {
  completeChecksum,
  cutSuperSegment,
  emitIcmp,
  emitIpv4Header,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_HEADER_OCTETS,
  ICMP_PORT_UNREACHABLE,
  ICMP_PROTOCOL_UNREACHABLE,
  IcmpMessage,
  IPV4_MIN_HEADER_OCTETS,
  type IpAddress,
  Ipv4Packet,
  isParseError,
  PROTOCOL_ICMP,
  readIpv4,
} from '@strata/wire';
import type { WirePacket } from './impaired-wire.ts';

const ADMINISTRATIVELY_PROHIBITED = 13;

/** Options of the joint between transport and a wire. */
export interface IpJointOptions {
  /**
   * Super-segments cross the wire whole, with partial checksums, as between a host and its TAP.
   * Default: they are cut up.
   */
  readonly carriesSuperSegments?: boolean | undefined;
  /**
   * The receiver's card has verified the checksums; for wires that corrupt no packets. Default:
   * transport verifies them.
   */
  readonly verifiesChecksums?: boolean | undefined;
}

/**
 * Replaces the layers between transport and a wire between two stacks: IPv4 without routes. It
 * turns transport's requests into packets, and packets into network's indications.
 */
export class IpJoint {
  readonly #carriesSuperSegments: boolean;
  readonly #verifiesChecksums: boolean;
  #identification = 1;

  constructor(options: IpJointOptions = {}) {
    this.#carriesSuperSegments = options.carriesSuperSegments ?? false;
    this.#verifiesChecksums = options.verifiesChecksums ?? false;
  }

  /** The packets of a request, in order. */
  toWire(request: NetworkRequest): WirePacket[] {
    // The joint remembers no paths.
    if (request.kind === 'path-mtu' || request.kind === 'group') return [];
    if (request.kind === 'reject') {
      if (request.cast !== 'unicast') return [];
      const code = {
        'port unreachable': ICMP_PORT_UNREACHABLE,
        'protocol unreachable': ICMP_PROTOCOL_UNREACHABLE,
        'administratively prohibited': ADMINISTRATIVELY_PROHIBITED,
      }[request.code];
      const quoted = joinBytes(request.header, request.segment.subarray(0, 548));
      return [this.#unreachable(quoted, code, 0)];
    }
    const packet = this.#ipv4(request);
    if (request.segmentSize === 0) {
      if (request.checksum === 'partial' && !this.#carriesSuperSegments) completeChecksum(packet);
      else return [{ packet, segmentSize: 0, checksum: request.checksum }];
      return [{ packet, segmentSize: 0, checksum: 'complete' }];
    }
    const { segmentSize, checksum } = request;
    if (this.#carriesSuperSegments) return [{ packet, segmentSize, checksum }];
    const parts = cutSuperSegment(packet, segmentSize, checksum);
    if (typeof parts === 'string') throw new Error(`a super-segment cannot be cut up: ${parts}`);
    return parts.map((part) => ({ packet: part, segmentSize: 0, checksum: 'complete' }));
  }

  /**
   * The ICMP error "fragmentation needed" that a router sends back for a packet larger than the MTU
   * (RFC 1191). Undefined if the packet may pass.
   */
  tooBig(packet: WirePacket, mtuOctets: number | undefined): WirePacket | undefined {
    if (mtuOctets === undefined) return undefined;
    const ip = Ipv4Packet.parse(packet.packet);
    if (isParseError(ip) || !ip.dontFragment) return undefined;
    const largest =
      packet.segmentSize === 0
        ? packet.packet.byteLength
        : ip.headerOctets + (ip.payload[12]! >> 4) * 4 + packet.segmentSize;
    if (largest <= mtuOctets) return undefined;
    return this.#unreachable(packet.packet.subarray(0, 548), ICMP_FRAGMENTATION_NEEDED, mtuOctets);
  }

  /** Network's indication for a packet from the wire. Undefined if network drops the packet. */
  fromWire({ packet, segmentSize, checksum }: WirePacket): NetworkIndication | undefined {
    const ip = Ipv4Packet.parse(packet);
    if (isParseError(ip) || !ip.hasValidChecksum()) return undefined;
    if (ip.protocol === PROTOCOL_ICMP) return readError(ip);
    return {
      kind: 'segment',
      source: ip.source,
      destination: ip.destination,
      protocol: ip.protocol,
      ttl: ip.ttl,
      tos: ip.tos,
      interfaceIndex: 1,
      cast: 'unicast',
      header: packet.subarray(0, ip.headerOctets),
      segment: ip.payload,
      segmentSize,
      checksum: this.#verifiesChecksums ? 'verified' : checksum,
      trace: undefined,
    };
  }

  #ipv4(request: NetworkSendRequest): Uint8Array {
    const packet = new Uint8Array(IPV4_MIN_HEADER_OCTETS + request.segment.byteLength);
    packet.set(request.segment, IPV4_MIN_HEADER_OCTETS);
    this.#header(packet, request.source, request.destination, request.protocol, request);
    return packet;
  }

  #header(
    packet: Uint8Array,
    source: IpAddress,
    destination: IpAddress,
    protocol: number,
    { tos, ttl, dontFragment }: { tos: number; ttl: number; dontFragment: boolean },
  ): void {
    this.#identification = (this.#identification + 1) & 0xffff;
    emitIpv4Header(packet, {
      tos,
      totalOctets: packet.byteLength,
      identification: this.#identification,
      dontFragment,
      moreFragments: false,
      fragmentOffsetOctets: 0,
      ttl: ttl === 0 ? 64 : ttl,
      protocol,
      source,
      destination,
    });
  }

  /**
   * An ICMP destination unreachable about the packet that starts with `quoted`, from its
   * destination to its source.
   */
  #unreachable(quoted: Uint8Array, code: number, mtuOctets: number): WirePacket {
    const about = quotedHeader(quoted);
    const packet = new Uint8Array(IPV4_MIN_HEADER_OCTETS + ICMP_HEADER_OCTETS + quoted.byteLength);
    packet.set(quoted, IPV4_MIN_HEADER_OCTETS + ICMP_HEADER_OCTETS);
    const message = packet.subarray(IPV4_MIN_HEADER_OCTETS);
    emitIcmp(message, ICMP_DESTINATION_UNREACHABLE, code, 0, mtuOctets);
    const fields = { tos: 0, ttl: 64, dontFragment: false };
    this.#header(packet, about.destination, about.source, PROTOCOL_ICMP, fields);
    return { packet, segmentSize: 0, checksum: 'complete' };
  }
}

function readError(ip: Ipv4Packet): NetworkIndication | undefined {
  const message = IcmpMessage.parse(ip.payload);
  if (isParseError(message) || !message.hasValidChecksum() || !message.isError) return undefined;
  const quoted = message.payload;
  if (quoted.byteLength < IPV4_MIN_HEADER_OCTETS + 8) return undefined;
  return {
    kind: 'error',
    reporter: ip.source,
    type: message.type,
    code: message.code,
    mtu: message.code === ICMP_FRAGMENTATION_NEEDED ? message.nextHopMtu : 0,
    ...quotedHeader(quoted),
    quoted: quoted.subarray((quoted[0]! & 15) * 4),
  };
}

/** The addresses and protocol of a truncated packet, which `Ipv4Packet.parse` refuses. */
function quotedHeader(quoted: Uint8Array) {
  return {
    protocol: quoted[9]!,
    source: readIpv4(quoted, 12),
    destination: readIpv4(quoted, 16),
  };
}

function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.byteLength + second.byteLength);
  joined.set(first);
  joined.set(second, first.byteLength);
  return joined;
}
