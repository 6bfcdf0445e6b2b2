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

/** The algorithm of that name; `cubic` where there is none. */
export function congestionControl(name: string): CongestionControl {
  return ALGORITHMS.get(name) ?? cubic;
}

/** What is wrong with a name that an application gave (TCP_CONGESTION). */
export function congestionControlFault(name: string | undefined): string | undefined {
  if (name === undefined || ALGORITHMS.has(name)) return undefined;
  return `there is no congestion control ${name}; there is: ${availableCongestionControls().join(', ')}`;
}

/** Whether the window of a connection never changes ({@link CongestionControl.isFixed}). */
export function hasFixedWindow(state: CongestionState): boolean {
  return congestionControl(state.name).isFixed === true;
}

/**
 * The state of a connection whose algorithm is changed while it is open (TCP_CONGESTION): as in
 * Linux, window and threshold stay, the new algorithm's own numbers start afresh. Between `none`
 * and the others nothing is worth keeping.
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
