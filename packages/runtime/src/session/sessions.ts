import type { SessionPdu, SessionState } from '@strata/contract';
import { Fifo } from '@strata/wire';
import { type SessionOutcome, sessionOfState, stateOfSession } from './carry.ts';
import {
  ACKNOWLEDGE_DELAY_MS,
  ACKNOWLEDGE_EVERY,
  createSessionCounters,
  type Delivery,
  LOST_AFTER_MS,
  type LostSession,
  MAX_OUT_OF_ORDER,
  PROBE_AFTER_MS,
  RETRANSMIT_MS,
  type SessionCounters,
  type SessionOptions,
  type SessionRules,
  SILENT_AFTER_MS,
  STOPPED_AFTER_MS,
  UNKNOWN_GRACE_MS,
} from './options.ts';
import type { Session } from './session.ts';
import { SessionTable } from './session-table.ts';
import { TimeoutQueue } from './timeout-queue.ts';
import { UnknownSockets } from './unknown-sockets.ts';

/**
 * One side of the transport/application boundary. A session for each socket delivers each body once
 * and in order, though the bus may lose messages (proto/strata/v1/transport_application.proto). A
 * lossless bus needs no sessions: there, bodies pass as `unsequenced` of @strata/contract.
 *
 * It does no I/O. Call `handle`, `send`, `handleConnected`, `handleDisconnected` and
 * `handleTimeout` with the time. Then call `pollDelivery` until undefined, and give the answers to
 * `send`. Then call `pollPdu` until undefined, and `pollLost` last. The boundary's credits bound
 * what is kept for retransmission.
 */
export class Sessions<Out, In> {
  readonly #rules: SessionRules<Out, In>;
  readonly #table = new SessionTable<Out, In>();
  readonly #unknown = new UnknownSockets(UNKNOWN_GRACE_MS);
  readonly #out = new Fifo<SessionPdu<Out>>();
  readonly #deliveries = new Fifo<Delivery<In>>();
  readonly #lost = new Fifo<LostSession>();
  /** Endpoints that acknowledged nothing for SILENT_AFTER_MS. */
  readonly #silent = new Set<string>();
  /** Sessions with bodies to retransmit now. */
  readonly #resending = new Set<Session<Out, In>>();
  readonly #acknowledgeNow = new Set<Session<Out, In>>();
  readonly #acknowledgeLater = new TimeoutQueue<Session<Out, In>>(ACKNOWLEDGE_DELAY_MS);
  readonly #retransmit = RETRANSMIT_MS.map((delay) => new TimeoutQueue<Session<Out, In>>(delay));
  readonly #idle = new TimeoutQueue<Session<Out, In>>(PROBE_AFTER_MS);
  readonly #counters: SessionCounters = createSessionCounters();
  #connected = true;

  constructor(options: SessionOptions<Out, In>) {
    this.#rules = options.rules;
  }

  /** Open sockets. */
  get size(): number {
    return this.#table.size;
  }

  counters(): Readonly<SessionCounters> {
    return { ...this.#counters };
  }

  /** Sends a body. The caller must not change it until it is acknowledged. */
  send(endpoint: string, socket: number, body: Out, nowMs: number): void {
    this.#counters.sent += 1;
    if (this.#rules.isDatagram(body)) {
      this.#out.push({ socket, endpoint, sequence: 0, acknowledge: 0, body });
      return;
    }
    let session = this.#table.get(endpoint, socket);
    if (session === undefined) {
      const isLate = this.#table.finishedAt(endpoint, socket) !== undefined;
      if (isLate || !this.#rules.opens(body)) return;
      session = this.#table.create(endpoint, socket, nowMs);
    }
    if (!session.isEnding) this.#append(session, body, nowMs);
  }

  #append(session: Session<Out, In>, body: Out, nowMs: number): void {
    const sequence = session.sndNxt;
    if (session.unacknowledged.size === 0) {
      session.progressMs = nowMs;
      session.backoff = 0;
      this.#idle.delete(session);
      this.#retransmit[0]!.restart(session, nowMs);
    }
    session.unacknowledged.push(body);
    if (this.#rules.endsOut(body)) session.isEnding = true;
    this.#out.push(this.#pdu(session, sequence, body));
  }

  /** Takes a message from the bus. */
  handle(pdu: SessionPdu<In>, nowMs: number): void {
    const { endpoint, socket, sequence, body } = pdu;
    if (sequence === 0 && body !== undefined) {
      this.#deliverUnsequenced(pdu, body);
      return;
    }
    const session = this.#table.get(endpoint, socket) ?? this.#admit(pdu, nowMs);
    if (session === undefined) return;
    session.heardMs = nowMs;
    this.#acknowledged(session, pdu.acknowledge, nowMs);
    if (body !== undefined && !session.isGone) this.#take(session, sequence, body, nowMs);
  }

  #deliverUnsequenced({ endpoint, socket }: SessionPdu<In>, body: In): void {
    if (this.#rules.endsIn(body)) {
      // The peer does not know the socket. If it never knew it, the message is stale: our first
      // body has not arrived there yet.
      const session = this.#table.get(endpoint, socket);
      if (session === undefined || (session.sndUna === 1 && session.rcvNxt === 1)) return;
      this.#finish(session);
    }
    this.#counters.delivered += 1;
    this.#deliveries.push({ endpoint, socket, body });
  }

  /** The session of a new socket. Undefined: the message must not open one. */
  #admit(pdu: SessionPdu<In>, nowMs: number): Session<Out, In> | undefined {
    const { endpoint, socket, sequence } = pdu;
    const opens = pdu.body !== undefined && this.#rules.opensIn(pdu.body);
    const finishedAt = this.#table.finishedAt(endpoint, socket);
    if (finishedAt !== undefined) {
      if (sequence > 0) this.#pushBare(endpoint, socket, finishedAt);
      return undefined;
    }
    if (sequence === 1 && opens) {
      this.#unknown.forget(endpoint, socket);
      const session = this.#table.create(endpoint, socket, nowMs);
      this.#idle.restart(session, nowMs);
      return session;
    }
    this.#counters.unknown += 1;
    if (sequence > 0 && this.#unknown.persists(endpoint, socket, nowMs)) {
      const body = this.#rules.unknown(socket, endpoint);
      if (body !== undefined) {
        this.#out.push({ socket, endpoint, sequence: 0, acknowledge: 0, body });
      }
    }
    return undefined;
  }

  #acknowledged(session: Session<Out, In>, acknowledge: number, nowMs: number): void {
    if (acknowledge < session.sndUna || acknowledge >= session.sndNxt) return;
    session.acknowledgeUpTo(acknowledge);
    this.#retransmit[session.backoff]!.delete(session);
    session.backoff = 0;
    session.progressMs = nowMs;
    if (session.unacknowledged.size > 0) {
      this.#retransmit[0]!.restart(session, nowMs);
      if (session.sndUna < session.resendUntil) this.#resending.add(session);
      else this.#resending.delete(session);
    } else if (session.isEnding) {
      this.#finish(session);
    } else {
      this.#resending.delete(session);
      this.#idle.restart(session, nowMs);
    }
  }

  #take(session: Session<Out, In>, sequence: number, body: In, nowMs: number): void {
    if (sequence !== session.rcvNxt) {
      this.#takeOutOfOrder(session, sequence, body);
      return;
    }
    let next: In | undefined = body;
    while (next !== undefined) {
      session.rcvNxt += 1;
      session.acknowledgeDue += 1;
      if (!this.#rules.isProbe(next)) this.#deliver(session, next);
      if (session.isGone) return;
      next = session.ahead.get(session.rcvNxt);
      session.ahead.delete(session.rcvNxt);
    }
    if (session.acknowledgeDue >= ACKNOWLEDGE_EVERY) this.#acknowledgeNow.add(session);
    else this.#acknowledgeLater.start(session, nowMs);
  }

  #deliver(session: Session<Out, In>, body: In): void {
    const { endpoint, socket } = session;
    this.#counters.delivered += 1;
    this.#deliveries.push({ endpoint, socket, body });
    if (!this.#rules.endsIn(body)) return;
    this.#finish(session);
    this.#pushBare(endpoint, socket, session.rcvNxt - 1);
  }

  /** A duplicate, or a body ahead of a gap: the peer must learn at once what is expected next. */
  #takeOutOfOrder(session: Session<Out, In>, sequence: number, body: In): void {
    if (sequence < session.rcvNxt || session.ahead.has(sequence)) {
      this.#counters.duplicates += 1;
    } else if (session.ahead.size < MAX_OUT_OF_ORDER) {
      this.#counters.outOfOrder += 1;
      session.ahead.set(sequence, body);
    } else {
      this.#counters.outOfOrderDropped += 1;
    }
    this.#acknowledgeNow.add(session);
  }

  /** The next body for this side, in order for each socket. Undefined: no more. */
  pollDelivery(): Delivery<In> | undefined {
    return this.#deliveries.shift();
  }

  /** A socket whose peer is gone. Undefined: no more. */
  pollLost(): LostSession | undefined {
    return this.#lost.shift();
  }

  /** The next message for the bus. Undefined: no more. Give answers to `send` first. */
  pollPdu(): SessionPdu<Out> | undefined {
    const pdu = this.#out.shift();
    if (pdu !== undefined) return pdu;
    for (const session of this.#resending) return this.#resend(session);
    for (const session of this.#acknowledgeNow) {
      this.#counters.bareAcknowledgements += 1;
      return this.#pdu(session, 0, undefined);
    }
    return undefined;
  }

  #resend(session: Session<Out, In>): SessionPdu<Out> {
    const { sequence, isLast } = session.takeResend();
    if (isLast) this.#resending.delete(session);
    this.#counters.retransmitted += 1;
    return this.#pdu(session, sequence, session.unacknowledged.at(sequence - session.sndUna));
  }

  #pdu(session: Session<Out, In>, sequence: number, body: Out | undefined): SessionPdu<Out> {
    if (session.acknowledgeDue > 0) this.#acknowledgeLater.delete(session);
    session.acknowledgeDue = 0;
    this.#acknowledgeNow.delete(session);
    const { socket, endpoint } = session;
    return { socket, endpoint, sequence, acknowledge: session.rcvNxt - 1, body };
  }

  #pushBare(endpoint: string, socket: number, acknowledge: number): void {
    this.#counters.bareAcknowledgements += 1;
    this.#out.push({ socket, endpoint, sequence: 0, acknowledge, body: undefined });
  }

  #finish(session: Session<Out, In>): void {
    session.isGone = true;
    this.#table.finish(session);
    this.#forget(session);
  }

  #forget(session: Session<Out, In>): void {
    this.#resending.delete(session);
    this.#acknowledgeNow.delete(session);
    this.#acknowledgeLater.delete(session);
    this.#retransmit[session.backoff]!.delete(session);
    this.#idle.delete(session);
    session.ahead.clear();
    session.unacknowledged.clear();
  }

  /** Removes and returns a socket's session, if any. Poll first: what waits is left out. */
  takeOut(endpoint: string, socket: number, nowMs: number): SessionState<Out, In> | undefined {
    const session = this.#table.get(endpoint, socket);
    const state = session && stateOfSession(session, nowMs);
    if (session !== undefined) this.#drop(session);
    return state;
  }

  /** Adds the session of a socket that moved here. Its timers start anew. */
  takeIn(state: SessionState<Out, In>, nowMs: number): SessionOutcome {
    const session = sessionOfState(this.#table, this.#rules, state, nowMs);
    if (typeof session === 'string') return session;
    this.#unknown.forget(session.endpoint, session.socket);
    const isIdle = session.unacknowledged.size === 0;
    (isIdle ? this.#idle : this.#retransmit[session.backoff]!).restart(session, nowMs);
    if (session.sndUna < session.resendUntil) this.#resending.add(session);
    if (session.acknowledgeDue > 0) this.#acknowledgeLater.start(session, nowMs);
    return 'taken';
  }

  /** Runs the timers that are due at `nowMs`. An early call does nothing. */
  handleTimeout(nowMs: number): void {
    this.#excuse(nowMs - this.nextDeadlineMs());
    this.#acknowledgeLater.run(nowMs, (session) => this.#acknowledgeNow.add(session));
    if (!this.#connected) return;
    for (const queue of this.#retransmit) {
      queue.run(nowMs, (session) => this.#expire(session, nowMs));
    }
    this.#idle.run(nowMs, (session) => {
      if (nowMs - session.heardMs >= PROBE_AFTER_MS) this.#probe(session, nowMs);
      else this.#idle.restart(session, nowMs);
    });
  }

  /** If this process was stopped, that time is no silence: messages wait to be read. */
  #excuse(lateMs: number): void {
    if (lateMs < STOPPED_AFTER_MS || lateMs === Number.POSITIVE_INFINITY) return;
    for (const session of this.#table) {
      session.progressMs += lateMs;
      session.heardMs += lateMs;
    }
  }

  #expire(session: Session<Out, In>, nowMs: number): void {
    if (nowMs - session.progressMs >= LOST_AFTER_MS) {
      this.#lose(session);
      return;
    }
    if (nowMs - session.progressMs >= SILENT_AFTER_MS) this.#silent.add(session.endpoint);
    session.backoff = Math.min(session.backoff + 1, RETRANSMIT_MS.length - 1);
    this.#startResending(session, nowMs);
  }

  /** The peer is gone. If it comes back, it is told that the socket is unknown. */
  #lose(session: Session<Out, In>): void {
    this.#counters.lost += 1;
    this.#drop(session);
    // Our last body was sent: nobody here waits for the peer any more.
    if (!session.isEnding) this.#lost.push({ endpoint: session.endpoint, socket: session.socket });
  }

  #drop(session: Session<Out, In>): void {
    session.isGone = true;
    this.#table.remove(session);
    this.#forget(session);
  }

  /** Gives up those sockets of an endpoint that `isMeant` selects. `pollLost` names them. */
  giveUp(endpoint: string, isMeant: (socket: number) => boolean): void {
    for (const session of this.#table.of(endpoint)) {
      if (isMeant(session.socket)) this.#lose(session);
    }
  }

  /** Whether the endpoint has an open socket. */
  has(endpoint: string): boolean {
    return this.#table.has(endpoint);
  }

  /** An endpoint that acknowledged nothing for a while and may be gone. Undefined: no more. */
  pollSilent(): string | undefined {
    const [endpoint] = this.#silent;
    if (endpoint !== undefined) this.#silent.delete(endpoint);
    return endpoint;
  }

  #startResending(session: Session<Out, In>, nowMs: number): void {
    session.resendNext = session.sndUna;
    session.resendUntil = session.sndNxt;
    this.#resending.add(session);
    this.#retransmit[session.backoff]!.restart(session, nowMs);
  }

  #probe(session: Session<Out, In>, nowMs: number): void {
    this.#counters.probes += 1;
    this.#append(session, this.#rules.probe(session.socket, session.endpoint), nowMs);
  }

  /** The bus is connected again: unacknowledged bodies are retransmitted at once. */
  handleConnected(nowMs: number): void {
    if (this.#connected) return;
    this.#connected = true;
    this.checkPeer(nowMs);
  }

  /** The peer may have restarted: each socket retransmits, or probes, at once. */
  checkPeer(nowMs: number): void {
    if (!this.#connected) return;
    for (const session of this.#table) {
      session.progressMs = nowMs;
      session.heardMs = nowMs;
      if (session.unacknowledged.size === 0) {
        this.#probe(session, nowMs);
        continue;
      }
      this.#retransmit[session.backoff]!.delete(session);
      session.backoff = 0;
      this.#startResending(session, nowMs);
    }
  }

  /** The bus is disconnected: nothing is retransmitted and no peer given up meanwhile. */
  handleDisconnected(): void {
    this.#connected = false;
  }

  /** When to call handleTimeout next. Infinity: never. */
  nextDeadlineMs(): number {
    let deadlineMs = this.#acknowledgeLater.nextDeadlineMs();
    if (!this.#connected) return deadlineMs;
    for (const queue of this.#retransmit) {
      deadlineMs = Math.min(deadlineMs, queue.nextDeadlineMs());
    }
    return Math.min(deadlineMs, this.#idle.nextDeadlineMs());
  }
}
