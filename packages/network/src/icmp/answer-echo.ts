import {
  type AddressType,
  emitIcmp,
  ICMP_ECHO_REPLY,
  ICMP_HEADER_OCTETS,
  type IcmpMessage,
  type Ipv4Packet,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { Arrival } from '../input/arrival.ts';
import { drop } from '../outcomes.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { reply } from './reply.ts';

/**
 * RFC 1122 3.2.2.6: replies with the same data. Only the type changes (RFC 792): a code stays, as
 * in Linux's icmp_echo().
 */
export function answerEcho(
  context: NetworkContext,
  packet: Ipv4Packet,
  message: IcmpMessage,
  cast: AddressType,
  arrival: Arrival,
  nowMs: number,
): NetworkOutcome {
  const { counters, sysctl } = context;
  if (sysctl.icmp_echo_ignore_all !== 0) return drop(context, 'strata/ECHO_IGNORED');
  if (cast !== 'unicast' && sysctl.icmp_echo_ignore_broadcasts !== 0) {
    return drop(context, 'strata/ECHO_IGNORED');
  }
  const { code, identifier, sequence, payload } = message;
  const answer = context.allocate(ICMP_HEADER_OCTETS + payload.byteLength);
  answer.set(payload, ICMP_HEADER_OCTETS);
  emitIcmp(answer, ICMP_ECHO_REPLY, code, identifier, sequence);
  counters.IcmpOutMsgs += 1;
  counters.IcmpOutEchoReps += 1;
  return reply(context, packet, cast, arrival, answer, 'strata/ECHO_REQUEST', nowMs);
}
