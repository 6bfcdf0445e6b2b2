import { NETWORK_DROP_REASONS, type Verdict } from '@strata/wire';
import type { NetworkContext, NetworkPdu } from './context.ts';
import type { NetworkCounterName, NetworkCounters } from './counters.ts';
import type { NetworkDone, NetworkDrop } from './reasons.ts';

/** Drops the current PDU. Counts the drop as its reason says, and reports it to an observer. */
export function drop(context: NetworkContext, reason: NetworkDrop): NetworkDrop {
  count(context.counters, reason);
  if (context.outcomes.isOn) context.outcomes.report('dropped', reason);
  return reason;
}

/**
 * As {@link drop}, but for another PDU than the current one. Undefined: there is no PDU yet, or no
 * longer.
 */
export function dropOf(
  context: NetworkContext,
  pdu: NetworkPdu | undefined,
  reason: NetworkDrop,
): NetworkDrop {
  count(context.counters, reason);
  if (context.outcomes.isOn) context.outcomes.reportOf(pdu, 'dropped', reason);
  return reason;
}

/** Reports to an observer what was done with the current PDU. */
export function done(context: NetworkContext, verdict: Verdict, reason: NetworkDone): NetworkDone {
  if (context.outcomes.isOn) context.outcomes.report(verdict, reason);
  return reason;
}

function count(counters: NetworkCounters, reason: NetworkDrop): void {
  const names: readonly NetworkCounterName[] = NETWORK_DROP_REASONS[reason].counters;
  for (const name of names) counters[name] += 1;
}
