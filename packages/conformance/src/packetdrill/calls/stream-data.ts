import type { SocketId, SocketInfo } from '@strata/transport';
import { fillPattern, firstOutOfPlace } from '../packets/pattern.ts';
import { SendSpace } from './send-space.ts';
import type { SocketPort } from './socket-port.ts';

/** How data is written. */
export interface WriteOptions {
  /** MSG_DONTWAIT: the call does not block, even on a blocking socket. */
  readonly dontWait: boolean;
  /** MSG_MORE: more data will follow. */
  readonly more: boolean;
  /** MSG_OOB: the last octet is urgent. */
  readonly urgent: boolean;
}

/** The sending half of a stream: the octets written, and the room for more. */
export class StreamWriter {
  readonly #port: SocketPort;
  readonly #socket: SocketId;
  #limitOctets: number;
  #sentOctets = 0;
  #isCorked = false;
  #space: SendSpace;

  /** `bufferOctets`: SO_SNDBUF, if it was set. */
  constructor(
    port: SocketPort,
    socket: SocketId,
    limitOctets: number,
    bufferOctets: number | undefined,
  ) {
    this.#space = new SendSpace(bufferOctets, port.info(socket), port.sysctl);
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

  /** Sets SO_SNDBUF. `octets` is the value that getsockopt returns. */
  limit(octets: number): void {
    this.#space = new SendSpace(octets, this.#info(), this.#port.sysctl);
  }

  /** Whether poll reports room to a waiting writer. */
  isWritable(lowMarkOctets: number): boolean {
    return this.roomOctets > 0 && this.#space.isThere(this.#info(), lowMarkOctets);
  }

  /** Lets the buffer grow for a waiting writer. */
  look(): void {
    this.#space.look(this.#info());
  }

  #info(): SocketInfo | undefined {
    return this.#port.info(this.#socket);
  }

  /** Sends as many octets as there is room for. Returns their number. `cork`: TCP_CORK is on. */
  sendAll(octets: number, options: WriteOptions, cork: boolean, lowMarkOctets: number): number {
    let sent = 0;
    for (;;) {
      const more = this.#send(octets - sent, options, cork, lowMarkOctets);
      if (more === 0) return sent;
      sent += more;
    }
  }

  #send(
    wanted: number,
    { more, urgent }: WriteOptions,
    cork: boolean,
    lowMarkOctets: number,
  ): number {
    const most = Math.min(wanted, this.roomOctets);
    const octets = most <= 0 ? 0 : this.#space.take(this.#info(), most, lowMarkOctets);
    if (octets === 0) return 0;
    const isLast = octets === wanted;
    if (more && !cork) this.#cork(true);
    const data = new Uint8Array(octets);
    // The first octet has sequence number 1.
    fillPattern(data, this.#sentOctets + 1);
    this.#port.request({
      kind: 'send',
      socket: this.#socket,
      offset: this.#sentOctets,
      data,
      push: isLast && !more,
      urgent: urgent && isLast,
    });
    this.#sentOctets += octets;
    if (!more && !cork) this.#cork(false);
    return octets;
  }

  /** MSG_MORE corks the stream until a write without it. */
  #cork(cork: boolean): void {
    if (this.#isCorked === cork) return;
    this.#isCorked = cork;
    this.#port.request({ kind: 'set-options', socket: this.#socket, options: { cork } });
  }
}

/**
 * The receiving half of a stream. Transport gets credit only for octets that are read. Unread
 * octets stay in transport, and close the window as Linux's receive buffer does.
 */
export class StreamReader {
  readonly #port: SocketPort;
  readonly #socket: SocketId;
  #readOctets = 0;
  #cameOctets = 0;
  /** Octets received until the last check, read or not. */
  #seenOctets = 0;
  #outOfPlace: number | undefined;

  constructor(port: SocketPort, socket: SocketId) {
    this.#port = port;
    this.#socket = socket;
  }

  /** The place of a wrong octet that was read. Undefined if there is none. */
  get outOfPlace(): number | undefined {
    return this.#outOfPlace;
  }

  /** Octets ready to be read. */
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

  /** Takes data that transport delivers. */
  take(offset: number, data: Uint8Array): void {
    this.#cameOctets = offset + data.byteLength;
    this.#outOfPlace ??= firstOutOfPlace(data, offset + 1);
  }

  /** Whether more octets have arrived since the last check. */
  hasGrown(): boolean {
    const seen = this.#readOctets + this.availableOctets();
    const grown = seen > this.#seenOctets;
    this.#seenOctets = Math.max(this.#seenOctets, seen);
    return grown;
  }
}
