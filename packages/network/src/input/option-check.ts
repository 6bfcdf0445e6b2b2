import type { AddressType, Ipv4Packet } from '@strata/wire';
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
  if (options === 'source route') return drop(context, 'strata/SOURCE_ROUTE');
  const outcome = drop(context, 'strata/IP_OPTION');
  const quoted = asOnWire(packet, arrival);
  const { trace } = arrival;
  sendParameterProblem(context, options.pointer, { packet: quoted, cast, trace }, nowMs);
  return outcome;
}
