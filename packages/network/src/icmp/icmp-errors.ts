import {
  type AddressType,
  emitIcmp,
  HEADROOM_OCTETS,
  ICMP_ADMINISTRATIVELY_PROHIBITED,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_FRAGMENTATION_NEEDED,
  ICMP_HEADER_OCTETS,
  ICMP_PARAMETER_PROBLEM,
  ICMP_PORT_UNREACHABLE,
  ICMP_PROTOCOL_UNREACHABLE,
  ICMP_REDIRECT,
  ICMP_REDIRECT_HOST,
  ICMP_TIME_EXCEEDED,
  IPV4_MIN_HEADER_OCTETS,
  type IpAddress,
  Ipv4Packet,
  ipv4Bits,
  isHostAddress,
  isLoopbackIpv4,
  isParseError,
  PROTOCOL_ICMP,
  type TraceContext,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { Interfaces } from '../interfaces.ts';
import { joinOptions } from '../options/ipv4-options.ts';
import { wayBackOf } from '../options/way-back.ts';
import { dropOf } from '../outcomes.ts';
import { send } from '../output/send.ts';
import type { NetworkRejectRequest, RejectCode } from '../pdu.ts';
import { isDrop, type NetworkOutcome } from '../reasons.ts';

/** The packet that an error is about. */
export interface Offender {
  /** The packet or its start, header first. Not kept. */
  readonly packet: Uint8Array;
  /** How the packet was addressed, at IP or on the link, whichever is wider. */
  readonly cast: AddressType;
  /** The interface that it came in on. Absent: none, or not known. */
  readonly interfaceIndex?: number | undefined;
  /**
   * The packet was to go on to another host, even if its destination is one of our own: we are a
   * hop of its source route. Default false.
   */
  readonly isForwarded?: boolean | undefined;
  readonly trace: TraceContext | undefined;
}

/** RFC 1812 4.3.2.3: as much of the packet as fits into 576 octets. */
const QUOTE_OCTETS = 576 - IPV4_MIN_HEADER_OCTETS - ICMP_HEADER_OCTETS;
/**
 * The precedence of errors: internetwork control (RFC 1812 4.3.2.5). It replaces the packet's own;
 * the three TOS bits stay.
 */
const PRECEDENCE_INTERNETWORK_CONTROL = 0xc0;
const TOS_MASK = 0x1c;
/** Timestamp, information and address mask messages, requests and replies (RFC 792, RFC 950). */
const FIRST_OLD_QUERY = 13;
const LAST_OLD_QUERY = 18;

const REJECT_CODES: Readonly<Record<RejectCode, number>> = {
  'protocol unreachable': ICMP_PROTOCOL_UNREACHABLE,
  'port unreachable': ICMP_PORT_UNREACHABLE,
  'administratively prohibited': ICMP_ADMINISTRATIVELY_PROHIBITED,
};

/** Sends the destination unreachable that transport asks for (RFC 1122 4.1.3.1). */
export function reject(
  context: NetworkContext,
  request: NetworkRejectRequest,
  nowMs: number,
): NetworkOutcome {
  const { header, segment, cast, trace } = request;
  const quoted = segment.subarray(0, Math.max(0, QUOTE_OCTETS - header.byteLength));
  const packet = new Uint8Array(header.byteLength + quoted.byteLength);
  packet.set(header);
  packet.set(quoted, header.byteLength);
  const code = REJECT_CODES[request.code];
  return sendError(context, ICMP_DESTINATION_UNREACHABLE, code, 0, { packet, cast, trace }, nowMs);
}

/** The packet's protocol number is unknown here (RFC 1122 3.2.2.1). */
export function sendProtocolUnreachable(
  context: NetworkContext,
  offender: Offender,
  nowMs: number,
): NetworkOutcome {
  return sendUnreachable(context, ICMP_PROTOCOL_UNREACHABLE, offender, nowMs);
}

/** The packet cannot be delivered, for the reason of the code (RFC 792, RFC 1812 5.2.7.1). */
export function sendUnreachable(
  context: NetworkContext,
  code: number,
  offender: Offender,
  nowMs: number,
): NetworkOutcome {
  return sendError(context, ICMP_DESTINATION_UNREACHABLE, code, 0, offender, nowMs);
}

/** The packet has DF and is larger than `mtu`, the next link's (RFC 1191 4). */
export function sendFragmentationNeeded(
  context: NetworkContext,
  mtu: number,
  offender: Offender,
  nowMs: number,
): NetworkOutcome {
  const code = ICMP_FRAGMENTATION_NEEDED;
  return sendError(context, ICMP_DESTINATION_UNREACHABLE, code, mtu, offender, nowMs);
}

/**
 * The TTL ran out (`ICMP_TTL_EXCEEDED`), or the other fragments did not come in time
 * (`ICMP_REASSEMBLY_TIME_EXCEEDED`; `packet`: the first fragment) (RFC 792, RFC 1122 3.3.2).
 */
export function sendTimeExceeded(
  context: NetworkContext,
  code: number,
  offender: Offender,
  nowMs: number,
): NetworkOutcome {
  return sendError(context, ICMP_TIME_EXCEEDED, code, 0, offender, nowMs);
}

/** There is a better gateway to the packet's destination (RFC 1812 5.2.7.2). */
export function sendRedirect(
  context: NetworkContext,
  gateway: IpAddress,
  offender: Offender,
  nowMs: number,
): NetworkOutcome {
  return sendError(context, ICMP_REDIRECT, ICMP_REDIRECT_HOST, ipv4Bits(gateway), offender, nowMs);
}

/** The header's octet `pointer` is wrong (RFC 1122 3.2.2.5). */
export function sendParameterProblem(
  context: NetworkContext,
  pointer: number,
  offender: Offender,
  nowMs: number,
): NetworkOutcome {
  return sendError(context, ICMP_PARAMETER_PROBLEM, 0, pointer * 2 ** 24, offender, nowMs);
}

/** `rest`: the second word of the message. */
function sendError(
  context: NetworkContext,
  type: number,
  code: number,
  rest: number,
  offender: Offender,
  nowMs: number,
): NetworkOutcome {
  const { counters, interfaces } = context;
  const packet = Ipv4Packet.parseQuoted(offender.packet);
  if (isParseError(packet) || !mayAnswer(context.interfaces, packet, offender.cast)) {
    return dropOf(context, undefined, 'strata/ICMP_ERROR_FORBIDDEN');
  }
  // The source route may be what a parameter problem is about (RFC 1812 4.3.2.6).
  const back = type === ICMP_PARAMETER_PROBLEM ? undefined : wayBackOf(context, packet);
  const options = joinOptions(back === undefined ? [] : [back.option]);
  const destination = back?.firstHop ?? packet.source;
  if (!interfaces.isOwn(destination)) {
    const verdict = context.icmpLimit.take(type, code, destination, nowMs);
    if (verdict === 'global limit') {
      return dropOf(context, undefined, 'strata/ICMP_RATE_LIMIT_GLOBAL');
    }
    if (verdict === 'host limit') {
      return dropOf(context, undefined, 'strata/ICMP_RATE_LIMIT_HOST');
    }
  }
  const quoted = packet.bytes.subarray(0, QUOTE_OCTETS - (options?.byteLength ?? 0));
  const segment = context.allocate(ICMP_HEADER_OCTETS + quoted.byteLength);
  segment.set(quoted, ICMP_HEADER_OCTETS);
  emitIcmp(segment, type, code, rest >>> 16, rest & 0xffff);
  const { outcomes } = context;
  if (outcomes.isOn) outcomes.purpose('answered', 'strata/ICMP_ERROR_SENT');
  const outcome = send(
    context,
    {
      kind: 'send',
      source: addressToAnswerFrom(context, packet, offender),
      destination,
      protocol: PROTOCOL_ICMP,
      ttl: 0,
      tos: (packet.tos & TOS_MASK) | PRECEDENCE_INTERNETWORK_CONTROL,
      dontFragment: false,
      interfaceIndex: 0,
      segment,
      headroomOctets: HEADROOM_OCTETS,
      segmentSize: 0,
      checksum: 'complete',
      trace: offender.trace,
    },
    nowMs,
    options,
  );
  if (isDrop(outcome)) {
    return dropOf(context, undefined, 'strata/ICMP_ERROR_UNSENDABLE');
  }
  counters.IcmpOutMsgs += 1;
  if (type === ICMP_DESTINATION_UNREACHABLE) counters.IcmpOutDestUnreachs += 1;
  else if (type === ICMP_TIME_EXCEEDED) counters.IcmpOutTimeExcds += 1;
  else if (type === ICMP_REDIRECT) counters.IcmpOutRedirects += 1;
  else counters.IcmpOutParmProbs += 1;
  return 'strata/ICMP_ERROR_SENT';
}

/**
 * The address that the sender wrote to; or, if it wrote to another host, that of the interface that
 * the error goes out on (RFC 1812 4.3.2.4), unless `icmp_errors_use_inbound_ifaddr` says otherwise.
 */
function addressToAnswerFrom(
  { interfaces, sysctl }: NetworkContext,
  { destination, source }: Ipv4Packet,
  { interfaceIndex, isForwarded = false }: Offender,
): IpAddress {
  if (!isForwarded && interfaces.isOwn(destination)) return destination;
  if (sysctl.icmp_errors_use_inbound_ifaddr === 0 || interfaceIndex === undefined) {
    return UNSPECIFIED_IPV4;
  }
  const by = interfaces.byIndex(interfaceIndex);
  return (by && interfaces.sourceOn(by, source)) ?? UNSPECIFIED_IPV4;
}

/** RFC 1122 3.2.2: the packets that no ICMP error may be about are excluded. */
function mayAnswer(interfaces: Interfaces, packet: Ipv4Packet, cast: AddressType): boolean {
  const { source, destination } = packet;
  if (cast !== 'unicast' || interfaces.addressTypeOf(destination) !== 'unicast') return false;
  if (packet.fragmentOffsetOctets !== 0) return false;
  if (!isHostAddress(source) || interfaces.addressTypeOf(source) !== 'unicast') return false;
  // A loopback address is valid as a source only if the host talks to itself.
  if (isLoopbackIpv4(source) && !interfaces.isOwn(destination)) return false;
  return packet.protocol !== PROTOCOL_ICMP || isIcmpQuery(packet.payload[0]);
}

/** Whether a type is surely no error. An unknown type may be one (RFC 1122 3.2.2). */
function isIcmpQuery(type: number | undefined): boolean {
  if (type === undefined) return false;
  const isEcho = type === ICMP_ECHO_REQUEST || type === ICMP_ECHO_REPLY;
  return isEcho || (type >= FIRST_OLD_QUERY && type <= LAST_OLD_QUERY);
}
