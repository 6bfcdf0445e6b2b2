/**
 * Where a core's inputs come from, and where its outputs go: the two tables that a layer's service
 * consists of.
 */
import { type Bus, everyPdu } from '@strata/bus';
import type { Channel } from '@strata/contract';
import type { Driver } from '../driver.ts';
import type { Counters } from '../running.ts';

/** Opens a source of inputs: from then on it hands them to the driver. */
export type Input = (driver: Driver) => OpenInput;

export interface OpenInput {
  /** What was dropped before the core saw it. Default: nothing is counted. */
  counters?(): Counters;
  /** No input comes any more. */
  close(): void;
}

/**
 * Polls one kind of output of the core until there is none, and hands it on. Called after each
 * batch of inputs.
 */
export type Output = (nowMs: number) => void;

export interface BusInputOptions {
  /** Whether the PDUs come from below: see SubscribeOptions. Default false. */
  readonly isInput?: boolean | undefined;
  /**
   * Whether credits bound what waits. Then the queue has no bound of its own, and drops nothing.
   * Default false.
   */
  readonly isCredited?: boolean | undefined;
}

/**
 * The PDUs of a channel, of all shards, each for `handle`. `name` describes one in logs
 * (`indication`); its counters are `<name>_malformed`, `<name>_stale` and, where the queue has a
 * bound, `<name>_dropped`.
 */
export function fromBus<Pdu>(
  bus: Bus,
  name: string,
  channel: Channel<Pdu>,
  handle: (pdu: Pdu, nowMs: number) => void,
  { isInput = false, isCredited = false }: BusInputOptions = {},
): Input {
  const max = isCredited ? Number.POSITIVE_INFINITY : undefined;
  return (driver) => {
    const subscription = bus.subscribe(channel, (batch) => driver.batch(name, batch, handle), {
      isInput,
      selects: everyPdu,
      maxPendingPdus: max,
      maxPendingOctets: max,
    });
    return {
      counters: () => {
        const { dropped, malformed, stale } = subscription.counters();
        return {
          ...(isCredited ? {} : { [`${name}_dropped`]: dropped }),
          [`${name}_malformed`]: malformed,
          [`${name}_stale`]: stale,
        };
      },
      close: () => subscription.close(),
    };
  };
}

/** Publishes all that `poll` gives, in one piece. */
export function toBus<Pdu>(bus: Bus, channel: Channel<Pdu>, poll: () => Pdu | undefined): Output {
  return () => {
    const first = poll();
    if (first === undefined) return;
    const pdus = [first];
    for (let it = poll(); it !== undefined; it = poll()) pdus.push(it);
    bus.publish(channel, pdus);
  };
}
