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
  { source, destination, protocol, mtu }: NetworkPathMtuRequest,
  nowMs: number,
): NetworkOutcome {
  if (!believesReports(context, protocol)) return drop(context, 'strata/PATH_MTU_IGNORED');
  const before = context.counters.StrataPathMtuChanges;
  lowerPathMtu(context, source, destination, mtu, nowMs);
  const isLearnt = context.counters.StrataPathMtuChanges > before;
  return isLearnt
    ? done(context, 'delivered', 'strata/PATH_MTU_LEARNT')
    : drop(context, 'strata/PATH_MTU_IGNORED');
}

/**
 * Whether a report about a packet of this protocol may lower the path MTU to what it says
 * (`ip_no_pmtu_disc`).
 */
export function believesReports({ sysctl, protocols }: NetworkContext, protocol: number): boolean {
  const mode = sysctl.ip_no_pmtu_disc;
  return mode === 0 || (mode === 3 && protocols.get(protocol)?.verifiesErrors === true);
}
