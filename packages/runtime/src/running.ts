import { hostname } from 'node:os';
import type { Bus } from '@strata/bus';
import type { Config } from './config/schema.ts';
import type { Logger } from './log.ts';

/** Whether a part of the system works, and if not, why. */
export interface Health {
  readonly ok: boolean;
  /** Sentences for a person. Empty if `ok`. */
  readonly reasons: readonly string[];
}

/** Counters by their Linux names. Each starts at 0. */
export type Counters = Readonly<Record<string, number>>;

/** A running part of the system: a layer's service, the console, a bridge. */
export interface Running {
  /**
   * Takes no more work, sends what is due, and closes devices and subscriptions. Never rejects. A
   * second call waits for the first.
   */
  stop(): Promise<void>;
  health(): Health;
  counters(): Counters;
}

/**
 * What each service gets when it starts. The caller owns the bus and the log: a service closes
 * neither.
 */
export interface ServiceContext {
  readonly bus: Bus;
  readonly config: Config;
  /** Name of the stack in `config.stacks` that the service is a layer of. */
  readonly stack: string;
  readonly log: Logger;
}

/**
 * A name that stays the same when this process restarts: `STRATA_INSTANCE`, or else the host name.
 */
export function instanceName(): string {
  return process.env['STRATA_INSTANCE'] || hostname();
}

export const HEALTHY: Health = { ok: true, reasons: [] };

/** The health of several parts together. Each reason starts with its part's name. */
export function combineHealth(parts: Readonly<Record<string, Health>>): Health {
  const reasons = Object.entries(parts).flatMap(([name, health]) =>
    health.ok ? [] : health.reasons.map((reason) => `${name}: ${reason}`),
  );
  return { ok: Object.values(parts).every((health) => health.ok), reasons };
}

/** The health of a bus: ok while it is connected. */
export function busHealth(bus: Bus): Health {
  return bus.status === 'connected'
    ? HEALTHY
    : { ok: false, reasons: [`the bus is ${bus.status}`] };
}

/** PDUs that a bus dropped instead of publishing, over all channels. A lossless bus drops none. */
export function busCounters(bus: Bus): Counters {
  if (bus.lossless) return {};
  const { droppedDisconnected, droppedCongested, droppedTooLarge } = bus.counters();
  return {
    bus_dropped_disconnected: droppedDisconnected,
    bus_dropped_congested: droppedCongested,
    bus_dropped_too_large: droppedTooLarge,
  };
}
