import type { LinkPacketIndication } from '@strata/link';
import {
  type AddressType,
  type ChecksumState,
  completeSegmentChecksum,
  cutSuperSegment,
  ETHERTYPE_IPV4,
  IPV4_MIN_HEADER_OCTETS,
  type IpAddress,
  Ipv4Packet,
  isHostAddress,
  isLoopbackIpv4,
  isParseError,
  isThisNetwork,
  isUnspecified,
  LIMITED_BROADCAST_IPV4,
  type TraceContext,
} from '@strata/wire';
import type { LoopbackPacket, NetworkContext } from './context.ts';
import { Reassembly } from './fragments/reassembly.ts';
import type { IcmpErrors } from './icmp/icmp-errors.ts';
import { checkIpv4Options } from './ipv4-options.ts';
import { drop, type NetworkOutcome } from './outcomes.ts';
import type { NetworkProtocols } from './protocols.ts';

/**
 * What to do with a packet whose header is right. A router would add `forward` in place of
 * IP_INADDRERRORS.
 */
type Verdict = 'deliver' | NetworkOutcome;

/**
 * The receive path: header checks, addresses, options, reassembly, and delivery to a protocol (RFC
 * 1122 3.2.1).
 */
export class Input {
  readonly #context: NetworkContext;
  readonly #protocols: NetworkProtocols;
  readonly #errors: IcmpErrors;
  readonly #reassembly: Reassembly;

  constructor(context: NetworkContext, protocols: NetworkProtocols, errors: IcmpErrors) {
    this.#context = context;
    this.#protocols = protocols;
    this.#errors = errors;
    this.#reassembly = new Reassembly(context);
  }

  get nextDeadlineMs(): number {
    return this.#reassembly.nextDeadlineMs;
  }

  get reassemblyOctets(): number {
    return this.#reassembly.memoryOctets;
  }

  /** Handles a packet from the link. */
  handlePacket(indication: LinkPacketIndication, nowMs: number): NetworkOutcome {
    const { interfaces } = this.#context;
    if (interfaces.byIndex(indication.interfaceIndex) === undefined) {
      return drop(this.#context, 'strata/NO_INTERFACE');
    }
    if (indication.etherType !== ETHERTYPE_IPV4) {
      return drop(this.#context, 'UNHANDLED_PROTO');
    }
    const packet = this.#check(indication.packet);
    if (!(packet instanceof Ipv4Packet)) return packet;
    const { interfaceIndex, segmentSize, checksum, trace } = indication;
    const ipCast = interfaces.addressTypeOf(packet.destination);
    const verdict = this.#classify(packet, ipCast, indication.cast);
    if (verdict !== 'deliver') return verdict;
    const cast = ipCast === 'unicast' ? indication.cast : ipCast;
    if (packet.headerOctets > IPV4_MIN_HEADER_OCTETS) {
      const refused = this.#refuseOptions(packet, cast, segmentSize, checksum, trace, nowMs);
      if (refused !== undefined) return refused;
    }
    return this.#deliver(packet, cast, interfaceIndex, segmentSize, checksum, trace, nowMs);
  }

  /** Handles a packet that the stack sent to itself. Its header needs no checks. */
  handleLoopback(looped: LoopbackPacket, nowMs: number): NetworkOutcome {
    const { counters } = this.#context;
    counters.IpInReceives += 1;
    counters.IpExtInOctets += looped.packet.byteLength;
    const packet = Ipv4Packet.parse(looped.packet);
    if (isParseError(packet)) return drop(this.#context, 'IP_INHDR');
    // A looped packet cannot be corrupted on the way (RFC 1071 is about wires), and nobody would
    // complete a partial checksum.
    const checksum = looped.checksum === 'partial' ? 'verified' : looped.checksum;
    const { cast, interfaceIndex, segmentSize, trace } = looped;
    return this.#deliver(packet, cast, interfaceIndex, segmentSize, checksum, trace, nowMs);
  }

  /** Gives up datagrams that wait too long for their fragments. */
  handleTimeout(nowMs: number): void {
    for (;;) {
      const givenUp = this.#reassembly.expire(nowMs);
      if (givenUp === undefined) return;
      const { first: packet, cast, trace } = givenUp;
      // Without the first fragment there is nothing to quote (RFC 792).
      if (packet) this.#errors.reassemblyTimeExceeded({ packet, cast, trace }, nowMs);
    }
  }

  /**
   * Checks version, lengths and checksum (RFC 1122 3.2.1.1, 3.2.1.2). A wrong packet is silently
   * discarded.
   */
  #check(bytes: Uint8Array): Ipv4Packet | NetworkOutcome {
    const { counters } = this.#context;
    counters.IpInReceives += 1;
    counters.IpExtInOctets += bytes.byteLength;
    const packet = Ipv4Packet.parse(bytes);
    if (packet === 'truncated' && bytes.byteLength >= IPV4_MIN_HEADER_OCTETS) {
      return drop(this.#context, 'PKT_TOO_SMALL');
    }
    if (isParseError(packet)) {
      return drop(this.#context, 'IP_INHDR');
    }
    if (!packet.hasValidChecksum()) {
      return drop(this.#context, 'IP_CSUM');
    }
    switch (packet.tos & 3) {
      case 0:
        counters.IpExtInNoECTPkts += 1;
        break;
      case 1:
        counters.IpExtInECT1Pkts += 1;
        break;
      case 2:
        counters.IpExtInECT0Pkts += 1;
        break;
      default:
        counters.IpExtInCEPkts += 1;
    }
    return packet;
  }

  #classify(packet: Ipv4Packet, ipCast: AddressType, linkCast: AddressType): Verdict {
    const { counters, interfaces, sysctl } = this.#context;
    const { source, destination } = packet;
    if (!this.#isGoodSource(source, destination)) {
      return drop(this.#context, 'IP_INVALID_SOURCE');
    }
    if (isLoopbackIpv4(destination) || isThisNetwork(destination)) {
      return drop(this.#context, 'IP_INVALID_DEST');
    }
    switch (ipCast) {
      case 'broadcast':
        counters.IpExtInBcastPkts += 1;
        return 'deliver';
      case 'multicast':
        if (!interfaces.isMember(destination)) {
          return drop(this.#context, 'strata/NOT_A_MEMBER');
        }
        counters.IpExtInMcastPkts += 1;
        return 'deliver';
      case 'unicast':
        if (!interfaces.isOwn(destination)) {
          return drop(this.#context, 'IP_INADDRERRORS');
        }
        if (linkCast !== 'unicast' && sysctl.drop_unicast_in_l2_multicast !== 0) {
          return drop(this.#context, 'UNICAST_IN_L2_MULTICAST');
        }
        return 'deliver';
    }
  }

  /**
   * RFC 1122 3.2.1.3: a source is the address of one other host. 0.0.0.0 is valid only from a host
   * that does not know its address yet.
   */
  #isGoodSource(source: IpAddress, destination: IpAddress): boolean {
    if (isUnspecified(source)) return destination === LIMITED_BROADCAST_IPV4;
    const { interfaces } = this.#context;
    return (
      isHostAddress(source) &&
      !interfaces.isOwn(source) &&
      interfaces.addressTypeOf(source) === 'unicast'
    );
  }

  #refuseOptions(
    packet: Ipv4Packet,
    cast: AddressType,
    segmentSize: number,
    checksum: ChecksumState,
    trace: TraceContext | undefined,
    nowMs: number,
  ): NetworkOutcome | undefined {
    const options = checkIpv4Options(packet.options);
    if (options === 'ignored') return undefined;
    if (options === 'source route') {
      return drop(this.#context, 'strata/SOURCE_ROUTE');
    }
    const outcome = drop(this.#context, 'strata/IP_OPTION');
    // The error quotes the packet as the wire would carry it: the sender left the checksum, or the
    // cutting into packets, to its device (RFC 792).
    const quoted = asOnWire(packet, segmentSize, checksum);
    this.#errors.parameterProblem(options.pointer, { packet: quoted, cast, trace }, nowMs);
    return outcome;
  }

  #deliver(
    packet: Ipv4Packet,
    cast: AddressType,
    interfaceIndex: number,
    segmentSize: number,
    checksum: ChecksumState,
    trace: TraceContext | undefined,
    nowMs: number,
  ): NetworkOutcome {
    if (!packet.isFragment) {
      return this.#dispatch(packet, cast, interfaceIndex, segmentSize, checksum, trace, nowMs);
    }
    const whole = this.#reassembly.add(packet, cast, interfaceIndex, checksum, trace, nowMs);
    if (typeof whole === 'string') return whole;
    return this.#dispatch(
      whole.packet,
      whole.cast,
      interfaceIndex,
      0,
      whole.checksum,
      whole.trace,
      nowMs,
    );
  }

  #dispatch(
    packet: Ipv4Packet,
    cast: AddressType,
    interfaceIndex: number,
    segmentSize: number,
    checksum: ChecksumState,
    trace: TraceContext | undefined,
    nowMs: number,
  ): NetworkOutcome {
    const protocol = this.#protocols.get(packet.protocol);
    if (protocol !== undefined) {
      this.#context.counters.IpInDelivers += 1;
      return protocol.handle(packet, cast, interfaceIndex, segmentSize, checksum, trace, nowMs);
    }
    const outcome = drop(this.#context, 'IP_NOPROTO');
    this.#errors.protocolUnreachable({ packet: packet.bytes, cast, trace }, nowMs);
    return outcome;
  }
}

/**
 * The packet as the wire would carry it. Of a super-segment: the first packet. Its checksum is
 * completed in place.
 */
function asOnWire(packet: Ipv4Packet, segmentSize: number, checksum: ChecksumState): Uint8Array {
  if (segmentSize > 0) {
    const parts = cutSuperSegment(packet.bytes, segmentSize, checksum);
    if (typeof parts !== 'string') return parts[0]!;
  }
  if (checksum === 'partial') completeSegmentChecksum(packet.payload, packet.protocol);
  return packet.bytes;
}
