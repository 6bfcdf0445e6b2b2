import type { NetworkIndication, NetworkRequest } from '@strata/network';
import type { SimulatedTransport } from '@strata/simulator';
import type { TransportCore, TransportIndication, TransportRequest } from '@strata/transport';
import { type MakeCore, type Move, move } from './move.ts';

/** How the transport is moved. */
export type Manner = Pick<Move, 'inTransit' | 'compares'>;

/**
 * Steps of the virtual clock per millisecond. A power of two, so that sums of times are exact on
 * every clock.
 */
const STEPS_PER_MS = 1024;

/**
 * A transport that may be moved while it runs. All its state is taken out of its core, encoded,
 * decoded, and taken into a fresh core with another clock. From outside it is the same transport.
 *
 * Times are rounded up to steps of the clock, so that deadlines that differ only by a rounding
 * error are equal.
 */
export class MovingTransport implements SimulatedTransport {
  readonly #make: MakeCore;
  #core: TransportCore;
  /** The time of the core's clock when the outer clock reads 0. */
  #offsetMs = 0;
  #isAtRest = true;
  #rests = 0;
  #moveAt: ReadonlySet<number> = new Set();
  #manner: Manner = {};
  readonly #log: string[];

  /**
   * `log` gets a line for each input, each request to network and each indication to the
   * application.
   */
  constructor(make: MakeCore, log: string[]) {
    this.#make = make;
    this.#log = log;
    this.#core = make(0);
  }

  get core(): TransportCore {
    return this.#core;
  }

  /** How often it could have been moved so far. */
  get rests(): number {
    return this.#rests;
  }

  /** Moves it at these rests, counted from 0. */
  moveAt(rests: readonly number[], manner: Manner = {}): void {
    this.#moveAt = new Set(rests);
    this.#manner = manner;
  }

  handleIndication(indication: NetworkIndication, nowMs: number): void {
    const now = this.#input(nowMs);
    this.#core.handleIndication(indication, now);
  }

  handleRequest(request: TransportRequest, nowMs: number): void {
    const now = this.#input(nowMs);
    this.#core.handleRequest(request, now);
  }

  handleTimeout(nowMs: number): void {
    const now = this.#input(nowMs);
    this.#core.handleTimeout(now);
  }

  pollNetworkRequest(): NetworkRequest | undefined {
    const request = this.#core.pollNetworkRequest();
    if (request === undefined) this.#isAtRest = true;
    else this.#log.push(describe(request));
    return request;
  }

  pollIndication(): TransportIndication | undefined {
    const told = this.#core.pollIndication();
    if (told === undefined) return undefined;
    this.#log.push(describe(told));
    // The simulated application does not know urgent data.
    return told.kind === 'urgent' ? this.pollIndication() : told;
  }

  nextDeadlineMs(): number {
    const deadline = this.#core.nextDeadlineMs() - this.#offsetMs;
    if (deadline === Infinity) return deadline;
    // Adds a third of a step. So a deadline that is a step, except for a rounding error, always
    // becomes the next step.
    return Math.ceil(deadline * STEPS_PER_MS + 1 / 3) / STEPS_PER_MS;
  }

  #input(nowMs: number): number {
    const now = Math.ceil(nowMs * STEPS_PER_MS) / STEPS_PER_MS;
    if (this.#isAtRest) {
      if (this.#moveAt.has(this.#rests)) this.move(now);
      this.#rests += 1;
    }
    this.#isAtRest = false;
    this.#log.push(`at ${now}`);
    return now + this.#offsetMs;
  }

  /** Moves the whole state to a core whose clock is far off. */
  move(nowMs: number): void {
    const fromMs = nowMs + this.#offsetMs;
    this.#offsetMs = (this.#offsetMs === 0 ? 1 : -1) * 7_000_000 + this.#rests;
    const to = this.#make(this.#offsetMs);
    const toMs = nowMs + this.#offsetMs;
    move({ from: this.#core, fromMs, to, toMs, ...this.#manner });
    this.#core = to;
  }
}

/** A PDU to network or to the application, with its octets as a hash. */
function describe(pdu: NetworkRequest | TransportIndication): string {
  return JSON.stringify(pdu, (_, value) => (value instanceof Uint8Array ? hashOf(value) : value));
}

function hashOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${bytes.byteLength}:${hash >>> 0}`;
}
