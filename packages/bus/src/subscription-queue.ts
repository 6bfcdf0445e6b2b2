import type { SubscribeOptions, Subscription, SubscriptionCounters } from './bus.ts';
import { type Scheduler, type Source, throwLater } from './scheduler.ts';

/** `netdev_max_backlog`. */
export const DEFAULT_MAX_PENDING_PDUS = 1000;
export const DEFAULT_MAX_PENDING_OCTETS = 64 * 1024 * 1024;

/** PDUs that a handler gets at once at most: a part of a turn's budget. */
const MAX_BATCH_PDUS = 64;

interface Batch<Pdu> {
  readonly key: string;
  readonly pdus: Pdu[];
  octets: number;
}

/** What waits for one subscription's handler: batches of one key each, bounded; the newest is dropped where it is full. */
export class SubscriptionQueue<Pdu> implements Subscription, Source {
  readonly #scheduler: Scheduler;
  readonly #handler: (batch: Pdu[], key: string) => void;
  readonly #onClose: () => void;
  readonly #wants: ((key: string) => boolean) | undefined;
  readonly #maxPdus: number;
  readonly #maxOctets: number;
  #batches: Batch<Pdu>[] = [];
  #head = 0;
  /** The last batch of each key that waits: what comes joins it. */
  readonly #last = new Map<string, Batch<Pdu>>();
  #pendingPdus = 0;
  #pendingOctets = 0;
  #delivered = 0;
  #dropped = 0;
  #malformed = 0;
  #closed = false;

  constructor(
    scheduler: Scheduler,
    handler: (batch: Pdu[], key: string) => void,
    options: SubscribeOptions,
    onClose: () => void,
  ) {
    this.#scheduler = scheduler;
    this.#handler = handler;
    this.#onClose = onClose;
    this.#wants = options.wants;
    this.#maxPdus = options.maxPendingPdus ?? DEFAULT_MAX_PENDING_PDUS;
    this.#maxOctets = options.maxPendingOctets ?? DEFAULT_MAX_PENDING_OCTETS;
  }

  /** Whether PDUs of this key are to be offered. */
  wants(key: string): boolean {
    return this.#wants === undefined || this.#wants(key);
  }

  /** Takes a PDU to deliver, or drops and counts it. */
  offer(key: string, pdu: Pdu, octets: number): void {
    if (this.#closed) return;
    if (this.#pendingPdus >= this.#maxPdus || this.#pendingOctets + octets > this.#maxOctets) {
      this.#dropped += 1;
      return;
    }
    this.#pendingPdus += 1;
    this.#pendingOctets += octets;
    const last = this.#last.get(key);
    if (last !== undefined && last.pdus.length < MAX_BATCH_PDUS) {
      last.pdus.push(pdu);
      last.octets += octets;
      return;
    }
    const batch = { key, pdus: [pdu], octets };
    this.#last.set(key, batch);
    this.#batches.push(batch);
    if (this.#batches.length - this.#head === 1) this.#scheduler.wake(this);
  }

  /** Counts a message that is none. */
  countMalformed(): void {
    this.#malformed += 1;
  }

  get ready(): boolean {
    return this.#head < this.#batches.length;
  }

  deliver(): number {
    const batch = this.#batches[this.#head]!;
    this.#advance();
    if (this.#last.get(batch.key) === batch) this.#last.delete(batch.key);
    this.#pendingPdus -= batch.pdus.length;
    this.#pendingOctets -= batch.octets;
    this.#delivered += batch.pdus.length;
    const count = batch.pdus.length;
    try {
      this.#handler(batch.pdus, batch.key);
    } catch (error) {
      throwLater(error);
    }
    return count;
  }

  #advance(): void {
    this.#head += 1;
    if (this.#head === this.#batches.length) {
      this.#batches = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#batches.length) {
      this.#batches.splice(0, this.#head);
      this.#head = 0;
    }
  }

  counters(): SubscriptionCounters {
    return {
      delivered: this.#delivered,
      dropped: this.#dropped,
      malformed: this.#malformed,
      pending: this.#pendingPdus,
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#batches = [];
    this.#head = 0;
    this.#last.clear();
    this.#pendingPdus = 0;
    this.#pendingOctets = 0;
    this.#onClose();
  }
}
