import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_PARAMETER_PROBLEM,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  IcmpMessage,
  type Ipv4Packet,
  isParseError,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { Arrival } from '../input/arrival.ts';
import { done, drop } from '../outcomes.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { answerEcho } from './answer-echo.ts';
import { handleEchoReply } from './echo-client.ts';
import { takeError } from './take-error.ts';
import { takeRedirect } from './take-redirect.ts';

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
    return drop(context, 'ICMP_CSUM');
  }
  const cast = interfaces.addressTypeOf(packet.destination);
  // Linux's icmp_rcv() accepts only queries to broadcast and multicast addresses. The only query
  // handled here is echo.
  if (cast !== 'unicast' && message.type !== ICMP_ECHO_REQUEST) {
    return drop(context, 'INVALID_PROTO');
  }
  switch (message.type) {
    case ICMP_ECHO_REQUEST:
      counters.IcmpInEchos += 1;
      return answerEcho(context, packet, message, cast, arrival, nowMs);
    case ICMP_ECHO_REPLY:
      counters.IcmpInEchoReps += 1;
      return handleEchoReply(context, packet, message)
        ? done(context, 'delivered', 'strata/ECHO_REPLY')
        : drop(context, 'NO_SOCKET');
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
