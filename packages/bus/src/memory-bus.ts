import type { Channel } from '@strata/contract';
import {
  type Bus,
  type BusCounters,
  BusError,
  type BusStatus,
  type Observer,
  type RunningService,
  type ServiceDescription,
  type SubscribeOptions,
  type Subscription,
} from './bus.ts';
import { MemoryServices } from './memory-services.ts';
import { Scheduler, throwLater } from './scheduler.ts';
import { StatusReporter } from './status.ts';
import { SubscriptionQueue } from './subscription-queue.ts';

/** How long settle() goes on while receivers answer each other. */
const DRAIN_MS = 1000;

/** The subscriptions of one channel. */
interface Topic {
  readonly all: SubscriptionQueue<unknown>[];
  readonly byKey: Map<string, SubscriptionQueue<unknown>[]>;
}

interface Seen {
  readonly subject: string;
  readonly key: string;
  readonly pdus: unknown[];
}

/**
 * The bus inside one process: PDUs pass as the values that they are, nothing is encoded. Delivery is in a microtask after the
 * code that published. Where a PDU has several receivers, each but the first gets a clone.
 */
export class MemoryBus implements Bus {
  readonly lossless = true;
  readonly #status = new StatusReporter('connected');
  readonly #topics = new Map<string, Topic>();
  readonly #services = new MemoryServices();
  readonly #observers = new Set<Observer>();
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

  publish<Pdu>(channel: Channel<Pdu>, pdus: readonly Pdu[]): void {
    this.#published += pdus.length;
    if (this.status === 'closed') {
      this.#droppedDisconnected += pdus.length;
      return;
    }
    const topic = this.#topics.get(channel.subject);
    const observed = this.#observers.size > 0;
    if (topic === undefined && !observed) return;
    for (const pdu of pdus) {
      const key = channel.keyOf(pdu);
      if (observed) this.#see(channel.subject, key, hasTail(pdu) ? copy(channel, pdu) : pdu);
      if (topic !== undefined) hand(channel, topic, key, pdu);
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
      for (const observer of this.#observers) {
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
    options: SubscribeOptions = {},
  ): Subscription {
    if (this.status === 'closed') throw new BusError('BUS_CLOSED', 'the bus is closed');
    const topic = this.#topicOf(channel.subject);
    const keys = options.keys === undefined ? undefined : [...new Set(options.keys)];
    const lists = keys === undefined ? [topic.all] : keys.map((key) => listOf(topic, key));
    const queue: SubscriptionQueue<unknown> = new SubscriptionQueue<unknown>(
      this.#scheduler,
      (batch, key) => handler(batch as Pdu[], key),
      options,
      () => {
        for (const list of lists) list.splice(list.indexOf(queue), 1);
        for (const key of keys ?? []) if (listOf(topic, key).length === 0) topic.byKey.delete(key);
      },
    );
    for (const list of lists) list.push(queue);
    return queue;
  }

  #topicOf(subject: string): Topic {
    let topic = this.#topics.get(subject);
    if (topic === undefined) {
      topic = { all: [], byKey: new Map() };
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

  observe(observer: Observer): () => void {
    const own: Observer = (subject, key, pdus) => observer(subject, key, pdus);
    this.#observers.add(own);
    return () => {
      this.#observers.delete(own);
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
    for (const { all, byKey } of this.#topics.values()) {
      for (const queue of [...all, ...[...byKey.values()].flat()]) queue.close();
    }
    this.#topics.clear();
    this.#observers.clear();
    this.#services.close();
    this.#status.set('closed');
  }
}

/** The subscriptions of one key, empty where it is new. */
function listOf(topic: Topic, key: string): SubscriptionQueue<unknown>[] {
  let list = topic.byKey.get(key);
  if (list === undefined) {
    list = [];
    topic.byKey.set(key, list);
  }
  return list;
}

/** Gives the PDU to all who hear its key. */
function hand<Pdu>(channel: Channel<Pdu>, topic: Topic, key: string, pdu: Pdu): void {
  const { all, byKey } = topic;
  const some = byKey.get(key);
  const octets = channel.sizeOf(pdu);
  let taken = false;
  for (const queue of all) {
    if (!queue.wants(key)) continue;
    queue.offer(key, taken ? copy(channel, pdu) : pdu, octets);
    taken = true;
  }
  if (some === undefined) return;
  for (const queue of some) {
    if (!queue.wants(key)) continue;
    queue.offer(key, taken ? copy(channel, pdu) : pdu, octets);
    taken = true;
  }
}

function copy<Pdu>(channel: Channel<Pdu>, pdu: Pdu): Pdu {
  return channel.clone === undefined ? pdu : channel.clone(pdu);
}

/** Whether part of the bytes lies elsewhere (PduMeta.tail): who looks on sees the PDU whole. */
function hasTail(pdu: unknown): boolean {
  return (pdu as { readonly tail?: unknown }).tail !== undefined;
}
