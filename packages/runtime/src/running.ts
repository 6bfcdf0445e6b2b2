import { hostname } from 'node:os';
import type { Bus } from '@strata/bus';
import type { Config } from './config/schema.ts';
import type { Logger } from './log.ts';

/** Whether a part of the system is up, and what is wrong where it is not. */
export interface Health {
  readonly ok: boolean;
  /** In words for a person, one sentence each; empty where `ok`. */
  readonly reasons: readonly string[];
}

/** Counters under their Linux names, each counting up from 0. */
export type Counters = Readonly<Record<string, number>>;

/** A part of the system that runs: a layer's service, the console, a bridge. */
export interface Running {
  /**
   * Stops taking work, sends out what is due, gives back devices and subscriptions. Never rejects;
   * a second call awaits the first.
   */
  stop(): Promise<void>;
  health(): Health;
  counters(): Counters;
}

/**
 * What every service is given when it starts. The bus and the log stay the caller's: a service
 * closes neither.
 */
export interface ServiceContext {
  readonly bus: Bus;
  readonly config: Config;
  /** Name of the stack in `config.stacks` that the service is a layer of. */
  readonly stack: string;
  readonly log: Logger;
}

/**
 * A name that this process has again when it is started anew: `STRATA_INSTANCE`, or else the
 * machine's.
 */
export function instanceName(): string {
  return process.env['STRATA_INSTANCE'] || hostname();
}

export const HEALTHY: Health = { ok: true, reasons: [] };

/** The health of a whole: up where all its parts are. Each reason is led by its part's name. */
export function combineHealth(parts: Readonly<Record<string, Health>>): Health {
  const reasons = Object.entries(parts).flatMap(([name, health]) =>
    health.ok ? [] : health.reasons.map((reason) => `${name}: ${reason}`),
  );
  return { ok: Object.values(parts).every((health) => health.ok), reasons };
}

/** The health of a bus: up while it is connected. */
export function busHealth(bus: Bus): Health {
  return bus.status === 'connected'
    ? HEALTHY
    : { ok: false, reasons: [`the bus is ${bus.status}`] };
}

/**
 * What a bus dropped of what was published, over all its channels; a lossless one drops nothing.
 */
export function busCounters(bus: Bus): Counters {
  if (bus.lossless) return {};
  const { droppedDisconnected, droppedCongested, droppedTooLarge } = bus.counters();
  return {
    bus_dropped_disconnected: droppedDisconnected,
    bus_dropped_congested: droppedCongested,
    bus_dropped_too_large: droppedTooLarge,
  };
}
