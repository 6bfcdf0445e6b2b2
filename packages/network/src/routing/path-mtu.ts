import type { IpAddress } from '@strata/wire';
import type { NetworkContext } from '../context.ts';
import { LOOPBACK_INDEX } from '../interfaces.ts';
import { done, drop } from '../outcomes.ts';
import type { NetworkPathMtuRequest } from '../pdu.ts';
import type { NetworkOutcome } from '../reasons.ts';
import { findPath } from './paths.ts';

/**
 * Lowers the path MTU to `mtu` octets, but not below the smallest that is believed. Returns the
 * path MTU from now on; 0 where there is no path.
 */
export function lowerPathMtu(
  context: NetworkContext,
  source: IpAddress,
  destination: IpAddress,
  mtu: number,
  nowMs: number,
): number {
  const path = findPath(context, source, destination, 0, nowMs);
  if (typeof path === 'string' || path.interface.index === LOOPBACK_INDEX) return 0;
  const lowered = context.exceptions.lowerMtu(destination, mtu, path.mtu, nowMs);
  if (lowered < path.mtu) context.counters.StrataPathMtuChanges += 1;
  return lowered;
}

/** Handles transport's confirmation of a path MTU. */
export function confirmPathMtu(
  context: NetworkContext,
  { source, destination, mtu }: NetworkPathMtuRequest,
  nowMs: number,
): NetworkOutcome {
  if (context.sysctl.ip_no_pmtu_disc !== 0) return drop(context, 'strata/PATH_MTU_IGNORED');
  const before = context.counters.StrataPathMtuChanges;
  lowerPathMtu(context, source, destination, mtu, nowMs);
  const isLearnt = context.counters.StrataPathMtuChanges > before;
  return isLearnt
    ? done(context, 'delivered', 'strata/PATH_MTU_LEARNT')
    : drop(context, 'strata/PATH_MTU_IGNORED');
}
