import { type NatsConnection, nuid, type Subscription } from '@nats-io/transport-node';
import {
  type Channel,
  ContractError,
  decodeObserved,
  encodeWatch,
  type Observed,
  observedSubject,
  watchSubject,
} from '@strata/contract';
import type { Observation, Observer } from './bus.ts';
import { MAX_MIRRORED_OCTETS } from './nats-mirror.ts';
import { throwLater } from './scheduler.ts';

/**
 * How long publishers remember a viewer that has stopped, and count the PDUs that it misses.
 * Milliseconds.
 */
const LEASE_MS = 60_000;
const RENEW_MS = 1000;
/** The viewer acknowledges after this many octets, without waiting for the next renewal. */
const REPORT_OCTETS = MAX_MIRRORED_OCTETS / 4;
/** How long to wait for the first publisher, milliseconds. */
const READY_MS = 1000;

/** The parts of the bus that an observation uses. */
interface ObservationContext {
  /** The control connection. */
  readonly connection: NatsConnection;
  readonly isConnected: () => boolean;
  readonly onStop: () => void;
}

/** The PDUs of one publisher. */
interface Source {
  /** PDUs published, as the publisher last reported. */
  passed: number;
  /** How many of them arrived here. */
  shown: number;
  takenOctets: number;
}

/**
 * A viewer of channels. It asks all publishers for copies, and acknowledges what it has handled
 * (proto/strata/v1/observe.proto).
 */
export class NatsObservation implements Observation {
  readonly ready: Promise<void>;
  readonly #connection: NatsConnection;
  readonly #isConnected: () => boolean;
  readonly #viewer = nuid.next();
  readonly #channels: ReadonlyMap<string, Channel<unknown>>;
  readonly #observer: Observer;
  readonly #sources = new Map<string, Source>();
  readonly #subscription: Subscription;
  readonly #timer: NodeJS.Timeout;
  readonly #onStop: () => void;
  #unreportedOctets = 0;
  /** PDUs missed at publishers that have since forgotten this viewer. */
  #missedBefore = 0;
  #becomeReady: () => void = () => {};
  #stopped = false;

  constructor(
    { connection, isConnected, onStop }: ObservationContext,
    channels: readonly Channel<unknown>[],
    observer: Observer,
  ) {
    this.#connection = connection;
    this.#isConnected = isConnected;
    this.#channels = new Map(channels.map((channel) => [channel.subject, channel]));
    this.#observer = observer;
    this.#onStop = onStop;
    this.#subscription = connection.subscribe(observedSubject(this.#viewer), {
      callback: (error, message) => {
        if (error === null) this.#hear(message.data);
      },
    });
    this.#report(LEASE_MS);
    this.#timer = setInterval(() => this.#report(LEASE_MS), RENEW_MS);
    this.ready = this.#waitForFirst();
  }

  #waitForFirst(): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, READY_MS);
      this.#becomeReady = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }

  missed(): number {
    let missed = this.#missedBefore;
    for (const { passed, shown } of this.#sources.values()) missed += Math.max(0, passed - shown);
    return missed;
  }

  #hear(bytes: Uint8Array): void {
    try {
      this.#handle(decodeObserved(bytes));
    } catch (error) {
      if (!(error instanceof ContractError)) throwLater(error);
    }
    if (this.#unreportedOctets >= REPORT_OCTETS) this.#report(LEASE_MS);
  }

  #handle(observed: Observed): void {
    const { passed, octets, subject, batch } = observed;
    const source = this.#sourceOf(observed);
    source.passed = passed;
    source.takenOctets = octets;
    this.#unreportedOctets += batch.byteLength;
    this.#becomeReady();
    if (subject === '') return;
    const keyAt = subject.lastIndexOf('.') + 1;
    const channel = this.#channels.get(subject.slice(0, keyAt - 1));
    if (channel === undefined) return;
    const pdus = channel.decode(batch);
    source.shown += pdus.length;
    this.#observer(channel.subject, subject.slice(keyAt), pdus);
  }

  #sourceOf({ publisher, passed }: Observed): Source {
    let source = this.#sources.get(publisher);
    if (source !== undefined && passed < source.passed) {
      // The publisher has forgotten this viewer and counts from 0 again.
      this.#missedBefore += Math.max(0, source.passed - source.shown);
      source = undefined;
    }
    if (source === undefined) {
      source = { passed: 0, shown: 0, takenOctets: 0 };
      this.#sources.set(publisher, source);
    }
    return source;
  }

  #report(leaseMs: number): void {
    if (!this.#isConnected() || this.#connection.isClosed()) return;
    this.#unreportedOctets = 0;
    const taken = new Map<string, number>();
    for (const [publisher, { takenOctets }] of this.#sources) taken.set(publisher, takenOctets);
    const subjects = [...this.#channels.keys()];
    const watch = encodeWatch({ viewer: this.#viewer, leaseMs, subjects, taken });
    this.#connection.publish(watchSubject(), watch);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#becomeReady();
    this.#report(0);
    if (!this.#connection.isClosed()) this.#subscription.unsubscribe();
    this.#onStop();
  }
}
