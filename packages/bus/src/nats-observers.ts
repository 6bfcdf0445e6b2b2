import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { type Channel, ContractError, channelOfSubject, SUBJECT_PREFIX } from '@strata/contract';
import type { Observer } from './bus.ts';
import { throwLater } from './scheduler.ts';

type Found = { readonly channel: Channel<unknown>; readonly key: string } | undefined;

/** Subjects remembered: a bound for keys that come and go. */
const MAX_REMEMBERED_SUBJECTS = 4096;

/** All PDU subjects, and no control subjects: a request that nobody answers is refused at once only where nobody subscribes to it. */
const SUBJECTS = ['ln', 'nt', 'ta', 'wire', 'capture'].map(
  (boundary) => `${SUBJECT_PREFIX}.*.${boundary}.>`,
);

/** Those who see all channels, over subscriptions that are there while somebody looks. */
export class NatsObservers {
  readonly #connection: NatsConnection;
  readonly #observers = new Set<Observer>();
  readonly #found = new Map<string, Found>();
  #subscriptions: Subscription[] = [];

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  add(observer: Observer): () => void {
    const own: Observer = (subject, key, pdus) => observer(subject, key, pdus);
    this.#observers.add(own);
    if (this.#observers.size === 1) this.#subscribe();
    return () => {
      this.#observers.delete(own);
      if (this.#observers.size > 0) return;
      const subscriptions = this.#subscriptions.splice(0);
      if (this.#connection.isClosed()) return;
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  }

  #subscribe(): void {
    const callback = (error: Error | null, message: Msg) => {
      if (error === null) this.#show(message);
    };
    this.#subscriptions = SUBJECTS.map((subject) =>
      this.#connection.subscribe(subject, { callback }),
    );
  }

  #show(message: Msg): void {
    const found = this.#find(message.subject);
    if (found === undefined) return;
    try {
      const pdus = found.channel.decode(message.data);
      for (const observer of [...this.#observers]) observer(found.channel.subject, found.key, pdus);
    } catch (error) {
      // Who receives the message counts it as malformed.
      if (!(error instanceof ContractError)) throwLater(error);
    }
  }

  #find(subject: string): Found {
    if (this.#found.has(subject)) return this.#found.get(subject);
    if (this.#found.size >= MAX_REMEMBERED_SUBJECTS) this.#found.clear();
    const found = channelOfSubject(subject);
    this.#found.set(subject, found);
    return found;
  }
}
