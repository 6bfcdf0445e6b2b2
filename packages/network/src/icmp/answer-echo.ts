import {
  type AddressType,
  emitIcmp,
  HEADROOM_OCTETS,
  ICMP_ECHO_REPLY,
  ICMP_HEADER_OCTETS,
  type IcmpMessage,
  type Ipv4Packet,
  PROTOCOL_ICMP,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { Arrival } from '../input/arrival.ts';
import { done, drop } from '../outcomes.ts';
import { send } from '../output/send.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { echoOptions, timeOfDay } from './echo-options.ts';

/**
 * RFC 1122 3.2.2.6: replies with the same data, from the address that the request was sent to,
 * with the record route and timestamp options.
 */
export function answerEcho(
  context: NetworkContext,
  packet: Ipv4Packet,
  message: IcmpMessage,
  cast: AddressType,
  arrival: Arrival,
  nowMs: number,
): NetworkOutcome {
  const { counters, interfaces, sysctl } = context;
  if (sysctl.icmp_echo_ignore_all !== 0) return drop(context, 'strata/ECHO_IGNORED');
  let source = packet.destination;
  if (cast !== 'unicast') {
    if (sysctl.icmp_echo_ignore_broadcasts !== 0) return drop(context, 'strata/ECHO_IGNORED');
    const by = interfaces.byIndex(arrival.interfaceIndex);
    source = (by && interfaces.sourceOn(by, packet.source)) ?? UNSPECIFIED_IPV4;
  }
  const { unixTimeAtZeroMs } = context;
  const options = echoOptions(packet.options, {
    address: source,
    time: timeOfDay(nowMs, unixTimeAtZeroMs),
    isOwn: (address) => interfaces.isOwn(address),
  });
  const { identifier, sequence, payload } = message;
  const segment = context.allocate(ICMP_HEADER_OCTETS + payload.byteLength);
  segment.set(payload, ICMP_HEADER_OCTETS);
  emitIcmp(segment, ICMP_ECHO_REPLY, 0, identifier, sequence);
  counters.IcmpOutMsgs += 1;
  counters.IcmpOutEchoReps += 1;
  const outcome = done(context, 'delivered', 'strata/ECHO_REQUEST');
  const { outcomes } = context;
  if (outcomes.isOn) outcomes.purpose('answered', outcome);
  send(
    context,
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
      trace: arrival.trace,
    },
    nowMs,
    options,
  );
  return outcome;
}
