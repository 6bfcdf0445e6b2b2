import { NETWORK_DROP_REASONS, type NETWORK_OTHER_REASONS } from '@strata/wire';

/** Why a packet or event was dropped. */
export type NetworkDrop = keyof typeof NETWORK_DROP_REASONS;

/** Other results than a drop, with their reasons. */
export type NetworkDone = keyof typeof NETWORK_OTHER_REASONS;

/** The outcome of an input. */
export type NetworkOutcome = NetworkDrop | NetworkDone;

/** Whether the outcome is a drop. */
export function isDrop(outcome: NetworkOutcome): outcome is NetworkDrop {
  return outcome in NETWORK_DROP_REASONS;
}
