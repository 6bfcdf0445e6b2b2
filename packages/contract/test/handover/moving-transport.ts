import type { NetworkIndication, NetworkRequest } from '@strata/network';
import { type SimulatedTransport, tcbFaults } from '@strata/simulator';
import type {
  HandoverRecord,
  TransportCore,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import { decodeHandover, encodeHandover } from '../../src/index.ts';
import { difference } from './difference.ts';

/** Makes a core of the same stack whose clock says `startedAtMs` when the stack began. */
export type MakeCore = (startedAtMs: number) => TransportCore;

/** Changes a record on its way; what it returns arrives. */
export type InTransit = (record: HandoverRecord) => HandoverRecord;

/** Steps of the virtual clock in a millisecond. A power of two, so that sums of times are exact on every clock. */
const STEPS_PER_MS = 1024;

/** Thrown where a move is not what it should be. */
export class MoveError extends Error {
  override readonly name = 'MoveError';
}

/**
 * A transport that may be moved while it runs: all of its state is taken out of its core, encoded, decoded, and taken into a fresh one on
 * another clock. Seen from outside it is the same transport.
 *
 * Times are brought to steps of the clock, up from where they are: a deadline that differs by a rounding error is still the same.
 */
export class MovingTransport implements SimulatedTransport {
  readonly #make: MakeCore;
  #core: TransportCore;
  /** What the core's clock says when the outer one says 0. */
  #offsetMs = 0;
  #isAtRest = true;
  #rests = 0;
  #moveAt: ReadonlySet<number> = new Set();
  #inTransit: InTransit = (record) => record;
  readonly #log: string[];
  /** The records of the last move, as they were sent. */
  moved: readonly HandoverRecord[] = [];

  /** `log`: where each input, and all that goes down to network and up to the application, is put, a line each. */
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

  /** Has it moved at these rests, counted from 0. */
  moveAt(rests: readonly number[], inTransit?: InTransit): void {
    this.#moveAt = new Set(rests);
    if (inTransit !== undefined) this.#inTransit = inTransit;
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
    // The simulated application knows nothing of urgent data.
    return told.kind === 'urgent' ? this.pollIndication() : told;
  }

  nextDeadlineMs(): number {
    const deadline = this.#core.nextDeadlineMs() - this.#offsetMs;
    if (deadline === Infinity) return deadline;
    // A third of a step on: what lies on a step exactly, but for rounding, comes out as the next.
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

  /** Moves all there is to a core whose clock is another one by a long way. */
  move(nowMs: number, transit = this.#inTransit): void {
    const old = this.#core;
    const oldNowMs = nowMs + this.#offsetMs;
    const records = [...old.takeOut(() => true, oldNowMs), old.exportStack(oldNowMs)];
    expectNothingLeft(old);
    this.#offsetMs = (this.#offsetMs === 0 ? 1 : -1) * 7_000_000 + this.#rests;
    const core = this.#make(this.#offsetMs);
    const newNowMs = nowMs + this.#offsetMs;
    const arrived = records.map((record) => decodeHandover(encodeHandover(transit(record))));
    for (const { outcome, detail } of core.takeIn(arrived, newNowMs)) {
      if (outcome !== 'taken') throw new MoveError(`${outcome}: ${detail}`);
    }
    expectSame(records, core, newNowMs);
    this.moved = records;
    this.#core = core;
  }
}

/** What was taken out is gone, without a word. */
function expectNothingLeft(core: TransportCore): void {
  if (core.sockets().length > 0) throw new MoveError('the old core still has sockets');
  if (core.nextDeadlineMs() !== Infinity) throw new MoveError('the old core still has a timer');
  if (core.pollIndication() !== undefined) throw new MoveError('the application heard of the move');
  if (core.pollNetworkRequest() !== undefined) throw new MoveError('the peer heard of the move');
}

/** What was taken in is what was taken out, its sums are right, and nothing was said. */
function expectSame(records: readonly HandoverRecord[], core: TransportCore, nowMs: number): void {
  const again = [...core.exportSockets(() => true, nowMs), core.exportStack(nowMs)];
  const found = difference(sorted(records), sorted(again));
  if (found !== undefined) throw new MoveError(`not what was taken out: ${found}`);
  for (const tcb of core.connections()) {
    const faults = tcbFaults(tcb, true);
    if (faults.length > 0) throw new MoveError(faults.join('; '));
  }
  if (core.pollIndication() !== undefined) throw new MoveError('the move told the application');
  if (core.pollNetworkRequest() !== undefined) throw new MoveError('the move sent something');
}

/** By what they are and whose: the order of tables is nothing that is carried. */
function sorted(records: readonly HandoverRecord[]): HandoverRecord[] {
  const keyOf = (record: HandoverRecord) => {
    const [[name, message]] = Object.entries(record).filter(([key]) => key !== 'version') as [
      [string, { socket?: unknown; local?: unknown; remote?: unknown }],
    ];
    return JSON.stringify([name, message.socket, message.local, message.remote]);
  };
  return [...records].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** All that network or the application gets, octets as a hash. */
function describe(pdu: NetworkRequest | TransportIndication): string {
  return JSON.stringify(pdu, (_, value) => (value instanceof Uint8Array ? hashOf(value) : value));
}

function hashOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${bytes.byteLength}:${hash >>> 0}`;
}
