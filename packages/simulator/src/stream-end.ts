import type {
  CloseReason,
  SocketId,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import { firstMismatch, patternOctets } from './pattern.ts';

// Globals are slow to reach under Jest, which matters in what runs for every packet.
const { min } = Math;
const NEVER = Infinity;

/** The behaviour of the application at one end of a connection. */
export interface StreamPlan {
  /** Octets to send; `echo`: sends back the received octets until the peer's FIN. Default 0. */
  readonly send?: number | 'echo' | undefined;
  /** Seed of the pattern to send. Default 1. */
  readonly sendSeed?: number | undefined;
  /** Octets that must be received before the peer's FIN. Undefined: any number. */
  readonly expect?: number | undefined;
  /** Seed of the pattern that must be received. Undefined: any octets. */
  readonly expectSeed?: number | undefined;
  /** Octets per write. Default 4,096. */
  readonly writeOctets?: number | undefined;
  /** Pause between two writes. Default 0. */
  readonly writeEveryMs?: number | undefined;
  /** Octets of credit that the application gives beyond what it has read. Default 65,536. */
  readonly windowOctets?: number | undefined;
  /** Octets per read. Default: all that are available. */
  readonly readOctets?: number | undefined;
  /** Pause between two reads. Default 0: the application reads at once. */
  readonly readEveryMs?: number | undefined;
  /** Time from the start of the connection to the first read. Default 0. */
  readonly readAfterMs?: number | undefined;
  /**
   * What follows the last octet sent. `shutdown` (the default): FIN at once. `shutdown after end`:
   * FIN after the peer's FIN. `close`: the socket is closed. `abort`: RST. `nothing`: the
   * connection stays open.
   */
  readonly afterwards?:
    | 'shutdown'
    | 'shutdown after end'
    | 'close'
    | 'abort'
    | 'nothing'
    | undefined;
}

/** Thrown if transport breaks the boundary's contract or delivers wrong octets. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  readonly code = 'ERR_SIMULATED_STREAM';
}

/**
 * The application at one end of a connection. It checks all indications: offsets without gaps, data
 * within the credit, expected octets, no data after the end, one `closed`.
 */
export class StreamEnd {
  readonly socket: SocketId;
  readonly #name: string;
  readonly #plan: StreamPlan;
  readonly #request: (request: TransportRequest) => void;
  #sendLimit: number;
  #acknowledged = 0;
  #sent = 0;
  #received = 0;
  #read = 0;
  #creditLimit: number;
  #lastDataAtMs = 0;
  #ended = false;
  #finishedSending = false;
  #closed: { readonly reason: CloseReason; readonly detail: string } | undefined;
  /** Received data that is still to be echoed. */
  readonly #toEcho: Uint8Array[] = [];
  #nextWriteMs: number;
  #nextReadMs: number;

  /** `sendCreditOctets`: the send credit that transport gave with the connection. */
  constructor(
    name: string,
    socket: SocketId,
    plan: StreamPlan,
    sendCreditOctets: number,
    nowMs: number,
    request: (request: TransportRequest) => void,
  ) {
    this.#name = name;
    this.socket = socket;
    this.#plan = plan;
    this.#sendLimit = sendCreditOctets;
    this.#creditLimit = windowOf(plan);
    this.#request = request;
    this.#nextWriteMs = nowMs;
    this.#nextReadMs = nowMs + (plan.readAfterMs ?? 0);
    this.#write(nowMs);
  }

  get sentOctets(): number {
    return this.#sent;
  }

  get acknowledgedOctets(): number {
    return this.#acknowledged;
  }

  get receivedOctets(): number {
    return this.#received;
  }

  /** When the last octets were received; 0 if none were. */
  get lastDataAtMs(): number {
    return this.#lastDataAtMs;
  }

  /** The plan that this end follows. */
  get plan(): StreamPlan {
    return this.#plan;
  }

  /** Whether the peer's FIN has arrived. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Why the socket is closed. Undefined while it is open. */
  get closed(): { readonly reason: CloseReason; readonly detail: string } | undefined {
    return this.#closed;
  }

  /** When the next write or read is due. */
  nextDeadlineMs(): number {
    if (this.#closed !== undefined) return NEVER;
    const writes = this.#mayWrite() ? this.#nextWriteMs : NEVER;
    const reads = this.#read < this.#received ? this.#nextReadMs : NEVER;
    return min(writes, reads);
  }

  handleTimeout(nowMs: number): void {
    if (this.#closed !== undefined) return;
    if (this.#nextReadMs <= nowMs) this.#readSome(nowMs);
    if (this.#nextWriteMs <= nowMs) this.#write(nowMs);
  }

  handleIndication(indication: TransportIndication, nowMs: number): void {
    this.#require(this.#closed === undefined, `${indication.kind} after closed`);
    switch (indication.kind) {
      case 'data':
        this.#takeData(indication.offset, indication.data, nowMs);
        break;
      case 'credit':
        this.#require(Number.isSafeInteger(indication.limitOctets), 'credit is no whole number');
        this.#require(indication.limitOctets >= this.#sendLimit, 'credit shrinks');
        this.#require(indication.acknowledgedOctets <= this.#sent, 'more acknowledged than sent');
        this.#require(indication.acknowledgedOctets >= this.#acknowledged, 'less acknowledged');
        this.#sendLimit = indication.limitOctets;
        this.#acknowledged = indication.acknowledgedOctets;
        this.#write(nowMs);
        break;
      case 'end':
        this.#takeEnd(indication.offset, nowMs);
        break;
      case 'closed':
        this.#takeClosed(indication.reason, indication.detail);
        break;
      case 'error':
      case 'urgent':
        break;
      default:
        throw this.#error(`${indication.kind} for a connection`);
    }
  }

  #takeData(offset: number, data: Uint8Array, nowMs: number): void {
    this.#require(!this.#ended, 'data after the end');
    this.#require(data.byteLength > 0, 'data without octets');
    this.#require(offset === this.#received, `data at ${offset}, not at ${this.#received}`);
    this.#received += data.byteLength;
    this.#lastDataAtMs = nowMs;
    this.#require(this.#received <= this.#creditLimit, `data beyond the credit`);
    if (this.#plan.expectSeed !== undefined) {
      const mismatch = firstMismatch(this.#plan.expectSeed, offset, data);
      this.#require(mismatch === undefined, `a wrong octet at offset ${mismatch}`);
    }
    if (this.#plan.send === 'echo') this.#toEcho.push(data);
    this.#readSome(nowMs);
    this.#write(nowMs);
  }

  #takeEnd(offset: number, nowMs: number): void {
    this.#require(!this.#ended, 'a second end');
    this.#require(offset === this.#received, `end at ${offset}, not at ${this.#received}`);
    const { expect } = this.#plan;
    this.#require(
      expect === undefined || expect === offset,
      `end after ${offset} of ${expect} octets`,
    );
    this.#ended = true;
    this.#write(nowMs);
  }

  #takeClosed(reason: CloseReason, detail: string): void {
    if (reason === 'finished' && this.#plan.afterwards !== 'close') {
      this.#require(this.#ended, 'finished before the peer has ended');
    }
    this.#closed = { reason, detail };
  }

  #readSome(nowMs: number): void {
    if (this.#nextReadMs > nowMs || this.#read === this.#received) return;
    const { readOctets = NEVER, readEveryMs = 0 } = this.#plan;
    this.#read = min(this.#received, this.#read + readOctets);
    this.#nextReadMs = nowMs + readEveryMs;
    this.#grantCredit();
  }

  #grantCredit(): void {
    // Data to be echoed is kept until it is sent, and counts as unread until then.
    const taken = this.#plan.send === 'echo' ? min(this.#read, this.#sent) : this.#read;
    const limitOctets = taken + windowOf(this.#plan);
    if (limitOctets <= this.#creditLimit || this.#ended) return;
    this.#creditLimit = limitOctets;
    this.#request({ kind: 'credit', socket: this.socket, limitOctets });
  }

  /** Octets ready to be sent. */
  #available(): number {
    const { send = 0 } = this.#plan;
    return (send === 'echo' ? this.#received : send) - this.#sent;
  }

  /** Whether all octets are sent, and the plan's `afterwards` may follow. */
  #isDone(): boolean {
    const { send = 0, afterwards } = this.#plan;
    if (this.#available() > 0) return false;
    return this.#ended || (send !== 'echo' && afterwards !== 'shutdown after end');
  }

  #mayWrite(): boolean {
    if (this.#finishedSending) return false;
    return this.#isDone() || (this.#available() > 0 && this.#sent < this.#sendLimit);
  }

  #write(nowMs: number): void {
    const { writeOctets = 4096, writeEveryMs = 0, send } = this.#plan;
    while (this.#mayWrite() && this.#nextWriteMs <= nowMs) {
      if (this.#isDone()) {
        this.#finishSending();
        return;
      }
      const data = this.#nextData(min(writeOctets, this.#sendLimit - this.#sent));
      const offset = this.#sent;
      this.#sent += data.byteLength;
      this.#nextWriteMs = nowMs + writeEveryMs;
      this.#request({ kind: 'send', socket: this.socket, offset, data, push: true });
    }
    if (send === 'echo') this.#grantCredit();
  }

  #nextData(atMost: number): Uint8Array {
    const { send = 0, sendSeed = 1 } = this.#plan;
    if (send !== 'echo') {
      return patternOctets(sendSeed, this.#sent, min(atMost, send - this.#sent));
    }
    const first = this.#toEcho.shift()!;
    if (first.byteLength <= atMost) return first;
    this.#toEcho.unshift(first.subarray(atMost));
    return first.slice(0, atMost);
  }

  #finishSending(): void {
    const { afterwards = 'shutdown' } = this.#plan;
    this.#finishedSending = true;
    if (afterwards === 'nothing') return;
    const kind = afterwards === 'shutdown after end' ? 'shutdown' : afterwards;
    this.#request({ kind, socket: this.socket });
  }

  #require(holds: boolean, what: string): void {
    if (!holds) throw this.#error(what);
  }

  #error(what: string): StreamError {
    return new StreamError(`${this.#name}, socket ${this.socket}: ${what}`);
  }
}

/** Credit that the application gives when it opens or accepts a connection, octets. */
export function windowOf(plan: StreamPlan): number {
  return plan.windowOctets ?? 65_536;
}
