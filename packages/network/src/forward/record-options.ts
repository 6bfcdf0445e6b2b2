import {
  type IpAddress,
  type Ipv4Packet,
  internetChecksum,
  UNSPECIFIED_IPV4,
  writeUint16,
} from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { findOptions, RECORD_ROUTE, TIMESTAMP } from '../options/ipv4-options.ts';
import { recordOrOverflow, timeOfDay } from '../options/record.ts';
import type { ForwardPath } from './forward-path.ts';

/**
 * Records this router in the record route and timestamp options of a packet that it forwards, in
 * place (RFC 1812 5.3.13.2, 5.3.13.4). The options are well formed.
 */
export function recordThisRouter(
  context: NetworkContext,
  packet: Ipv4Packet,
  path: ForwardPath,
  nowMs: number,
): void {
  const options = findOptions(packet.options, [RECORD_ROUTE, TIMESTAMP]);
  if (options.length === 0) return;
  const router = {
    address: addressTowards(context, path),
    time: timeOfDay(nowMs, context.unixTimeAtZeroMs),
    isOwn: (address: IpAddress) => context.interfaces.isOwn(address),
  };
  for (const option of options) recordOrOverflow(option, router);
  rewriteChecksum(packet);
}

/** RFC 1812 5.3.13.2: the address of the interface that the packet goes out on. */
function addressTowards({ interfaces }: NetworkContext, path: ForwardPath): IpAddress {
  const { route, nextHop } = path;
  return route.source ?? interfaces.sourceOn(path.interface, nextHop) ?? UNSPECIFIED_IPV4;
}

function rewriteChecksum({ bytes, headerOctets }: Ipv4Packet): void {
  writeUint16(bytes, 10, 0);
  writeUint16(bytes, 10, internetChecksum(bytes.subarray(0, headerOctets)));
}
