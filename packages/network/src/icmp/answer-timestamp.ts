import {
  type AddressType,
  emitIcmp,
  ICMP_HEADER_OCTETS,
  ICMP_TIMESTAMP_REPLY,
  type IcmpMessage,
  type Ipv4Packet,
  writeUint32,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { Arrival } from '../input/arrival.ts';
import { timeOfDay } from '../options/record.ts';
import { drop } from '../outcomes.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { reply } from './reply.ts';

/** Originate, receive and transmit time, 32 bits each (RFC 792). */
const TIMES_OCTETS = 12;

/**
 * RFC 1122 3.2.2.8: answers a timestamp request with its originate time, and with the time of day
 * as receive and transmit time. As Linux's icmp_timestamp() it needs only the first of the three
 * times, and ignores broadcasts as it ignores broadcast echoes.
 */
export function answerTimestamp(
  context: NetworkContext,
  packet: Ipv4Packet,
  message: IcmpMessage,
  cast: AddressType,
  arrival: Arrival,
  nowMs: number,
): NetworkOutcome {
  const { counters, sysctl } = context;
  if (cast !== 'unicast' && sysctl.icmp_echo_ignore_broadcasts !== 0) {
    return drop(context, 'strata/ECHO_IGNORED');
  }
  const { identifier, sequence, payload } = message;
  if (payload.byteLength < 4) return drop(context, 'HDR_TRUNC');
  const answer = context.allocate(ICMP_HEADER_OCTETS + TIMES_OCTETS);
  answer.set(payload.subarray(0, 4), ICMP_HEADER_OCTETS);
  const time = timeOfDay(nowMs, context.unixTimeAtZeroMs);
  writeUint32(answer, ICMP_HEADER_OCTETS + 4, time);
  writeUint32(answer, ICMP_HEADER_OCTETS + 8, time);
  emitIcmp(answer, ICMP_TIMESTAMP_REPLY, 0, identifier, sequence);
  counters.IcmpOutMsgs += 1;
  counters.IcmpOutTimestampReps += 1;
  return reply(context, packet, cast, arrival, answer, 'strata/TIMESTAMP_REQUEST', nowMs);
}
