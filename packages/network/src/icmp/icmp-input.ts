import {
  ICMP_ADDRESS_MASK_REPLY,
  ICMP_ADDRESS_MASK_REQUEST,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_PARAMETER_PROBLEM,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  ICMP_TIMESTAMP_REPLY,
  ICMP_TIMESTAMP_REQUEST,
  IcmpMessage,
  type Ipv4Packet,
  isParseError,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { Arrival } from '../input/arrival.ts';
import { done, drop } from '../outcomes.ts';
import { takeReply } from '../probe/take-answer.ts';
import type { NetworkDone, NetworkOutcome } from '../reasons.ts';
import { answerEcho } from './answer-echo.ts';
import { answerTimestamp } from './answer-timestamp.ts';
import { takeError } from './take-error.ts';
import { takeRedirect } from './take-redirect.ts';

const MAY_BE_CAST: readonly number[] = [
  ICMP_ECHO_REQUEST,
  ICMP_TIMESTAMP_REQUEST,
  ICMP_ADDRESS_MASK_REQUEST,
  ICMP_ADDRESS_MASK_REPLY,
];

/** Handles an ICMP message to us (RFC 792, RFC 1122 3.2.2). */
export function handleIcmp(
  context: NetworkContext,
  packet: Ipv4Packet,
  arrival: Arrival,
  nowMs: number,
): NetworkOutcome {
  const { counters, interfaces } = context;
  counters.IcmpInMsgs += 1;
  const message = IcmpMessage.parse(packet.payload);
  if (isParseError(message)) {
    return drop(context, 'HDR_TRUNC');
  }
  if (!message.hasValidChecksum()) {
    takeReply(context, packet, message, true, nowMs);
    return drop(context, 'ICMP_CSUM');
  }
  const cast = interfaces.addressTypeOf(packet.destination);
  // Linux's icmp_rcv() accepts only these at broadcast and multicast addresses.
  if (cast !== 'unicast' && !MAY_BE_CAST.includes(message.type)) {
    return drop(context, 'INVALID_PROTO');
  }
  switch (message.type) {
    case ICMP_ECHO_REQUEST:
      counters.IcmpInEchos += 1;
      return answerEcho(context, packet, message, cast, arrival, nowMs);
    case ICMP_ECHO_REPLY:
      counters.IcmpInEchoReps += 1;
      return reply(context, packet, message, 'strata/ECHO_REPLY', nowMs);
    case ICMP_TIMESTAMP_REQUEST:
      counters.IcmpInTimestamps += 1;
      return answerTimestamp(context, packet, message, cast, arrival, nowMs);
    case ICMP_TIMESTAMP_REPLY:
      counters.IcmpInTimestampReps += 1;
      return reply(context, packet, message, 'strata/PROBE_ANSWER', nowMs);
    case ICMP_ADDRESS_MASK_REQUEST:
      // Only a host that is told to be an authoritative agent may answer (RFC 1122 3.2.2.9).
      counters.IcmpInAddrMasks += 1;
      return drop(context, 'strata/ICMP_TYPE_IGNORED');
    case ICMP_ADDRESS_MASK_REPLY:
      counters.IcmpInAddrMaskReps += 1;
      return reply(context, packet, message, 'strata/PROBE_ANSWER', nowMs);
    case ICMP_DESTINATION_UNREACHABLE:
      counters.IcmpInDestUnreachs += 1;
      return takeError(context, packet, message, nowMs);
    case ICMP_TIME_EXCEEDED:
      counters.IcmpInTimeExcds += 1;
      return takeError(context, packet, message, nowMs);
    case ICMP_PARAMETER_PROBLEM:
      counters.IcmpInParmProbs += 1;
      return takeError(context, packet, message, nowMs);
    case ICMP_SOURCE_QUENCH:
      // RFC 6633 3: ignored, whichever protocol it is for.
      counters.IcmpInSrcQuenchs += 1;
      return drop(context, 'strata/ICMP_TYPE_IGNORED');
    case ICMP_REDIRECT:
      counters.IcmpInRedirects += 1;
      return takeRedirect(context, packet, message, arrival.interfaceIndex, nowMs);
    default:
      // RFC 1122 3.2.2: unknown types are silently discarded.
      return drop(context, 'strata/ICMP_TYPE_IGNORED');
  }
}

/** A reply to one of our probes, or to nobody's. */
function reply(
  context: NetworkContext,
  packet: Ipv4Packet,
  message: IcmpMessage,
  reason: NetworkDone,
  nowMs: number,
): NetworkOutcome {
  return takeReply(context, packet, message, false, nowMs)
    ? done(context, 'delivered', reason)
    : drop(context, 'NO_SOCKET');
}
