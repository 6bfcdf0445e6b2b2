/** Whether somebody here wants a packet to a multicast group. */
import type { IpAddress } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { isNothing, passes } from './source-filter.ts';
import { ALL_HOSTS_GROUP } from './state.ts';

/** Whether a packet to the group passes: some socket here wants it (RFC 3376 3.2). */
export function isWanted(
  context: NetworkContext,
  interfaceIndex: number,
  group: IpAddress,
  source: IpAddress,
): boolean {
  if (group === ALL_HOSTS_GROUP) return true;
  const state = context.igmp.interfaces.get(interfaceIndex)?.groups.get(group);
  return state !== undefined && passes(state.filter, source);
}

/** Whether the interface is a member of the group, whatever the sources. */
export function isJoined(
  context: NetworkContext,
  interfaceIndex: number,
  group: IpAddress,
): boolean {
  if (group === ALL_HOSTS_GROUP) return true;
  const state = context.igmp.interfaces.get(interfaceIndex)?.groups.get(group);
  return state !== undefined && !isNothing(state.filter);
}
