import { errors, type Msg, type Subscription as NatsSubscription } from '@nats-io/transport-node';
import { type Channel, ContractError } from '@strata/contract';
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
import { type NatsConnections, NatsLinks } from './nats-links.ts';
import { NatsMirror } from './nats-mirror.ts';
import { NatsObservation } from './nats-observation.ts';
import { DEFAULT_MAX_IN_FLIGHT_OCTETS, NatsOutbox } from './nats-outbox.ts';
import { NatsService, SERVICE_ERROR_CODE_HEADER, SERVICE_ERROR_HEADER } from './nats-service.ts';
import { Scheduler, throwLater } from './scheduler.ts';
import { SubscriptionQueue } from './subscription-queue.ts';

/** How long drain() waits for NATS and for handlers, milliseconds. */
const DRAIN_MS = 5000;
/** How long settle() waits for NATS and for handlers, milliseconds. */
const SETTLE_MS = 1000;

/** A subscription of this process. It also gets what this process itself publishes. */
interface Receiver {
  readonly channel: Channel<unknown>;
  readonly queue: SubscriptionQueue<unknown>;
  /** Undefined: all keys. */
  readonly keys: ReadonlySet<string> | undefined;
}

/**
 * The bus over NATS: one message is one batch of a channel's PDUs in protobuf. PDUs have their own
 * connection. Requests and copies for viewers use a second one, so that their slow readers cannot
 * delay PDUs. The server does not echo PDUs: the bus gives this process's own PDUs to its own
 * subscribers directly. connectNats makes it.
 */
export class NatsBus implements Bus {
  readonly lossless = false;
  readonly #pdu: NatsConnections['pdu'];
  readonly #control: NatsConnections['control'];
  readonly #links: NatsLinks;
  readonly #outbox: NatsOutbox;
  readonly #mirror: NatsMirror;
  readonly #observations = new Set<NatsObservation>();
  readonly #scheduler = new Scheduler(() => {});
  readonly #queues = new Set<SubscriptionQueue<unknown>>();
  readonly #receivers = new Map<string, Set<Receiver>>();
  readonly #subscriptions = new Set<NatsSubscription>();
  readonly #services = new Set<NatsService>();
  #published = 0;
  #draining = false;
  #closing = false;

  constructor(connections: NatsConnections, maxInFlightOctets = DEFAULT_MAX_IN_FLIGHT_OCTETS) {
    this.#pdu = connections.pdu;
    this.#control = connections.control;
    this.#links = new NatsLinks(connections, (isConnected) => {
      this.#outbox.connected = isConnected;
    });
    this.#outbox = new NatsOutbox(this.#pdu, maxInFlightOctets, (channel, key, pdus, message) => {
      this.#deliverHere(channel.subject, key, message);
      if (this.#mirror.isOn) this.#mirror.show(channel.subject, key, pdus.length, message);
    });
    this.#mirror = new NatsMirror(this.#control, () => this.#links.isControlConnected);
  }

  get status(): BusStatus {
    return this.#links.status;
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    return this.#links.listen(listener);
  }

  publish<Pdu>(channel: Channel<Pdu>, pdus: readonly Pdu[], epochOf?: EpochOf): void {
    this.#published += pdus.length;
    if (isForViewers(channel.subject) && this.status !== 'closed') {
      this.#mirror.publish(channel, pdus);
    } else this.#outbox.publish(channel, pdus, epochOf);
  }

  #deliverHere(channelSubject: string, key: string, message: Uint8Array): void {
    const receivers = this.#receivers.get(channelSubject);
    if (receivers === undefined) return;
    for (const receiver of receivers) {
      const { keys } = receiver;
      // A copy, because the message's memory is reused.
      if (keys === undefined || keys.has(key)) accept(receiver, key, () => message.slice());
    }
  }

  subscribe<Pdu>(
    channel: Channel<Pdu>,
    handler: (batch: Pdu[], key: string) => void,
    options: SubscribeOptions<Pdu> = {},
  ): Subscription {
    this.#checkOpen();
    const subscriptions: NatsSubscription[] = [];
    const queue: SubscriptionQueue<unknown> = new SubscriptionQueue<unknown>(
      this.#scheduler,
      (batch, key) => handler(batch as Pdu[], key),
      options,
      () => {
        this.#queues.delete(queue);
        leave();
        for (const subscription of subscriptions) this.#unsubscribe(subscription);
      },
    );
    this.#queues.add(queue);
    const receiver: Receiver = {
      channel: channel as Channel<unknown>,
      queue,
      keys: options.keys && new Set(options.keys),
    };
    const leave = this.#receive(receiver);
    const keyAt = channel.subject.length + 1;
    const callback = (error: Error | null, message: Msg) => {
      if (error === null) {
        accept(receiver, message.subject.slice(keyAt), () => message.data);
      }
    };
    for (const key of new Set(options.keys ?? ['*'])) {
      const subscription = this.#pdu.subscribe(`${channel.subject}.${key}`, { callback });
      subscriptions.push(subscription);
      this.#subscriptions.add(subscription);
    }
    return queue;
  }

  /** Returns a function that stops it. */
  #receive(receiver: Receiver): () => void {
    const { subject } = receiver.channel;
    const receivers = this.#receivers.get(subject) ?? new Set();
    this.#receivers.set(subject, receivers.add(receiver));
    return () => {
      receivers.delete(receiver);
      if (receivers.size === 0 && this.#receivers.get(subject) === receivers) {
        this.#receivers.delete(subject);
      }
    };
  }

  #unsubscribe(subscription: NatsSubscription): void {
    this.#subscriptions.delete(subscription);
    if (!this.#pdu.isClosed()) subscription.unsubscribe();
  }

  #checkOpen(): void {
    if (this.status === 'closed' || this.#draining || this.#closing) {
      throw new BusError('BUS_CLOSED', 'the bus is closed');
    }
  }

  async request(subject: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (this.status === 'closed') throw new BusError('BUS_CLOSED', 'the bus is closed');
    const deadlineMs = performance.now() + timeoutMs;
    await this.#connected(subject, timeoutMs);
    // NATS requires at least one millisecond.
    const timeout = Math.max(1, deadlineMs - performance.now());
    let reply: Msg;
    try {
      reply = await this.#control.request(subject, body, { timeout });
    } catch (error) {
      throw this.#requestError(subject, timeoutMs, error);
    }
    const why = reply.headers?.get(SERVICE_ERROR_HEADER);
    const code = reply.headers?.get(SERVICE_ERROR_CODE_HEADER);
    if (why || code) throw new BusError('BUS_REMOTE', why || `error ${code}`);
    return reply.data;
  }

  #requestError(subject: string, timeoutMs: number, error: unknown): BusError {
    const cause = { cause: error };
    if (this.#closing || this.#control.isClosed()) {
      return new BusError('BUS_CLOSED', 'the bus is closed', cause);
    }
    if (isCausedBy(error, errors.NoRespondersError)) {
      return new BusError('BUS_NO_RESPONDERS', `no service answers ${subject}`, cause);
    }
    return new BusError('BUS_TIMEOUT', `${subject} did not answer within ${timeoutMs} ms`, cause);
  }

  /** Waits until the connection is there. */
  #connected(subject: string, timeoutMs: number): Promise<void> {
    if (this.status === 'connected') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(
          new BusError(
            'BUS_TIMEOUT',
            `no connection to NATS for ${subject} within ${timeoutMs} ms`,
          ),
        );
      }, timeoutMs);
      const stop = this.onStatus((status) => {
        stop();
        clearTimeout(timer);
        if (status === 'connected') resolve();
        else reject(new BusError('BUS_CLOSED', 'the bus is closed'));
      });
    });
  }

  serve(description: ServiceDescription): RunningService {
    this.#checkOpen();
    const service = new NatsService(this.#control, description);
    this.#services.add(service);
    return {
      stop: async () => {
        this.#services.delete(service);
        await service.stop();
      },
    };
  }

  observe(channels: readonly Channel<unknown>[], observer: Observer): Observation {
    this.#checkOpen();
    const isConnected = () => this.#links.isControlConnected;
    const observation: NatsObservation = new NatsObservation(
      {
        connection: this.#control,
        isConnected,
        onStop: () => this.#observations.delete(observation),
      },
      channels,
      observer,
    );
    this.#observations.add(observation);
    return observation;
  }

  counters(): BusCounters {
    return { published: this.#published, ...this.#outbox.counters };
  }

  async flush(): Promise<void> {
    this.#outbox.flush();
    if (this.status !== 'connected') return;
    // The outbox's PING goes out in a microtask. Wait for it, so that the outbox learns first that
    // its slabs have arrived.
    await undefined;
    try {
      await Promise.all([this.#pdu.flush(), this.#control.flush()]);
    } catch {
      // The connection broke or was closed. PDUs in flight are lost, so they have left this
      // process.
    }
  }

  async drain(): Promise<void> {
    if (this.status === 'closed' || this.#draining) return this.close();
    this.#draining = true;
    await within(DRAIN_MS, this.#empty());
    await this.close();
  }

  async settle(): Promise<void> {
    if (this.status !== 'connected') return;
    // NATS sends its answer after all messages that it had for us.
    await within(
      SETTLE_MS,
      this.flush().then(() => this.#scheduler.idle()),
    );
    this.#outbox.flush();
  }

  async #empty(): Promise<void> {
    this.#outbox.flush();
    this.#receivers.clear();
    if (this.status === 'connected') {
      const services = [...this.#services].map((service) => service.stop());
      const subscriptions = [...this.#subscriptions].map((subscription) => subscription.drain());
      await Promise.allSettled([...services, ...subscriptions]);
    }
    await this.#scheduler.idle();
    await this.flush();
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const observation of [...this.#observations]) observation.stop();
    for (const queue of [...this.#queues]) queue.close();
    this.#mirror.close();
    await this.#links.close();
  }
}

/** Waits until `done` resolves, at most for `timeoutMs`. */
async function within(timeoutMs: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}

/** Whether the channel carries frames of captures: copies that only viewers get. */
function isForViewers(channelSubject: string): boolean {
  return channelSubject.endsWith('.capture.frame');
}

/**
 * Decodes a message into the queue, except PDUs whose sender has lost their shard. `read` gives the
 * octets; they belong to the queue from then on.
 */
function accept(receiver: Receiver, key: string, read: () => Uint8Array): void {
  const { channel, queue } = receiver;
  if (!queue.wants(key)) return;
  try {
    const data = read();
    const pdus = channel.decode(data);
    const { claims } = channel;
    const epoch = claims?.epochOf(data) ?? 0;
    for (const pdu of pdus) {
      if (epoch !== 0 && queue.refuses(claims!.shardOf(pdu, key), epoch)) continue;
      queue.offer(key, pdu, channel.sizeOf(pdu));
    }
  } catch (error) {
    if (error instanceof ContractError) queue.countMalformed();
    else throwLater(error);
  }
}

/** Whether the error, or one of its causes, is of this kind. */
function isCausedBy(error: unknown, kind: abstract new (...args: never[]) => unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof kind) return true;
  }
  return false;
}
