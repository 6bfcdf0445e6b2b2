import { type NatsConnection, nuid } from '@nats-io/transport-node';
import {
  type Channel,
  ContractError,
  decodeWatch,
  encodeObserved,
  observedSubject,
  type Watch,
  watchSubject,
} from '@strata/contract';
import { throwLater } from './scheduler.ts';

/** Octets of batches that may be in flight to one viewer. */
export const MAX_MIRRORED_OCTETS = 1024 * 1024;
/** Viewers that are served. Requests of further ones are ignored. */
const MAX_VIEWERS = 32;
/** A batch of frames for viewers is sent if the next one would take it beyond this. */
const BATCH_OCTETS = 64 * 1024;

/** A viewer, and what was sent to it. */
interface Viewer {
  readonly subject: string;
  readonly subjects: ReadonlySet<string>;
  readonly lease: NodeJS.Timeout;
  /** PDUs published on its channels, whether sent to it or not. */
  passed: number;
  sentOctets: number;
  takenOctets: number;
}

/**
 * Sends copies of what this process publishes to the viewers that watch it
 * (proto/strata/v1/observe.proto), over the control connection. A viewer that acknowledges nothing
 * gets 1 MiB. Further PDUs are only counted for it. If nobody watches, this costs one comparison
 * per message.
 */
export class NatsMirror {
  readonly #connection: NatsConnection;
  readonly #isConnected: () => boolean;
  readonly #publisher = nuid.next();
  readonly #viewers = new Map<string, Viewer>();

  constructor(connection: NatsConnection, isConnected: () => boolean) {
    this.#connection = connection;
    this.#isConnected = isConnected;
    connection.subscribe(watchSubject(), {
      callback: (error, message) => {
        if (error === null) this.#hear(message.data);
      },
    });
  }

  /** Whether somebody watches some channel. */
  get isOn(): boolean {
    return this.#viewers.size > 0;
  }

  /** Shows a message of `count` PDUs to the viewers that watch its channel. Copies it. */
  show(channelSubject: string, key: string, count: number, message: Uint8Array): void {
    for (const viewer of this.#viewers.values()) {
      if (!viewer.subjects.has(channelSubject)) continue;
      viewer.passed += count;
      if (viewer.sentOctets - viewer.takenOctets >= MAX_MIRRORED_OCTETS) continue;
      this.#send(viewer, `${channelSubject}.${key}`, message);
    }
  }

  /** Shows PDUs that only viewers get. */
  publish<Pdu>(channel: Channel<Pdu>, pdus: readonly Pdu[]): void {
    if (!this.isOn) return;
    for (const { key, batch } of batches(channel, pdus)) {
      this.show(channel.subject, key, batch.length, channel.encode(batch));
    }
  }

  #send(viewer: Viewer, subject: string, batch: Uint8Array): void {
    const { passed } = viewer;
    const octets = viewer.sentOctets + batch.byteLength;
    const bytes = encodeObserved({ publisher: this.#publisher, passed, octets, subject, batch });
    // Otherwise the PDUs count as missed.
    if (!this.#isConnected() || this.#connection.isClosed()) return;
    if (bytes.byteLength > (this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY)) return;
    viewer.sentOctets = octets;
    this.#connection.publish(viewer.subject, bytes);
  }

  #hear(bytes: Uint8Array): void {
    try {
      this.#handle(decodeWatch(bytes));
    } catch (error) {
      if (!(error instanceof ContractError)) throwLater(error);
    }
  }

  #handle(watch: Watch): void {
    const known = this.#viewers.get(watch.viewer);
    if (watch.leaseMs === 0) this.#forget(watch.viewer);
    else if (known === undefined) this.#add(watch);
    else this.#renew(known, watch.taken.get(this.#publisher) ?? 0);
  }

  #add({ viewer: name, subjects, leaseMs }: Watch): void {
    if (this.#viewers.size >= MAX_VIEWERS) return;
    const viewer: Viewer = {
      subject: observedSubject(name),
      subjects: new Set(subjects),
      lease: setTimeout(() => this.#viewers.delete(name), leaseMs).unref(),
      passed: 0,
      sentOctets: 0,
      takenOctets: 0,
    };
    this.#viewers.set(name, viewer);
    this.#report(viewer);
  }

  #renew(viewer: Viewer, takenOctets: number): void {
    viewer.lease.refresh();
    viewer.takenOctets = Math.min(takenOctets, viewer.sentOctets);
    this.#report(viewer);
  }

  /**
   * Tells a viewer its counts. This also corrects for lost messages: the viewer acknowledges
   * everything up to here.
   */
  #report(viewer: Viewer): void {
    this.#send(viewer, '', new Uint8Array(0));
  }

  #forget(name: string): void {
    clearTimeout(this.#viewers.get(name)?.lease);
    this.#viewers.delete(name);
  }

  close(): void {
    for (const name of [...this.#viewers.keys()]) this.#forget(name);
  }
}

/**
 * Splits the PDUs into batches of one key, of at most {@link BATCH_OCTETS} each. A larger PDU is a
 * batch of its own.
 */
function batches<Pdu>(
  channel: Channel<Pdu>,
  pdus: readonly Pdu[],
): { key: string; batch: Pdu[] }[] {
  const all: { key: string; batch: Pdu[] }[] = [];
  let octets = 0;
  for (const pdu of pdus) {
    const key = channel.keyOf(pdu);
    const last = all.at(-1);
    octets += channel.sizeOf(pdu);
    if (last !== undefined && last.key === key && octets <= BATCH_OCTETS) last.batch.push(pdu);
    else {
      all.push({ key, batch: [pdu] });
      octets = channel.sizeOf(pdu);
    }
  }
  return all;
}
