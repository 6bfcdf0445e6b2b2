import type { NatsConnection } from '@nats-io/transport-node';
import type { Channel } from '@strata/contract';
import type { EpochOf } from './bus.ts';
import { claimedEpoch } from './epoch-fence.ts';
import { commandOf, MessageWriter } from './message-writer.ts';
import { throwLater } from './scheduler.ts';

/** A batch is sent if the next PDU would take it beyond this. */
const BATCH_OCTETS = 16 * 1024;
/**
 * Subjects remembered per channel. It bounds the memory for keys that come and go (MAC addresses,
 * endpoints).
 */
const MAX_REMEMBERED_KEYS = 4096;
export const DEFAULT_MAX_IN_FLIGHT_OCTETS = 16 * 1024 * 1024;

/** The PDUs collected for one subject. */
interface Parcel {
  readonly key: string;
  readonly command: Uint8Array;
  channel: Channel<unknown>;
  /** The claim under which these PDUs are sent; 0: none. */
  epoch: number;
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

/** Called for a message that is sent now. The octets are valid during the call. */
export type SentListener = (
  channel: Channel<unknown>,
  key: string,
  pdus: readonly unknown[],
  message: Uint8Array,
) => void;

/**
 * Collects what is published in one turn of the event loop into one message per subject, of at most
 * 16 KB, and sends it. It bounds what the client holds: a message counts as in flight until a PONG
 * of the server confirms it.
 */
export class NatsOutbox {
  readonly counters: OutboxCounters = {
    droppedDisconnected: 0,
    droppedCongested: 0,
    droppedTooLarge: 0,
  };
  /** The bus sets it when the connection comes and goes. */
  connected = true;
  readonly #connection: NatsConnection;
  readonly #maxInFlightOctets: number;
  readonly #parcels = new Map<string, Map<string, Parcel>>();
  /** Parcels that got PDUs in this turn, ordered by their first PDU. */
  #waiting: Parcel[] = [];
  #scheduled = false;
  readonly #writer: MessageWriter;
  readonly #onSent: SentListener;
  readonly #send = (): void => this.flush();

  /** `onSent` is called with each message that is sent. */
  constructor(connection: NatsConnection, maxInFlightOctets: number, onSent: SentListener) {
    this.#connection = connection;
    this.#maxInFlightOctets = maxInFlightOctets;
    this.#writer = new MessageWriter(connection);
    this.#onSent = onSent;
  }

  publish<Pdu>(channel: Channel<Pdu>, pdus: readonly Pdu[], epochOf?: EpochOf): void {
    if (!this.connected) {
      this.counters.droppedDisconnected += pdus.length;
      return;
    }
    for (const pdu of pdus) this.#put(channel as Channel<unknown>, pdu, epochOf);
  }

  #put(channel: Channel<unknown>, pdu: unknown, epochOf: EpochOf | undefined): void {
    const parcel = this.#parcelOf(channel, channel.keyOf(pdu));
    const octets = channel.sizeOf(pdu);
    const epoch = claimedEpoch(channel, pdu, parcel.key, epochOf);
    if (parcel.channel !== channel || parcel.epoch !== epoch) {
      // Another channel object has the same subject, or the claim is another. The PDUs collected so
      // far are encoded by their own channel, under their own claim.
      if (parcel.pdus.length > 0) this.#dispatch(parcel);
      parcel.channel = channel;
      parcel.epoch = epoch;
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
        key,
        command: commandOf(`${channel.subject}.${key}`),
        channel,
        epoch: 0,
        pdus: [],
        octets: 0,
        waiting: false,
      };
      parcels.set(key, parcel);
    }
    return parcel;
  }

  /** Sends the collected PDUs. */
  flush(): void {
    this.#scheduled = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const parcel of waiting) {
      parcel.waiting = false;
      this.#dispatch(parcel);
    }
    this.#writer.send();
  }

  #dispatch(parcel: Parcel): void {
    const { pdus } = parcel;
    if (pdus.length === 0) return;
    parcel.pdus = [];
    parcel.octets = 0;
    if (!this.connected || this.#connection.isClosed()) {
      this.counters.droppedDisconnected += pdus.length;
    } else if (this.#writer.inFlightOctets >= this.#maxInFlightOctets) {
      this.counters.droppedCongested += pdus.length;
    } else this.#transmit(parcel, pdus);
  }

  #transmit({ channel, key, command, epoch }: Parcel, pdus: readonly unknown[]): void {
    try {
      const message = this.#writer.write(command, channel, pdus, epoch);
      if (message === 'too-large') this.counters.droppedTooLarge += pdus.length;
      else this.#onSent(channel, key, pdus, message);
    } catch (error) {
      throwLater(error);
    }
  }
}

function forgetEmpty(parcels: Map<string, Parcel>): void {
  for (const [key, parcel] of parcels) if (!parcel.waiting) parcels.delete(key);
}
