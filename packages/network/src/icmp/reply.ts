import {
  type AddressType,
  HEADROOM_OCTETS,
  type Ipv4Packet,
  PROTOCOL_ICMP,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import type { Arrival } from '../input/arrival.ts';
import { recorderFor } from '../options/own-entry.ts';
import { wayBackOf } from '../options/way-back.ts';
import { done } from '../outcomes.ts';
import { send } from '../output/send.ts';
import type { NetworkDone, NetworkOutcome } from '../reasons.ts';
import { echoOptions } from './echo-options.ts';

/**
 * Sends the reply to an ICMP query: from the address that the query was sent to, or from one of the
 * interface's if that is a broadcast or group address; with the query's TOS, and with its record
 * route and timestamp options; back along its source route (RFC 1122 3.2.2.6, 3.2.2.8). `message`:
 * with HEADROOM_OCTETS in front of it. `reason`: what the query was.
 */
export function reply(
  context: NetworkContext,
  packet: Ipv4Packet,
  cast: AddressType,
  arrival: Arrival,
  message: Uint8Array,
  reason: NetworkDone,
  nowMs: number,
): NetworkOutcome {
  const { interfaces, outcomes } = context;
  let source = packet.destination;
  if (cast !== 'unicast') {
    const by = interfaces.byIndex(arrival.interfaceIndex);
    source = (by && interfaces.sourceOn(by, packet.source)) ?? UNSPECIFIED_IPV4;
  }
  const back = wayBackOf(context, packet);
  const options = echoOptions(packet.options, recorderFor(context, source, nowMs), back?.option);
  const outcome = done(context, 'delivered', reason);
  if (outcomes.isOn) outcomes.purpose('answered', outcome);
  send(
    context,
    {
      kind: 'send',
      source,
      destination: back?.firstHop ?? packet.source,
      protocol: PROTOCOL_ICMP,
      ttl: 0,
      tos: packet.tos,
      dontFragment: false,
      interfaceIndex: 0,
      segment: message,
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
