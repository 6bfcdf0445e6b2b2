import type { CongestionControl } from './congestion-control.ts';
import { cubic } from './cubic.ts';
import { reno } from './reno.ts';

const ALGORITHMS = new Map<string, CongestionControl>([
  [cubic.name, cubic],
  [reno.name, reno],
]);

/** The names that `tcp_congestion_control` may have (`tcp_available_congestion_control`). */
export function availableCongestionControls(): string[] {
  return [...ALGORITHMS.keys()];
}

/** The algorithm of that name; `reno` where there is none. */
export function congestionControl(name: string): CongestionControl {
  return ALGORITHMS.get(name) ?? reno;
}
