import { type NetworkIndication, type NetworkRequest, wholeRequest } from '@strata/network';
import type { TransportIndication, TransportRequest } from '@strata/transport';
import type { SimulatedApplication } from './application.ts';
import { ImpairedWire, type Impairment, type WirePacket } from './impaired-wire.ts';
import { IpJoint, type IpJointOptions } from './ip-joint.ts';
import { SeededRandom } from './seeded-random.ts';
import { SIDE_NAMES, type TraceRecorder } from './trace-recorder.ts';

/**
 * The part of a transport core that a simulation drives. `TransportCore` implements it; another
 * implementation may too.
 */
export interface SimulatedTransport {
  handleIndication(indication: NetworkIndication, nowMs: number): void;
  handleRequest(request: TransportRequest, nowMs: number): void;
  handleTimeout(nowMs: number): void;
  pollNetworkRequest(): NetworkRequest | undefined;
  pollIndication(): TransportIndication | undefined;
  /** Infinity if there is none. */
  nextDeadlineMs(): number;
}

export interface PairOptions extends IpJointOptions {
  readonly seed: number;
  readonly transports: readonly [SimulatedTransport, SimulatedTransport];
  readonly applications: readonly [SimulatedApplication, SimulatedApplication];
  /** The wire from the first to the second, and back. */
  readonly wires: readonly [Impairment, Impairment];
  /** Start of the virtual clock. Default 0. */
  readonly startMs?: number | undefined;
  /** Most events of a run; more count as a livelock. Default 2,000,000. */
  readonly eventBudget?: number | undefined;
  /**
   * Packets that transport gets before its output is polled: a driver drains a device in such
   * batches. Default 1.
   */
  readonly batchPackets?: number | undefined;
  readonly recorder?: TraceRecorder | undefined;
  /** Sees each packet before the wire; true drops it. For planned losses. */
  readonly drop?: ((from: 0 | 1, packet: WirePacket, nowMs: number) => boolean) | undefined;
}

// Globals are slow to reach under Jest, which matters in what runs for every packet.
const { min, max } = Math;
const NEVER = Infinity;

/** Thrown if a run exceeds its budget of events, because it loops. */
export class LivelockError extends Error {
  override readonly name = 'LivelockError';
  readonly code = 'ERR_SIMULATED_LIVELOCK';
}

/** Most polling turns in one instant. More mean that the two ends answer each other for ever. */
const TURNS_PER_INSTANT = 100_000;

/**
 * Two transports, an application on each, and the wire between them, in virtual time. Time jumps to
 * the next event. Within one instant arrivals come before timers, timers before applications, and
 * the first side before the second. The same options give the same run.
 */
export class Pair {
  readonly #options: PairOptions;
  readonly #wires: readonly [ImpairedWire, ImpairedWire];
  readonly #joint: IpJoint;
  #nowMs: number;
  #events = 0;

  constructor(options: PairOptions) {
    this.#options = options;
    this.#nowMs = options.startMs ?? 0;
    this.#joint = new IpJoint(options);
    this.#wires = [
      new ImpairedWire(options.wires[0], new SeededRandom(options.seed, 101)),
      new ImpairedWire(options.wires[1], new SeededRandom(options.seed, 202)),
    ];
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Number of events so far: arrivals, timers, requests and indications. */
  get events(): number {
    return this.#events;
  }

  /** The wire on which side `from` sends. */
  wire(from: 0 | 1): ImpairedWire {
    return this.#wires[from];
  }

  /** Runs until no event is left, or until `untilMs`. True if no event is left. */
  run(untilMs = NEVER): boolean {
    this.#settle();
    for (let next = this.#nextMs(); next <= untilMs && next !== NEVER; next = this.#nextMs()) {
      this.#nowMs = max(this.#nowMs, next);
      this.#step();
    }
    if (this.#nextMs() === NEVER) return true;
    this.#nowMs = max(this.#nowMs, untilMs);
    return false;
  }

  #nextMs(): number {
    const { transports, applications } = this.#options;
    return min(
      this.#wires[0].nextDeadlineMs(),
      this.#wires[1].nextDeadlineMs(),
      transports[0].nextDeadlineMs(),
      transports[1].nextDeadlineMs(),
      applications[0].nextDeadlineMs(),
      applications[1].nextDeadlineMs(),
    );
  }

  #step(): void {
    for (const from of [0, 1] as const) this.#deliver(from);
    for (const side of [0, 1] as const) {
      const transport = this.#options.transports[side];
      if (transport.nextDeadlineMs() <= this.#nowMs) {
        this.#count();
        transport.handleTimeout(this.#nowMs);
        this.#settle();
      }
      const application = this.#options.applications[side];
      if (application.nextDeadlineMs() <= this.#nowMs) {
        this.#count();
        application.handleTimeout(this.#nowMs);
        this.#settle();
      }
    }
  }

  /** Hands the arrived packets to transport, in batches. */
  #deliver(from: 0 | 1): void {
    const { batchPackets = 1, transports } = this.#options;
    const to = transports[1 - from]!;
    let inBatch = 0;
    for (
      let packet = this.#wires[from].receive(this.#nowMs);
      packet !== undefined;
      packet = this.#wires[from].receive(this.#nowMs)
    ) {
      this.#count();
      const indication = this.#joint.fromWire(packet);
      if (indication !== undefined) to.handleIndication(indication, this.#nowMs);
      inBatch += 1;
      if (inBatch % batchPackets === 0) this.#settle();
    }
    this.#settle();
  }

  /** Polls both sides until neither has more output in this instant. */
  #settle(): void {
    for (let turn = 0; this.#settleSide(0) || this.#settleSide(1); turn += 1) {
      if (turn > TURNS_PER_INSTANT) throw this.#livelock('the two ends do not come to rest');
    }
  }

  #settleSide(side: 0 | 1): boolean {
    const transport = this.#options.transports[side];
    const application = this.#options.applications[side];
    let moved = false;
    for (let asked = application.pollRequest(); asked; asked = application.pollRequest()) {
      this.#count();
      this.#options.recorder?.note(this.#nowMs, side, describeRequest(asked));
      transport.handleRequest(asked, this.#nowMs);
      moved = true;
    }
    for (let told = transport.pollIndication(); told; told = transport.pollIndication()) {
      this.#count();
      this.#options.recorder?.note(this.#nowMs, side, describeIndication(told));
      application.handleIndication(told, this.#nowMs);
      moved = true;
    }
    for (let sent = transport.pollNetworkRequest(); sent; sent = transport.pollNetworkRequest()) {
      this.#send(side, wholeRequest(sent));
      moved = true;
    }
    return moved;
  }

  #send(side: 0 | 1, request: NetworkRequest): void {
    const wire = this.#wires[side];
    for (const packet of this.#joint.toWire(request)) {
      const refusal = this.#joint.tooBig(packet, wire.impairment.mtuOctets);
      if (refusal !== undefined) {
        this.#options.recorder?.packet(this.#nowMs, side, packet, 'lost');
        this.#transmit(side === 0 ? 1 : 0, refusal);
      } else this.#transmit(side, packet);
    }
  }

  #transmit(from: 0 | 1, packet: WirePacket): void {
    const { recorder, drop } = this.#options;
    const dropped = drop?.(from, packet, this.#nowMs) ?? false;
    // The wire owns the bytes once it has taken the packet; the recorder copies them before the
    // receiver may change them.
    const fate = dropped ? 'lost' : this.#wires[from].send(packet, this.#nowMs);
    recorder?.packet(this.#nowMs, from, packet, fate);
  }

  #count(): void {
    this.#events += 1;
    const { eventBudget = 2_000_000 } = this.#options;
    if (this.#events > eventBudget) throw this.#livelock(`more than ${eventBudget} events`);
  }

  #livelock(what: string): LivelockError {
    const deadlines = this.#options.transports.map(
      (transport, side) => `${SIDE_NAMES[side]} waits for ${transport.nextDeadlineMs()} ms`,
    );
    return new LivelockError(`${what} at ${this.#nowMs} ms; ${deadlines.join(', ')}`);
  }
}

function describeRequest(request: TransportRequest): string {
  const what = `app: ${request.kind} ${request.socket}`;
  if (request.kind === 'send') return `${what} ${request.offset}+${request.data.byteLength}`;
  return request.kind === 'credit' ? `${what} ${request.limitOctets}` : what;
}

function describeIndication(told: TransportIndication): string {
  const what = `tcp: ${told.kind} ${told.socket}`;
  if (told.kind === 'data') return `${what} ${told.offset}+${told.data.byteLength}`;
  if (told.kind === 'credit')
    return `${what} ${told.limitOctets} (${told.acknowledgedOctets} acked)`;
  return told.kind === 'closed' ? `${what} ${told.reason} ${told.detail}` : what;
}
