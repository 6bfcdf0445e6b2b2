import { randomFillSync } from 'node:crypto';
import type { DatagramSocket } from '@strata/sockets';
import { closeDatagramSocket } from '../tracked-stack.ts';
import { Pace } from './pace.ts';
import type { Parameters } from './parameters.ts';
import { type Budget, type Counts, NO_COUNTS, type TestStream } from './stream.ts';

/** A datagram starts with the time in seconds and microseconds, and its number, from 1. */
const NUMBER_AT = 8;
/** Datagrams of one send() go as one message, cut by the stack (UDP_SEGMENT). */
const MAX_MESSAGE_OCTETS = 65_000;
const MAX_DATAGRAMS = 64;
/** Larger ones are fragmented, so each is a message of its own. */
const MAX_CUT_OCTETS = 1472;

type End = TestStream['local'];

/** Datagrams to a peer, with their numbers and times. */
export class UdpSender implements TestStream {
  readonly isSender = true;
  readonly local: End;
  readonly remote: End;
  readonly #socket: DatagramSocket;
  readonly #owns: boolean;
  readonly #pace: Pace;
  readonly #budget: Budget;
  readonly #blockOctets: number;
  readonly #wide: boolean;
  readonly #message: Buffer;
  #packets = 0;
  #octets = 0;
  #isClosed = false;

  /** `owns`: the socket is connected to the peer, and closed with the stream. */
  constructor(
    socket: DatagramSocket,
    ends: { readonly local: End; readonly remote: End; readonly owns: boolean },
    parameters: Parameters,
    budget: Budget,
  ) {
    const { blockOctets, bitsPerSecond, wideCounters } = parameters;
    this.#socket = socket;
    this.#owns = ends.owns;
    this.local = ends.local;
    this.remote = ends.remote;
    this.#budget = budget;
    this.#blockOctets = blockOctets;
    this.#wide = wideCounters;
    const isCut = blockOctets <= MAX_CUT_OCTETS;
    const most = isCut ? Math.floor(MAX_MESSAGE_OCTETS / blockOctets) : 1;
    this.#message = randomFillSync(Buffer.alloc(blockOctets * Math.min(most, MAX_DATAGRAMS)));
    if (isCut) socket.setSegmentSize(blockOctets);
    this.#pace = new Pace(bitsPerSecond, (due) => this.#send(due));
    socket.on('error', () => undefined);
  }

  begin(): void {
    this.#pace.begin();
  }

  end(): void {
    this.#pace.end();
  }

  close(): void {
    this.#pace.end();
    this.#isClosed = true;
    if (this.#owns) closeDatagramSocket(this.#socket);
  }

  counts(): Counts {
    return { ...NO_COUNTS, octets: this.#octets, packets: this.#packets };
  }

  tcpFigures(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** As many datagrams as are due, and fit into one message. */
  #send(dueOctets: number): number | 'stop' {
    if (this.#isClosed) return 'stop';
    const size = this.#blockOctets;
    const most = Math.min(this.#message.byteLength, Math.max(size, dueOctets));
    let octets = 0;
    const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
    while (octets + size <= most && this.#budget.take(size) > 0) {
      this.#packets += 1;
      this.#message.writeUInt32BE(Math.floor(microseconds / 1e6), octets);
      this.#message.writeUInt32BE(microseconds % 1e6, octets + 4);
      const at = octets + NUMBER_AT;
      if (this.#wide) this.#message.writeBigUInt64BE(BigInt(this.#packets), at);
      else this.#message.writeUInt32BE(this.#packets >>> 0, at);
      octets += size;
    }
    if (octets === 0) return 'stop';
    const message = this.#message.subarray(0, octets);
    if (this.#owns) this.#socket.send(message);
    else this.#socket.send(message, 0, octets, this.remote.port, this.remote.address);
    this.#octets += octets;
    return octets;
  }
}

/** Counts datagrams of a peer as iperf3 does: lost, out of order, and jitter (RFC 1889 A.8). */
export class UdpReceiver implements TestStream {
  readonly isSender = false;
  readonly local: End;
  readonly remote: End;
  readonly #socket: DatagramSocket | undefined;
  readonly #wide: boolean;
  #octets = 0;
  /** The largest number. */
  #packets = 0;
  #lost = 0;
  #outOfOrder = 0;
  #jitterSeconds = 0;
  #lastTransit: number | undefined;

  /** `socket`: closed with the stream. The caller gives each datagram to `receive()`. */
  constructor(
    ends: { readonly local: End; readonly remote: End },
    { wideCounters }: Parameters,
    socket?: DatagramSocket,
  ) {
    this.local = ends.local;
    this.remote = ends.remote;
    this.#wide = wideCounters;
    this.#socket = socket;
  }

  receive(data: Buffer): void {
    this.#octets += data.byteLength;
    if (data.byteLength < (this.#wide ? 16 : 12)) return;
    const sent = data.readUInt32BE(0) + data.readUInt32BE(4) / 1e6;
    const number = this.#wide
      ? Number(data.readBigUInt64BE(NUMBER_AT))
      : data.readUInt32BE(NUMBER_AT);
    if (number > this.#packets) {
      this.#lost += number - this.#packets - 1;
      this.#packets = number;
    } else {
      this.#outOfOrder += 1;
      if (this.#lost > 0) this.#lost -= 1;
    }
    const transit = (performance.timeOrigin + performance.now()) / 1000 - sent;
    const change = Math.abs(transit - (this.#lastTransit ?? transit));
    this.#lastTransit = transit;
    this.#jitterSeconds += (change - this.#jitterSeconds) / 16;
  }

  begin(): void {
    // What arrives counts from the start.
  }

  end(): void {
    // The sender ends.
  }

  close(): void {
    if (this.#socket !== undefined) closeDatagramSocket(this.#socket);
  }

  counts(): Counts {
    return {
      octets: this.#octets,
      packets: this.#packets,
      lost: this.#lost,
      outOfOrder: this.#outOfOrder,
      jitterSeconds: this.#jitterSeconds,
    };
  }

  tcpFigures(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
