/** Inputs and outputs of a core. A layer's service lists them. */
import { type Bus, type EpochOf, everyPdu } from '@strata/bus';
import type { Channel } from '@strata/contract';
import type { Driver } from '../driver.ts';
import type { Counters } from '../running.ts';

/** Opens a source of inputs, which hands them to the driver from then on. */
export type Input = (driver: Driver) => OpenInput;

export interface OpenInput {
  /** Inputs that were dropped before the core. Default: no counters. */
  counters?(): Counters;
  /** After this no input comes. */
  close(): void;
}

/**
 * Polls one kind of output until there is none, and passes it on. Called after each batch of
 * inputs.
 */
export type Output = (nowMs: number) => void;

export interface BusInputOptions {
  /** Whether the PDUs come from below: see `isInput` of SubscribeOptions. Default false. */
  readonly isInput?: boolean | undefined;
  /**
   * Whether credits bound the queue. Then it has no other bound, and drops nothing. Default false.
   */
  readonly isCredited?: boolean | undefined;
}

/**
 * Subscribes to a channel, all shards, and calls `handle` for each PDU. `name` is the kind of input
 * in logs, such as `indication`. Counters are `<name>_malformed`, `<name>_stale` and, if the queue
 * is bounded, `<name>_dropped`.
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

/** Publishes all PDUs that `poll` gives in one call. `epochOf`: as for publish(). */
export function toBus<Pdu>(
  bus: Bus,
  channel: Channel<Pdu>,
  poll: () => Pdu | undefined,
  epochOf?: EpochOf,
): Output {
  return () => {
    const first = poll();
    if (first === undefined) return;
    const pdus = [first];
    for (let it = poll(); it !== undefined; it = poll()) pdus.push(it);
    bus.publish(channel, pdus, epochOf);
  };
}
