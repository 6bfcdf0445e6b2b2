import { Fifo } from '@strata/wire';
import type { SubscribeOptions, Subscription, SubscriptionCounters } from './bus.ts';
import { EpochFence } from './epoch-fence.ts';
import { type Scheduler, type Source, throwLater } from './scheduler.ts';

/**
 * Room for a burst of small PDUs, such as the FINs of 10,000 connections that end at once. Large
 * PDUs are bounded by their octets. Linux needs less: it takes one packet through all layers at
 * once, while here each packet waits for its turn.
 */
export const DEFAULT_MAX_PENDING_PDUS = 16_384;
/**
 * The bound of a standing queue, as Linux's `netdev_max_backlog`. A longer one would only make all
 * PDUs wait longer.
 */
const MAX_STANDING_PDUS = 1000;
/**
 * If a queue stays longer than that, and is never empty, for this many milliseconds, it is a
 * standing queue, not a burst.
 */
const BURST_MS = 1000;
const DEFAULT_MAX_PENDING_OCTETS = 64 * 1024 * 1024;

/** PDUs that a handler gets at most in one call. Then the other queues get their turn. */
const MAX_BATCH_PDUS = 64;

interface Batch<Pdu> {
  readonly key: string;
  readonly pdus: Pdu[];
  octets: number;
}

/**
 * The PDUs that wait for one subscription's handler, in batches of one key each. The queue is
 * bounded: when it is full, new PDUs are dropped.
 */
export class SubscriptionQueue<Pdu> implements Subscription, Source {
  readonly #scheduler: Scheduler;
  readonly #handler: (batch: Pdu[], key: string) => void;
  readonly #onClose: () => void;
  readonly #wants: ((key: string) => boolean) | undefined;
  readonly #now: () => number;
  readonly isInput: boolean;
  isQueued = false;
  readonly #maxPdus: number;
  readonly #maxOctets: number;
  readonly #batches = new Fifo<Batch<Pdu>>();
  /** The batch at the end of the queue. */
  #newest: Batch<Pdu> | undefined;
  /**
   * For each other key its last waiting batch, which new PDUs join. Empty where PDUs have one key,
   * or none.
   */
  readonly #last = new Map<string, Batch<Pdu>>();
  #pendingPdus = 0;
  #pendingOctets = 0;
  /**
   * When the queue was first found longer than a standing queue may be, since it was last empty.
   */
  #longSinceMs: number | undefined;
  readonly #fence = new EpochFence();
  #delivered = 0;
  #dropped = 0;
  #malformed = 0;
  #stale = 0;
  #closed = false;

  constructor(
    scheduler: Scheduler,
    handler: (batch: Pdu[], key: string) => void,
    options: Omit<SubscribeOptions, 'selects'>,
    onClose: () => void,
    now: () => number = () => performance.now(),
  ) {
    this.#scheduler = scheduler;
    this.#handler = handler;
    this.#onClose = onClose;
    this.#wants = options.wants;
    this.#now = now;
    this.isInput = options.isInput ?? false;
    this.#maxPdus = options.maxPendingPdus ?? DEFAULT_MAX_PENDING_PDUS;
    this.#maxOctets = options.maxPendingOctets ?? DEFAULT_MAX_PENDING_OCTETS;
  }

  /** Whether PDUs of this key should be offered. */
  wants(key: string): boolean {
    return this.#wants === undefined || this.#wants(key);
  }

  /** Whether the sender has lost the shard to another. Counts the PDU then. `epoch` 0: no claim. */
  refuses(shard: number, epoch: number): boolean {
    if (this.#fence.refusal(shard, epoch) === undefined) return false;
    this.#stale += 1;
    return true;
  }

  /** Queues a PDU for delivery, or drops and counts it. */
  offer(key: string, pdu: Pdu, octets: number): void {
    if (this.#closed) return;
    if (this.#isFull(octets)) {
      this.#dropped += 1;
      return;
    }
    this.#pendingPdus += 1;
    this.#pendingOctets += octets;
    const last = this.#lastOf(key);
    if (last !== undefined && last.pdus.length < MAX_BATCH_PDUS) {
      last.pdus.push(pdu);
      last.octets += octets;
      return;
    }
    const batch = { key, pdus: [pdu], octets };
    const newest = this.#newest;
    if (newest !== undefined && newest.key !== key) this.#last.set(newest.key, newest);
    this.#newest = batch;
    this.#batches.push(batch);
    if (this.#batches.size === 1) this.#scheduler.wake(this);
  }

  #lastOf(key: string): Batch<Pdu> | undefined {
    if (this.#newest?.key === key) return this.#newest;
    return this.#last.size === 0 ? undefined : this.#last.get(key);
  }

  #isFull(octets: number): boolean {
    const pdus = this.#pendingPdus;
    if (pdus >= this.#maxPdus || this.#pendingOctets + octets > this.#maxOctets) return true;
    // If credits bound the queue, nothing may be lost.
    if (pdus < MAX_STANDING_PDUS || this.#maxPdus === Number.POSITIVE_INFINITY) return false;
    const nowMs = this.#now();
    this.#longSinceMs ??= nowMs;
    return nowMs - this.#longSinceMs >= BURST_MS;
  }

  /** Counts a message that could not be decoded. */
  countMalformed(): void {
    this.#malformed += 1;
  }

  get ready(): boolean {
    return this.#batches.size > 0;
  }

  /**
   * Hands over the batches of several keys if they are small. With one batch a turn, a queue of
   * many keys (such as the shards of 10,000 connections) would fall behind the queues of one key
   * that feed it.
   */
  deliver(): number {
    let count = 0;
    while (this.ready && count < MAX_BATCH_PDUS) count += this.#deliverBatch();
    return count;
  }

  #deliverBatch(): number {
    const batch = this.#batches.shift()!;
    if (this.#batches.size === 0) this.#longSinceMs = undefined;
    if (batch === this.#newest) this.#newest = undefined;
    if (this.#last.size > 0 && this.#last.get(batch.key) === batch) this.#last.delete(batch.key);
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

  counters(): SubscriptionCounters {
    return {
      delivered: this.#delivered,
      dropped: this.#dropped,
      malformed: this.#malformed,
      stale: this.#stale,
      pending: this.#pendingPdus,
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#batches.clear();
    this.#newest = undefined;
    this.#last.clear();
    this.#pendingPdus = 0;
    this.#pendingOctets = 0;
    this.#onClose();
  }
}
