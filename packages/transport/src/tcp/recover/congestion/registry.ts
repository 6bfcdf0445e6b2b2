import type { CongestionState } from '../../state/recovery.ts';
import type { CongestionControl } from './congestion-control.ts';
import { cubic } from './cubic.ts';
import { none } from './none.ts';
import { reno } from './reno.ts';

const ALGORITHMS = new Map<string, CongestionControl>([
  [cubic.name, cubic],
  [reno.name, reno],
  [none.name, none],
]);

/** The names that `tcp_congestion_control` may have (`tcp_available_congestion_control`). */
export function availableCongestionControls(): string[] {
  return [...ALGORITHMS.keys()];
}

/** The algorithm with this name; `cubic` if there is none. */
export function congestionControl(name: string): CongestionControl {
  return ALGORITHMS.get(name) ?? cubic;
}

/**
 * The error message for a name that an application gave (TCP_CONGESTION); undefined if the name is
 * valid.
 */
export function congestionControlFault(name: string | undefined): string | undefined {
  if (name === undefined || ALGORITHMS.has(name)) return undefined;
  return `there is no congestion control ${name}; there is: ${availableCongestionControls().join(', ')}`;
}

/** Whether the connection's window is fixed ({@link CongestionControl.isFixed}). */
export function hasFixedWindow(state: CongestionState): boolean {
  return congestionControl(state.name).isFixed === true;
}

/**
 * The state after the algorithm of an open connection is changed (TCP_CONGESTION). As in Linux,
 * cwnd and ssthresh stay, and the new algorithm's own variables start afresh. From and to `none`
 * nothing is kept.
 */
export function switchCongestionControl(
  state: CongestionState,
  name: string,
  mss: number,
): CongestionState {
  const control = ALGORITHMS.get(name);
  if (control === undefined || control.name === state.name) return state;
  const fresh = control.create(mss);
  if (control.isFixed === true || hasFixedWindow(state)) return fresh;
  return { ...fresh, cwnd: state.cwnd, ssthresh: state.ssthresh };
}
