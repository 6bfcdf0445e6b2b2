import { FlowTable } from './flow-table.ts';
import type { NatConfig } from './nat-config.ts';

/** How often expired flows are looked for. */
const SWEEP_MS = 10_000;

/** Address translation of one stack. */
export interface NatState {
  readonly config: NatConfig;
  readonly flows: FlowTable;
  /** When expired flows are looked for. Infinity: there is no flow. */
  sweepAtMs: number;
}

/** Undefined: the stack translates nothing. */
export function createNatState(config: NatConfig | undefined): NatState | undefined {
  const isEmpty =
    config === undefined || config.masquerade.length + config.portForwards.length === 0;
  return isEmpty ? undefined : { config, flows: new FlowTable(), sweepAtMs: Infinity };
}

/** Notes that there is a flow. */
export function planSweep(nat: NatState, nowMs: number): void {
  nat.sweepAtMs = Math.min(nat.sweepAtMs, nowMs + SWEEP_MS);
}

/** Forgets flows that have expired. */
export function sweepFlows(nat: NatState, nowMs: number): void {
  if (nowMs < nat.sweepAtMs) return;
  for (const flow of [...nat.flows]) if (flow.expiresAtMs <= nowMs) nat.flows.remove(flow);
  nat.sweepAtMs = nat.flows.size === 0 ? Infinity : nowMs + SWEEP_MS;
}
