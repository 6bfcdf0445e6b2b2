import type { Channel } from '@strata/contract';
import {
  type Bus,
  type BusCounters,
  BusError,
  type BusStatus,
  type EpochOf,
  type Observation,
  type Observer,
  type RunningService,
  type ServiceDescription,
  type SubscribeOptions,
  type Subscription,
} from './bus.ts';
import { claimedEpoch } from './epoch-fence.ts';
import { MemoryServices } from './memory-services.ts';
import { Scheduler, throwLater } from './scheduler.ts';
import { StatusReporter } from './status.ts';
import { SubscriptionQueue } from './subscription-queue.ts';

/** The key of PDUs if no subscriber uses keys. */
const NO_KEY = '';

/** How long drain() and settle() go on while receivers answer each other. */
const DRAIN_MS = 1000;

/** The subscriptions of one channel. */
interface Topic {
  /** The subscriptions that select by content. If there are no others, no key is computed. */
  readonly keyless: Selection[];
  readonly all: SubscriptionQueue<unknown>[];
  readonly byKey: Map<string, SubscriptionQueue<unknown>[]>;
}

interface Selection {
  readonly selects: (pdu: unknown) => boolean;
  readonly queue: SubscriptionQueue<unknown>;
}

interface Seen {
  readonly subject: string;
  readonly key: string;
  readonly pdus: unknown[];
}

/**
 * The bus inside one process. It passes PDUs on as objects; nothing is encoded. It delivers in a
 * microtask after the code that published. If a PDU has several receivers, the first gets the PDU
 * itself and each other one gets a clone.
 */
export class MemoryBus implements Bus {
  readonly lossless = true;
  readonly #status = new StatusReporter('connected');
  readonly #topics = new Map<string, Topic>();
  readonly #services = new MemoryServices();
  /** By channel subject. */
  readonly #observers = new Map<string, Set<Observer>>();
  readonly #scheduler = new Scheduler(() => this.#showObservers());
  #seen: Seen[] = [];
  #published = 0;
  #droppedDisconnected = 0;

  get status(): BusStatus {
    return this.#status.status;
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    return this.#status.listen(listener);
  }

  publish<Pdu>(channel: Channel<Pdu>, pdus: readonly Pdu[], epochOf?: EpochOf): void {
    this.#published += pdus.length;
    if (this.status === 'closed') {
      this.#droppedDisconnected += pdus.length;
      return;
    }
    const topic = this.#topics.get(channel.subject);
    const observed = this.#observers.size > 0 && this.#observers.has(channel.subject);
    if (topic === undefined && !observed) return;
    const isKeyed = observed || epochOf !== undefined || (topic !== undefined && hasKeys(topic));
    for (const pdu of pdus) {
      const key = isKeyed ? channel.keyOf(pdu) : NO_KEY;
      if (observed) this.#see(channel.subject, key, hasTail(pdu) ? copy(channel, pdu) : pdu);
      if (topic !== undefined) hand(channel, topic, key, pdu, epochOf);
    }
  }

  #see(subject: string, key: string, pdu: unknown): void {
    const last = this.#seen.at(-1);
    if (last !== undefined && last.subject === subject && last.key === key) {
      last.pdus.push(pdu);
      return;
    }
    this.#seen.push({ subject, key, pdus: [pdu] });
    this.#scheduler.poke();
  }

  #showObservers(): void {
    if (this.#seen.length === 0) return;
    const seen = this.#seen;
    this.#seen = [];
    for (const { subject, key, pdus } of seen) {
      for (const observer of this.#observers.get(subject) ?? []) {
        try {
          observer(subject, key, pdus);
        } catch (error) {
          throwLater(error);
        }
      }
    }
  }

  subscribe<Pdu>(
    channel: Channel<Pdu>,
    handler: (batch: Pdu[], key: string) => void,
    options: SubscribeOptions<Pdu> = {},
  ): Subscription {
    if (this.status === 'closed') throw new BusError('BUS_CLOSED', 'the bus is closed');
    const topic = this.#topicOf(channel.subject);
    let leave = () => {};
    const queue: SubscriptionQueue<unknown> = new SubscriptionQueue<unknown>(
      this.#scheduler,
      handler as (batch: unknown[], key: string) => void,
      options,
      () => leave(),
    );
    leave = join(topic, queue, options as SubscribeOptions);
    return queue;
  }

  #topicOf(subject: string): Topic {
    let topic = this.#topics.get(subject);
    if (topic === undefined) {
      topic = { keyless: [], all: [], byKey: new Map() };
      this.#topics.set(subject, topic);
    }
    return topic;
  }

  request(subject: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return this.#services.request(subject, body, timeoutMs);
  }

  serve(service: ServiceDescription): RunningService {
    return this.#services.serve(service);
  }

  observe(channels: readonly Channel<unknown>[], observer: Observer): Observation {
    if (this.status === 'closed') throw new BusError('BUS_CLOSED', 'the bus is closed');
    // A new function for each observation, so that two may share one observer.
    const own: Observer = (subject, key, pdus) => observer(subject, key, pdus);
    const subjects = channels.map(({ subject }) => subject);
    for (const subject of subjects) {
      this.#observers.set(subject, (this.#observers.get(subject) ?? new Set()).add(own));
    }
    return {
      ready: Promise.resolve(),
      missed: () => 0,
      stop: () => {
        for (const subject of subjects) {
          const observers = this.#observers.get(subject);
          observers?.delete(own);
          if (observers?.size === 0) this.#observers.delete(subject);
        }
      },
    };
  }

  counters(): BusCounters {
    return {
      published: this.#published,
      droppedDisconnected: this.#droppedDisconnected,
      droppedCongested: 0,
      droppedTooLarge: 0,
    };
  }

  async flush(): Promise<void> {}

  async settle(): Promise<void> {
    if (this.status === 'closed') return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS);
    });
    await Promise.race([this.#scheduler.idle(), late]);
    clearTimeout(timer);
  }

  async drain(): Promise<void> {
    await this.settle();
    await this.close();
  }

  async close(): Promise<void> {
    if (this.status === 'closed') return;
    for (const { keyless, all, byKey } of this.#topics.values()) {
      const selecting = keyless.map(({ queue }) => queue);
      for (const queue of [...selecting, ...all, ...[...byKey.values()].flat()]) queue.close();
    }
    this.#topics.clear();
    this.#observers.clear();
    this.#services.close();
    this.#status.set('closed');
  }
}

/** The subscriptions of one key. Creates an empty list for a new key. */
function listOf(topic: Topic, key: string): SubscriptionQueue<unknown>[] {
  let list = topic.byKey.get(key);
  if (list === undefined) {
    list = [];
    topic.byKey.set(key, list);
  }
  return list;
}

/** Adds the subscription to a channel's. Returns a function that removes it. */
function join(
  topic: Topic,
  queue: SubscriptionQueue<unknown>,
  { keys, selects }: SubscribeOptions,
): () => void {
  if (selects !== undefined) {
    const selection = { selects, queue };
    topic.keyless.push(selection);
    return () => topic.keyless.splice(topic.keyless.indexOf(selection), 1);
  }
  const named = keys === undefined ? [] : [...new Set(keys)];
  const lists = keys === undefined ? [topic.all] : named.map((key) => listOf(topic, key));
  for (const list of lists) list.push(queue);
  return () => {
    for (const list of lists) list.splice(list.indexOf(queue), 1);
    for (const key of named) if (listOf(topic, key).length === 0) topic.byKey.delete(key);
  };
}

function hasKeys({ all, byKey }: Topic): boolean {
  return all.length > 0 || byKey.size > 0;
}

/** Gives the PDU to all subscriptions that select it or have its key. */
function hand<Pdu>(
  channel: Channel<Pdu>,
  topic: Topic,
  key: string,
  pdu: Pdu,
  epochOf: EpochOf | undefined,
): void {
  const { keyless, all, byKey } = topic;
  const octets = channel.sizeOf(pdu);
  const epoch = claimedEpoch(channel, pdu, key, epochOf);
  const shard = epoch === 0 ? 0 : channel.claims!.shardOf(pdu, key);
  let taken = false;
  for (const { selects, queue } of keyless) {
    if (!selects(pdu) || (epoch !== 0 && queue.refuses(shard, epoch))) continue;
    queue.offer(NO_KEY, taken ? copy(channel, pdu) : pdu, octets);
    taken = true;
  }
  for (const queue of all) {
    if (!queue.wants(key) || (epoch !== 0 && queue.refuses(shard, epoch))) continue;
    queue.offer(key, taken ? copy(channel, pdu) : pdu, octets);
    taken = true;
  }
  const some = byKey.size === 0 ? undefined : byKey.get(key);
  if (some === undefined) return;
  for (const queue of some) {
    if (!queue.wants(key) || (epoch !== 0 && queue.refuses(shard, epoch))) continue;
    queue.offer(key, taken ? copy(channel, pdu) : pdu, octets);
    taken = true;
  }
}

function copy<Pdu>(channel: Channel<Pdu>, pdu: Pdu): Pdu {
  return channel.clone === undefined ? pdu : channel.clone(pdu);
}

/**
 * Whether part of the bytes is in a tail (PduMeta.tail). An observer gets the PDU joined into one
 * piece.
 */
function hasTail(pdu: unknown): boolean {
  return (pdu as { readonly tail?: unknown }).tail !== undefined;
}
