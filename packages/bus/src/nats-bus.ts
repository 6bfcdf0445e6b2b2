import {
  errors,
  type Msg,
  type NatsConnection,
  type Subscription as NatsSubscription,
} from '@nats-io/transport-node';
import { type Channel, ContractError } from '@strata/contract';
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
import { EpochFence } from './epoch-fence.ts';
import { NatsObservers } from './nats-observers.ts';
import { DEFAULT_MAX_IN_FLIGHT_OCTETS, NatsOutbox } from './nats-outbox.ts';
import { NatsService, SERVICE_ERROR_CODE_HEADER, SERVICE_ERROR_HEADER } from './nats-service.ts';
import { Scheduler, throwLater } from './scheduler.ts';
import { StatusReporter } from './status.ts';
import { SubscriptionQueue } from './subscription-queue.ts';

/** How long drain() waits for NATS and for handlers. */
const DRAIN_MS = 5000;
/** How long settle() waits for them. */
const SETTLE_MS = 1000;

/** The bus over NATS: one message is one batch of a channel's PDUs in protobuf. Made by connectNats. */
export class NatsBus implements Bus {
  readonly lossless = false;
  readonly #connection: NatsConnection;
  readonly #status = new StatusReporter('connected');
  readonly #outbox: NatsOutbox;
  readonly #observers: NatsObservers;
  readonly #scheduler = new Scheduler(() => {});
  readonly #queues = new Set<SubscriptionQueue<unknown>>();
  readonly #subscriptions = new Set<NatsSubscription>();
  readonly #services = new Set<NatsService>();
  #published = 0;
  #draining = false;
  #closing = false;

  constructor(connection: NatsConnection, maxInFlightOctets = DEFAULT_MAX_IN_FLIGHT_OCTETS) {
    this.#connection = connection;
    this.#outbox = new NatsOutbox(connection, maxInFlightOctets);
    this.#observers = new NatsObservers(connection);
    void this.#watch();
    void connection.closed().then(() => this.#setStatus('closed'));
  }

  get status(): BusStatus {
    return this.#status.status;
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    return this.#status.listen(listener);
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') this.#setStatus('disconnected');
      else if (type === 'reconnect') this.#setStatus('connected');
    }
  }

  #setStatus(status: BusStatus): void {
    this.#outbox.connected = status === 'connected';
    this.#status.set(status);
  }

  publish<Pdu>(channel: Channel<Pdu>, pdus: readonly Pdu[]): void {
    this.#published += pdus.length;
    this.#outbox.publish(channel, pdus);
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
        for (const subscription of subscriptions) this.#unsubscribe(subscription);
      },
    );
    this.#queues.add(queue);
    const keyAt = channel.subject.length + 1;
    const fence = new EpochFence();
    const callback = (error: Error | null, message: Msg) => {
      if (error === null) {
        accept(channel, queue, fence, message.subject.slice(keyAt), message.data);
      }
    };
    for (const key of new Set(options.keys ?? ['*'])) {
      const subscription = this.#connection.subscribe(`${channel.subject}.${key}`, { callback });
      subscriptions.push(subscription);
      this.#subscriptions.add(subscription);
    }
    return queue;
  }

  #unsubscribe(subscription: NatsSubscription): void {
    this.#subscriptions.delete(subscription);
    if (!this.#connection.isClosed()) subscription.unsubscribe();
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
    // NATS wants a millisecond at least.
    const timeout = Math.max(1, deadlineMs - performance.now());
    let reply: Msg;
    try {
      reply = await this.#connection.request(subject, body, { timeout });
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
    if (this.#closing || this.#connection.isClosed()) {
      return new BusError('BUS_CLOSED', 'the bus is closed', cause);
    }
    if (isCausedBy(error, errors.NoRespondersError)) {
      return new BusError('BUS_NO_RESPONDERS', `nobody answers ${subject}`, cause);
    }
    return new BusError('BUS_TIMEOUT', `${subject} did not answer in ${timeoutMs} ms`, cause);
  }

  /** Waits while the connection is away. */
  #connected(subject: string, timeoutMs: number): Promise<void> {
    if (this.status === 'connected') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new BusError('BUS_TIMEOUT', `no NATS to ask ${subject} for ${timeoutMs} ms`));
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
    const service = new NatsService(this.#connection, description);
    this.#services.add(service);
    return {
      stop: async () => {
        this.#services.delete(service);
        await service.stop();
      },
    };
  }

  observe(observer: Observer): () => void {
    this.#checkOpen();
    return this.#observers.add(observer);
  }

  counters(): BusCounters {
    return { published: this.#published, ...this.#outbox.counters };
  }

  async flush(): Promise<void> {
    this.#outbox.flush();
    if (this.status !== 'connected') return;
    try {
      await this.#connection.flush();
    } catch {
      // The connection broke or was closed: what was on its way is lost, and so has left.
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
    // NATS answers behind what it had for us.
    await within(
      SETTLE_MS,
      this.flush().then(() => this.#scheduler.idle()),
    );
    this.#outbox.flush();
  }

  async #empty(): Promise<void> {
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
    for (const queue of [...this.#queues]) queue.close();
    if (!this.#connection.isClosed()) await this.#connection.close();
    this.#setStatus('closed');
  }
}

/** Waits for what is to be done, so long at most. */
async function within(timeoutMs: number, done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([done, late]);
  clearTimeout(timer);
}

/** Decodes a message into the queue, but for what its sender had no right to send any more. */
function accept<Pdu>(
  channel: Channel<Pdu>,
  queue: SubscriptionQueue<unknown>,
  fence: EpochFence,
  key: string,
  data: Uint8Array,
): void {
  if (!queue.wants(key)) return;
  try {
    const pdus = channel.decode(data);
    const { claims } = channel;
    const epoch = claims?.epochOf(data) ?? 0;
    for (const pdu of pdus) {
      if (epoch !== 0 && fence.refusal(claims!.shardOf(pdu, key), epoch)) queue.countStale();
      else queue.offer(key, pdu, channel.sizeOf(pdu));
    }
  } catch (error) {
    if (error instanceof ContractError) queue.countMalformed();
    else throwLater(error);
  }
}

/** Whether the error or what caused it is of this kind. */
function isCausedBy(error: unknown, kind: abstract new (...args: never[]) => unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof kind) return true;
  }
  return false;
}
