import { type AddressType, BROADCAST_MAC, type MacAddress } from '@strata/wire';
import type { LinkInterface } from './interface.ts';

/** How a frame to this address is addressed to the interface; undefined: it is for others. */
export function addressTypeOf(
  link: LinkInterface,
  destination: MacAddress,
): AddressType | undefined {
  if (destination === link.mac) return 'unicast';
  if (destination === BROADCAST_MAC) return 'broadcast';
  return link.hasGroupMac(destination) ? 'multicast' : undefined;
}
