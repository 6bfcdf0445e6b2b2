import type { SocketId, TransportRequest } from '@strata/transport';
import { isImmutable, type Slab } from '../port/slab.ts';
import { isUrgent } from './urgent.ts';

/** What a {@link StreamSender} needs to send. */
export interface SenderOptions {
  readonly socket: SocketId;
  /** Most octets of one PDU. */
  readonly maxPduOctets: number;
  readonly slab: Slab;
  send(request: TransportRequest): void;
}

/**
 * The sending direction of a stream, towards transport. Cuts writes into PDUs, within the credit
 * that transport gave. Takes one write at a time, as Node's Writable does.
 *
 * Transport keeps the bytes until the peer has acknowledged them. A caller may reuse its buffer
 * earlier: once the write's callback was called. So the bytes are copied here, unless they are
 * declared immutable (shareImmutable()).
 */
export class StreamSender {
  readonly #options: SenderOptions;
  #offset = 0;
  #limit = 0;
  #acknowledged = 0;
  #chunks: readonly Uint8Array[] = [];
  #chunk = 0;
  #at = 0;
  #left = 0;
  #hasUrgent = false;
  #callback: ((error?: Error | null) => void) | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Octets handed to transport so far. */
  get sentOctets(): number {
    return this.#offset;
  }

  /** Octets that the peer has acknowledged, as last reported by transport. */
  get acknowledgedOctets(): number {
    return this.#acknowledged;
  }

  /** Octets of the current write that wait for credit. */
  get waitingOctets(): number {
    return this.#left;
  }

  /**
   * Sends `chunks`. `callback` is called when transport has been handed all octets: perhaps before
   * write() returns.
   */
  write(chunks: readonly Uint8Array[], callback: (error?: Error | null) => void): void {
    this.#chunks = chunks;
    this.#chunk = 0;
    this.#at = 0;
    this.#left = 0;
    this.#hasUrgent = false;
    for (const chunk of chunks) {
      this.#left += chunk.byteLength;
      if (isUrgent(chunk)) this.#hasUrgent = true;
    }
    this.#callback = callback;
    this.#pump();
  }

  /** Transport takes octets up to `limitOctets`, an absolute offset. */
  credit(limitOctets: number, acknowledgedOctets: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, acknowledgedOctets);
    if (limitOctets <= this.#limit) return;
    this.#limit = limitOctets;
    if (this.#callback !== undefined) this.#pump();
  }

  /** Ends the current write, and calls its callback with `error`. null: no error. */
  fail(error: Error | null): void {
    const callback = this.#callback;
    this.#callback = undefined;
    this.#chunks = [];
    this.#left = 0;
    callback?.(error);
  }

  #pump(): void {
    while (this.#left > 0) {
      const room = Math.min(this.#left, this.#limit - this.#offset, this.#options.maxPduOctets);
      if (room <= 0) return;
      // The urgent octet is the last one of its PDU.
      const upToUrgent = this.#hasUrgent ? this.#octetsToUrgent() : Number.POSITIVE_INFINITY;
      const octets = Math.min(room, upToUrgent);
      const data = this.#take(octets);
      this.#left -= octets;
      this.#options.send({
        kind: 'send',
        socket: this.#options.socket,
        offset: this.#offset,
        data,
        push: this.#left === 0,
        ...(octets === upToUrgent ? { urgent: true } : {}),
      });
      this.#offset += octets;
    }
    const callback = this.#callback;
    this.#callback = undefined;
    this.#chunks = [];
    callback?.();
  }

  /** Octets up to the end of the next urgent chunk. Infinity if there is none. */
  #octetsToUrgent(): number {
    let octets = -this.#at;
    for (let i = this.#chunk; i < this.#chunks.length; i += 1) {
      const chunk = this.#chunks[i]!;
      octets += chunk.byteLength;
      if (isUrgent(chunk)) return octets;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The next `octets` of the write, in memory that the caller of write() can no longer change. */
  #take(octets: number): Uint8Array {
    const chunk = this.#chunks[this.#chunk]!;
    if (chunk.byteLength - this.#at >= octets && isImmutable(chunk)) {
      const view = chunk.subarray(this.#at, this.#at + octets);
      this.#advance(octets);
      return view;
    }
    const copy = this.#options.slab.take(octets);
    let filled = 0;
    while (filled < octets) {
      const from = this.#chunks[this.#chunk]!;
      const count = Math.min(octets - filled, from.byteLength - this.#at);
      copy.set(
        count === from.byteLength ? from : from.subarray(this.#at, this.#at + count),
        filled,
      );
      filled += count;
      this.#advance(count);
    }
    return copy;
  }

  #advance(octets: number): void {
    this.#at += octets;
    while (this.#chunk < this.#chunks.length && this.#at >= this.#chunks[this.#chunk]!.byteLength) {
      this.#at = 0;
      this.#chunk += 1;
    }
  }
}
