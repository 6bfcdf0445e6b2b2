import {
  type AddressType,
  emitIcmp,
  HEADROOM_OCTETS,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_HEADER_OCTETS,
  ICMP_PARAMETER_PROBLEM,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  IcmpMessage,
  Ipv4Packet,
  isParseError,
  PROTOCOL_ICMP,
  type TraceContext,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { LOOPBACK_INDEX } from '../interfaces.ts';
import { done, drop, type NetworkOutcome } from '../outcomes.ts';
import type { Output } from '../output.ts';
import type { NetworkProtocols } from '../protocols.ts';
import { lowerPathMtu } from '../routing/path-mtu.ts';
import { findPath } from '../routing/paths.ts';
import { plateauBelow } from '../routing/route-exceptions.ts';
import type { EchoClient } from './echo-client.ts';
import { echoOptions, timeOfDay } from './echo-options.ts';

/** RFC 792: an error quotes the header and at least 8 octets behind it. */
const MIN_QUOTED_PAYLOAD_OCTETS = 8;

/** Handles ICMP messages to us (RFC 792, RFC 1122 3.2.2). */
export class IcmpInput {
  readonly #context: NetworkContext;
  readonly #output: Output;
  readonly #protocols: NetworkProtocols;
  readonly #echo: EchoClient;

  constructor(
    context: NetworkContext,
    output: Output,
    protocols: NetworkProtocols,
    echo: EchoClient,
  ) {
    this.#context = context;
    this.#output = output;
    this.#protocols = protocols;
    this.#echo = echo;
  }

  handle(
    packet: Ipv4Packet,
    interfaceIndex: number,
    trace: TraceContext | undefined,
    nowMs: number,
  ): NetworkOutcome {
    const { counters, interfaces } = this.#context;
    counters.IcmpInMsgs += 1;
    const message = IcmpMessage.parse(packet.payload);
    if (isParseError(message)) {
      return drop(this.#context, 'HDR_TRUNC');
    }
    if (!message.hasValidChecksum()) {
      return drop(this.#context, 'ICMP_CSUM');
    }
    const cast = interfaces.addressTypeOf(packet.destination);
    // Linux's icmp_rcv() accepts only queries to broadcast and multicast addresses. The only query
    // handled here is echo.
    if (cast !== 'unicast' && message.type !== ICMP_ECHO_REQUEST) {
      return drop(this.#context, 'INVALID_PROTO');
    }
    switch (message.type) {
      case ICMP_ECHO_REQUEST:
        counters.IcmpInEchos += 1;
        return this.#answerEcho(packet, message, cast, interfaceIndex, trace, nowMs);
      case ICMP_ECHO_REPLY:
        counters.IcmpInEchoReps += 1;
        return this.#echo.handleReply(packet, message)
          ? done(this.#context, 'delivered', 'strata/ECHO_REPLY')
          : drop(this.#context, 'NO_SOCKET');
      case ICMP_DESTINATION_UNREACHABLE:
        counters.IcmpInDestUnreachs += 1;
        return this.#error(packet, message, nowMs);
      case ICMP_TIME_EXCEEDED:
        counters.IcmpInTimeExcds += 1;
        return this.#error(packet, message, nowMs);
      case ICMP_PARAMETER_PROBLEM:
        counters.IcmpInParmProbs += 1;
        return this.#error(packet, message, nowMs);
      case ICMP_SOURCE_QUENCH:
        // RFC 6633 3: ignored, whichever protocol it is for.
        counters.IcmpInSrcQuenchs += 1;
        return drop(this.#context, 'strata/ICMP_TYPE_IGNORED');
      case ICMP_REDIRECT:
        counters.IcmpInRedirects += 1;
        return this.#redirect(packet, message, interfaceIndex, nowMs);
      default:
        // RFC 1122 3.2.2: unknown types are silently discarded.
        return drop(this.#context, 'strata/ICMP_TYPE_IGNORED');
    }
  }

  /**
   * RFC 1122 3.2.2.6: replies with the same data, from the address that the request was sent to,
   * with the record route and timestamp options.
   */
  #answerEcho(
    packet: Ipv4Packet,
    message: IcmpMessage,
    cast: AddressType,
    interfaceIndex: number,
    trace: TraceContext | undefined,
    nowMs: number,
  ): NetworkOutcome {
    const { counters, interfaces, sysctl } = this.#context;
    if (sysctl.icmp_echo_ignore_all !== 0) return drop(this.#context, 'strata/ECHO_IGNORED');
    let source = packet.destination;
    if (cast !== 'unicast') {
      if (sysctl.icmp_echo_ignore_broadcasts !== 0)
        return drop(this.#context, 'strata/ECHO_IGNORED');
      const by = interfaces.byIndex(interfaceIndex);
      source = (by && interfaces.sourceOn(by, packet.source)) ?? UNSPECIFIED_IPV4;
    }
    const { unixTimeAtZeroMs } = this.#context;
    const options = echoOptions(packet.options, {
      address: source,
      time: timeOfDay(nowMs, unixTimeAtZeroMs),
      isOwn: (address) => interfaces.isOwn(address),
    });
    const { identifier, sequence, payload } = message;
    const segment = this.#context.allocate(ICMP_HEADER_OCTETS + payload.byteLength);
    segment.set(payload, ICMP_HEADER_OCTETS);
    emitIcmp(segment, ICMP_ECHO_REPLY, 0, identifier, sequence);
    counters.IcmpOutMsgs += 1;
    counters.IcmpOutEchoReps += 1;
    const outcome = done(this.#context, 'delivered', 'strata/ECHO_REQUEST');
    const { outcomes } = this.#context;
    if (outcomes.isOn) outcomes.purpose('answered', outcome);
    this.#output.send(
      {
        kind: 'send',
        source,
        destination: packet.source,
        protocol: PROTOCOL_ICMP,
        ttl: 0,
        tos: packet.tos,
        dontFragment: false,
        interfaceIndex: 0,
        segment,
        headroomOctets: HEADROOM_OCTETS,
        segmentSize: 0,
        checksum: 'complete',
        trace,
      },
      nowMs,
      options,
    );
    return outcome;
  }

  /** Passes an error up to the protocol that sent the quoted packet (RFC 1122 3.2.2). */
  #error(packet: Ipv4Packet, message: IcmpMessage, nowMs: number): NetworkOutcome {
    const { interfaces } = this.#context;
    const quoted = Ipv4Packet.parseQuoted(message.payload);
    if (isParseError(quoted) || quoted.payload.byteLength < MIN_QUOTED_PAYLOAD_OCTETS) {
      return drop(this.#context, 'HDR_TRUNC');
    }
    // Only a packet that we sent can be at fault. Only a first fragment has the ports or the
    // identifier that tell its owner.
    const isOurs = interfaces.isOwn(quoted.source) && quoted.fragmentOffsetOctets === 0;
    if (!isOurs || interfaces.addressTypeOf(quoted.destination) !== 'unicast') {
      return drop(this.#context, 'strata/ICMP_NOT_OURS');
    }
    const { type, code } = message;
    let mtu = 0;
    if (type === ICMP_DESTINATION_UNREACHABLE && code === ICMP_FRAGMENTATION_NEEDED) {
      mtu = this.#reportedPathMtu(quoted, message.nextHopMtu, nowMs);
      if (mtu === 0) {
        return drop(this.#context, 'strata/PATH_MTU_IMPLAUSIBLE');
      }
    }
    this.#protocols.handleError({
      kind: 'error',
      reporter: packet.source,
      type,
      code,
      mtu,
      protocol: quoted.protocol,
      source: quoted.source,
      destination: quoted.destination,
      quoted: quoted.payload,
    });
    return done(this.#context, 'delivered', 'strata/ICMP_ERROR');
  }

  /**
   * The path MTU from now on (RFC 1191 3, 5), or 0 where the report cannot be right. For TCP and
   * UDP it is the reported one: only transport knows whether the quoted packet was ever sent (RFC
   * 5927 7.2).
   */
  #reportedPathMtu(quoted: Ipv4Packet, reportedMtu: number, nowMs: number): number {
    const { sysctl } = this.#context;
    const { source, destination, protocol, totalOctets } = quoted;
    if (sysctl.ip_no_pmtu_disc === 2) return 0;
    const path = findPath(this.#context, source, destination, 0, nowMs);
    if (typeof path === 'string' || path.interface.index === LOOPBACK_INDEX) return 0;
    const isOff = sysctl.ip_no_pmtu_disc === 1;
    const mtu = isOff ? 0 : reportedMtu || plateauBelow(totalOctets);
    // A link stops only packets with DF that are larger than its MTU.
    if (!isOff && (!quoted.dontFragment || mtu >= totalOctets)) return 0;
    if (!isOff && this.#protocols.get(protocol)?.confirmsPathMtu) return mtu;
    return lowerPathMtu(this.#context, source, destination, mtu, nowMs);
  }

  /**
   * RFC 1122 3.2.2.2: a redirect is followed only if the gateway in use sent it and if it names a
   * gateway on the same link.
   */
  #redirect(
    packet: Ipv4Packet,
    message: IcmpMessage,
    interfaceIndex: number,
    nowMs: number,
  ): NetworkOutcome {
    const { exceptions, interfaces, sysctl } = this.#context;
    const quoted = Ipv4Packet.parseQuoted(message.payload);
    const isOurs =
      !isParseError(quoted) &&
      quoted.payload.byteLength >= MIN_QUOTED_PAYLOAD_OCTETS &&
      interfaces.isOwn(quoted.source);
    if (isOurs && sysctl.accept_redirects !== 0) {
      const { source, destination } = quoted;
      const { gateway } = message;
      const path = findPath(this.#context, source, destination, 0, nowMs);
      if (
        typeof path !== 'string' &&
        path.cast === 'unicast' &&
        path.interface.index === interfaceIndex &&
        path.nextHop === packet.source &&
        path.nextHop !== destination &&
        interfaces.isNeighbour(gateway, path.interface)
      ) {
        exceptions.redirect(destination, gateway, nowMs);
        return done(this.#context, 'delivered', 'strata/REDIRECT_FOLLOWED');
      }
    }
    return drop(this.#context, 'strata/REDIRECT_IGNORED');
  }
}
