import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { type Channel, ContractError, channelOfSubject, SUBJECT_PREFIX } from '@strata/contract';
import type { Observer } from './bus.ts';
import { throwLater } from './scheduler.ts';

type Found = { readonly channel: Channel<unknown>; readonly key: string } | undefined;

/** Subjects remembered: a bound for keys that come and go. */
const MAX_REMEMBERED_SUBJECTS = 4096;

/** Those who see all channels, over one subscription that is there while somebody looks. */
export class NatsObservers {
  readonly #connection: NatsConnection;
  readonly #observers = new Set<Observer>();
  readonly #found = new Map<string, Found>();
  #subscription: Subscription | undefined;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  add(observer: Observer): () => void {
    const own: Observer = (subject, key, pdus) => observer(subject, key, pdus);
    this.#observers.add(own);
    this.#subscription ??= this.#connection.subscribe(`${SUBJECT_PREFIX}.>`, {
      callback: (error, message) => {
        if (error === null) this.#show(message);
      },
    });
    return () => {
      this.#observers.delete(own);
      if (this.#observers.size > 0) return;
      if (!this.#connection.isClosed()) this.#subscription?.unsubscribe();
      this.#subscription = undefined;
    };
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
