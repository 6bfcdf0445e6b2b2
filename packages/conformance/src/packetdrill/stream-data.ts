import type { SocketId } from '@strata/transport';
import { fillPattern, firstOutOfPlace } from './pattern.ts';
import type { SocketPort } from './socket-port.ts';

/** How data is written. */
export interface WriteOptions {
  /** MSG_DONTWAIT: the call does not block, whatever the socket says. */
  readonly dontWait: boolean;
  /** MSG_MORE: more is about to come. */
  readonly more: boolean;
  /** MSG_OOB: the last octet is urgent. */
  readonly urgent: boolean;
}

/** A mark that is none (`tcp_notsent_lowat` as Linux has it). */
export const NO_MARK_OCTETS = 0xffffffff;

/** The sending half of a stream: what was written, and how much more may be. */
export class StreamWriter {
  readonly #port: SocketPort;
  readonly #socket: SocketId;
  #limitOctets: number;
  #sentOctets = 0;
  #isCorked = false;

  constructor(port: SocketPort, socket: SocketId, limitOctets: number) {
    this.#port = port;
    this.#socket = socket;
    this.#limitOctets = limitOctets;
  }

  grant(limitOctets: number): void {
    this.#limitOctets = limitOctets;
  }

  get roomOctets(): number {
    return this.#limitOctets - this.#sentOctets;
  }

  /** Whether a waiter is told that there is room: as in Linux, where half of what may wait to be sent does. */
  isWritable(lowMarkOctets: number): boolean {
    return this.roomOctets > 0 && 2 * this.#unsent().octets < lowMarkOctets;
  }

  /**
   * Sends as much as there is room for, or a part of it that is more than nothing; returns how much that was. `cork`: the socket holds
   * small segments back anyway. `lowMarkOctets`: TCP_NOTSENT_LOWAT.
   */
  send(
    wanted: number,
    { more, urgent }: WriteOptions,
    cork: boolean,
    lowMarkOctets: number,
  ): number {
    const octets = Math.min(wanted, this.roomOctets, this.#roomBelow(lowMarkOctets));
    if (octets <= 0) return 0;
    if (more && !cork) this.#cork(true);
    const data = new Uint8Array(octets);
    // The first octet has sequence number 1.
    fillPattern(data, this.#sentOctets + 1);
    this.#port.request({
      kind: 'send',
      socket: this.#socket,
      offset: this.#sentOctets,
      data,
      push: !more,
      urgent: urgent && octets === wanted,
    });
    this.#sentOctets += octets;
    if (!more && !cork) this.#cork(false);
    return octets;
  }

  /** Linux takes octets in buffers of up to half a window, and a new buffer only where less than the mark waits to be sent. */
  #roomBelow(lowMarkOctets: number): number {
    if (lowMarkOctets >= NO_MARK_OCTETS) return NO_MARK_OCTETS;
    const { octets, bufferOctets } = this.#unsent();
    const inLastBuffer = octets % bufferOctets;
    return inLastBuffer === 0 && octets >= lowMarkOctets ? 0 : bufferOctets - inLastBuffer;
  }

  #unsent(): { octets: number; bufferOctets: number } {
    const tcp = this.#port.info(this.#socket)?.tcp;
    if (tcp === undefined) return { octets: 0, bufferOctets: 1 };
    const { mssOctets, sendWindowOctets, sendableOctets, notSendableOctets } = tcp;
    const segments = Math.max(1, Math.floor(Math.min(0xffff, sendWindowOctets / 2) / mssOctets));
    return { octets: sendableOctets + notSendableOctets, bufferOctets: segments * mssOctets };
  }

  /** MSG_MORE is a cork until a write without it. */
  #cork(cork: boolean): void {
    if (this.#isCorked === cork) return;
    this.#isCorked = cork;
    this.#port.request({ kind: 'set-options', socket: this.#socket, options: { cork } });
  }
}

/**
 * The receiving half of a stream. Transport is given credit only for what is read at once: what is not read stays there, and keeps the
 * window shut as Linux's receive buffer does.
 */
export class StreamReader {
  readonly #port: SocketPort;
  readonly #socket: SocketId;
  #readOctets = 0;
  #cameOctets = 0;
  /** Octets that there were at the last look, read or not. */
  #seenOctets = 0;
  #outOfPlace: number | undefined;

  constructor(port: SocketPort, socket: SocketId) {
    this.#port = port;
    this.#socket = socket;
  }

  /** The place of an octet that was read where another belongs; undefined: none was. */
  get outOfPlace(): number | undefined {
    return this.#outOfPlace;
  }

  /** Octets that are there to be read. */
  availableOctets(): number {
    const waiting = this.#port.info(this.#socket)?.receiveQueueOctets ?? 0;
    return waiting + this.#cameOctets - this.#readOctets;
  }

  read(octets: number): void {
    this.#readOctets += octets;
    if (this.#readOctets <= this.#cameOctets) return;
    const limitOctets = this.#readOctets;
    this.#port.request({ kind: 'credit', socket: this.#socket, limitOctets });
  }

  /** Takes data that transport hands up. */
  take(offset: number, data: Uint8Array): void {
    this.#cameOctets = offset + data.byteLength;
    this.#outOfPlace ??= firstOutOfPlace(data, offset + 1);
  }

  /** Whether more has come since the last look. */
  hasGrown(): boolean {
    const seen = this.#readOctets + this.availableOctets();
    const grown = seen > this.#seenOctets;
    this.#seenOctets = Math.max(this.#seenOctets, seen);
    return grown;
  }
}
