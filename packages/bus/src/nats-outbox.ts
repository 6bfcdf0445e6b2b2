import type { NatsConnection } from '@nats-io/transport-node';
import type { Channel } from '@strata/contract';
import { throwLater } from './scheduler.ts';

/** A batch is sent when the next PDU would take it beyond this. */
const BATCH_OCTETS = 16 * 1024;
/** Octets between two questions whether the server has taken what was sent. */
const MARK_OCTETS = 256 * 1024;
/** Subjects remembered per channel: a bound for keys that come and go (MAC addresses, endpoints). */
const MAX_REMEMBERED_KEYS = 4096;
export const DEFAULT_MAX_IN_FLIGHT_OCTETS = 16 * 1024 * 1024;

/** What is gathered for one subject. */
interface Parcel {
  readonly subject: string;
  channel: Channel<unknown>;
  pdus: unknown[];
  octets: number;
  /** Whether the next flush sends it. */
  waiting: boolean;
}

export interface OutboxCounters {
  droppedDisconnected: number;
  droppedCongested: number;
  droppedTooLarge: number;
}

/**
 * Gathers what is published in one turn into one message per subject, 16 KB at most, and sends it. Keeps the client from
 * holding more than a bound: every so often it asks the server for a PONG and counts what is not behind one yet.
 */
export class NatsOutbox {
  readonly counters: OutboxCounters = {
    droppedDisconnected: 0,
    droppedCongested: 0,
    droppedTooLarge: 0,
  };
  /** Set by the bus as the connection comes and goes. */
  connected = true;
  readonly #connection: NatsConnection;
  readonly #maxInFlightOctets: number;
  readonly #parcels = new Map<string, Map<string, Parcel>>();
  /** Parcels that have got PDUs in this turn, in the order of the first. */
  #waiting: Parcel[] = [];
  #scheduled = false;
  #inFlightOctets = 0;
  #unmarkedOctets = 0;
  readonly #send = (): void => this.flush();

  constructor(connection: NatsConnection, maxInFlightOctets: number) {
    this.#connection = connection;
    this.#maxInFlightOctets = maxInFlightOctets;
  }

  publish<Pdu>(channel: Channel<Pdu>, pdus: readonly Pdu[]): void {
    if (!this.connected) {
      this.counters.droppedDisconnected += pdus.length;
      return;
    }
    for (const pdu of pdus) this.#put(channel as Channel<unknown>, pdu);
  }

  #put(channel: Channel<unknown>, pdu: unknown): void {
    const parcel = this.#parcelOf(channel, channel.keyOf(pdu));
    const octets = channel.sizeOf(pdu);
    if (parcel.channel !== channel) {
      // Another object for the same subject: what has been gathered is sent in the way of the one it was gathered for.
      if (parcel.pdus.length > 0) this.#dispatch(parcel);
      parcel.channel = channel;
    }
    if (parcel.pdus.length > 0 && parcel.octets + octets > BATCH_OCTETS) {
      this.#dispatch(parcel);
    }
    if (!parcel.waiting) this.#enlist(parcel);
    parcel.pdus.push(pdu);
    parcel.octets += octets;
  }

  #enlist(parcel: Parcel): void {
    parcel.waiting = true;
    this.#waiting.push(parcel);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#send);
  }

  #parcelOf(channel: Channel<unknown>, key: string): Parcel {
    let parcels = this.#parcels.get(channel.subject);
    if (parcels === undefined) {
      parcels = new Map();
      this.#parcels.set(channel.subject, parcels);
    }
    let parcel = parcels.get(key);
    if (parcel === undefined) {
      if (parcels.size >= MAX_REMEMBERED_KEYS) forgetEmpty(parcels);
      parcel = {
        subject: `${channel.subject}.${key}`,
        channel,
        pdus: [],
        octets: 0,
        waiting: false,
      };
      parcels.set(key, parcel);
    }
    return parcel;
  }

  /** Sends what has been gathered. */
  flush(): void {
    this.#scheduled = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const parcel of waiting) {
      parcel.waiting = false;
      this.#dispatch(parcel);
    }
  }

  #dispatch(parcel: Parcel): void {
    const { pdus, subject, channel } = parcel;
    if (pdus.length === 0) return;
    parcel.pdus = [];
    parcel.octets = 0;
    if (!this.connected) {
      this.counters.droppedDisconnected += pdus.length;
    } else if (this.#inFlightOctets >= this.#maxInFlightOctets) {
      this.counters.droppedCongested += pdus.length;
    } else this.#transmit(subject, channel, pdus);
  }

  #transmit(subject: string, channel: Channel<unknown>, pdus: unknown[]): void {
    try {
      const message = channel.encode(pdus);
      if (message.byteLength > (this.#connection.info?.max_payload ?? Number.POSITIVE_INFINITY)) {
        this.counters.droppedTooLarge += pdus.length;
        return;
      }
      this.#connection.publish(subject, message);
      this.#count(message.byteLength);
    } catch (error) {
      if (this.#connection.isClosed()) this.counters.droppedDisconnected += pdus.length;
      else throwLater(error);
    }
  }

  #count(octets: number): void {
    this.#inFlightOctets += octets;
    this.#unmarkedOctets += octets;
    if (this.#unmarkedOctets < MARK_OCTETS) return;
    const marked = this.#unmarkedOctets;
    this.#unmarkedOctets = 0;
    const taken = () => {
      this.#inFlightOctets -= marked;
    };
    // A connection that breaks rejects: what was in flight is gone as well.
    this.#connection.flush().then(taken, taken);
  }
}

function forgetEmpty(parcels: Map<string, Parcel>): void {
  for (const [key, parcel] of parcels) if (!parcel.waiting) parcels.delete(key);
}
