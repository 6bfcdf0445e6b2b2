import {
  emitIpv4Checksum,
  type IpAddress,
  type Ipv4Packet,
  setDestination,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { findOptions, RECORD_ROUTE, TIMESTAMP } from '../options/ipv4-options.ts';
import { recordOrOverflow, timeOfDay } from '../options/record.ts';
import { advance, type SourceHop } from '../options/source-route.ts';
import type { ForwardPath } from './forward-path.ts';

/**
 * Brings the options of a packet that is forwarded up to date, in place: the source route, record
 * route and timestamp (RFC 1812 5.3.13). The options are well formed.
 */
export function updateOptions(
  context: NetworkContext,
  packet: Ipv4Packet,
  path: ForwardPath,
  hop: SourceHop | undefined,
  nowMs: number,
): void {
  const recording = findOptions(packet.options, [RECORD_ROUTE, TIMESTAMP]);
  if (recording.length === 0 && hop === undefined) return;
  const address = ownAddressOn(context, path);
  if (hop !== undefined) {
    advance(hop, address);
    setDestination(packet.bytes, hop.nextHop);
  }
  const router = {
    address,
    time: timeOfDay(nowMs, context.unixTimeAtZeroMs),
    isOwn: (one: IpAddress) => context.interfaces.isOwn(one),
  };
  for (const option of recording) recordOrOverflow(option, router);
  emitIpv4Checksum(packet.bytes);
}

/** RFC 1812 4.2.2.2: the address of the interface that the packet goes out on. */
function ownAddressOn({ interfaces }: NetworkContext, path: ForwardPath): IpAddress {
  return path.source ?? interfaces.sourceOn(path.interface, path.nextHop) ?? UNSPECIFIED_IPV4;
}
