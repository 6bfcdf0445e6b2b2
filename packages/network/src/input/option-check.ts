import { type AddressType, type Ipv4Packet, knobsOf } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { sendParameterProblem } from '../icmp/icmp-errors.ts';
import { checkIpv4Options } from '../options/ipv4-options.ts';
import { drop } from '../outcomes.ts';
import type { NetworkOutcome } from '../reasons.ts';
import type { Arrival } from './arrival.ts';
import { asOnWire } from './as-on-wire.ts';

/** Drops a packet whose options are wrong, or refused. Undefined: the options are good. */
export function refuseOptions(
  context: NetworkContext,
  packet: Ipv4Packet,
  cast: AddressType,
  arrival: Arrival,
  nowMs: number,
): NetworkOutcome | undefined {
  const options = checkIpv4Options(packet.options);
  if (options === 'ignored') return undefined;
  if (options !== 'source route') {
    const outcome = drop(context, 'strata/IP_OPTION');
    reportOption(context, options.pointer, packet, cast, arrival, nowMs);
    return outcome;
  }
  const { accept_source_route } = knobsOf(context.conf, arrival.interfaceIndex);
  return accept_source_route === 0 ? drop(context, 'strata/SOURCE_ROUTE') : undefined;
}

/** Tells the sender which octet of its packet's header is wrong. */
export function reportOption(
  context: NetworkContext,
  pointer: number,
  packet: Ipv4Packet,
  cast: AddressType,
  arrival: Arrival,
  nowMs: number,
): void {
  const { interfaceIndex, trace } = arrival;
  const offender = { packet: asOnWire(packet, arrival), cast, interfaceIndex, trace };
  sendParameterProblem(context, pointer, offender, nowMs);
}
