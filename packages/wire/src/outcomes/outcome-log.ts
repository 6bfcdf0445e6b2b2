import { Fifo } from '../collections/fifo.ts';
import type { Cause, CauseKind, Layer, Outcome, StateChange, Subject, Verdict } from './outcome.ts';
import type { Reason } from './reasons.ts';

/** Maximum number of outcomes that wait to be polled. */
const MAX_WAITING = 65_536;

/** The cause before the first call. */
const NOTHING: Cause = { kind: 'control', name: 'start', id: 0 };

/**
 * A core's record of what it does, for the caller to poll. Off by default. While it is off, the
 * core may only read `isOn`, so each call site costs one branch and allocates nothing.
 *
 * Order of calls: `begin` (or `expire`, `resume`) at each entry of the core; `report` for each
 * thing that is done; `poll` until it returns undefined, with the core's other outputs.
 */
export class OutcomeLog<Pdu> {
  /** To be checked before each other call. Only `observe` changes it. */
  isOn = false;
  readonly #layer: Layer;
  readonly #waiting = new Fifo<Outcome<Pdu>>();
  #kept = new WeakMap<object, Cause>();
  #cause: Cause = NOTHING;
  #pdu: Pdu | undefined;
  #nowMs = 0;
  #causes = 0;
  #lost = 0;
  #about: Subject | undefined;
  #purpose: { readonly verdict: Verdict; readonly reason: Reason } | undefined;

  constructor(layer: Layer) {
    this.#layer = layer;
  }

  /** Switches the log on or off. Switching it off discards the waiting outcomes. */
  observe(on: boolean): void {
    this.isOn = on;
    if (on) return;
    this.#waiting.clear();
    this.#kept = new WeakMap();
    this.#pdu = undefined;
    this.#about = undefined;
    this.#purpose = undefined;
    this.#cause = NOTHING;
  }

  /**
   * An input, a timer or a command is the cause from here on. `pdu`: the received PDU, if any.
   * `nowMs`: default: the time of the last cause.
   */
  begin(kind: CauseKind, name: string, pdu: Pdu | undefined, nowMs = this.#nowMs): void {
    this.#causes += 1;
    this.#cause = { kind, name, id: this.#causes };
    this.#pdu = pdu;
    this.#about = undefined;
    this.#nowMs = nowMs;
    this.#purpose = undefined;
  }

  /**
   * The cause stays, but the PDU changes: to one that waited, or one that the stack sent to itself.
   */
  turnTo(pdu: Pdu | undefined): void {
    this.#pdu = pdu;
  }

  /** Sets what the outcomes are about from here on, until the next cause. */
  concern(about: Subject): void {
    this.#about = about;
  }

  /** Reports what was done with the received PDU. */
  report(verdict: Verdict, reason: Reason, about: Subject | undefined = this.#about): void {
    this.#add(verdict, reason, this.#pdu, about, undefined);
  }

  /**
   * Reports what was done with another PDU. Undefined: with none, such as an answer that was not
   * made.
   */
  reportOf(
    pdu: Pdu | undefined,
    verdict: Verdict,
    reason: Reason,
    about: Subject | undefined = this.#about,
  ): void {
    if (verdict === 'dropped') this.#purpose = undefined;
    this.#add(verdict, reason, pdu, about, undefined);
  }

  /** A timer has expired: it is the cause of what follows. */
  expire(name: string, reason: Reason, about: Subject | undefined, nowMs: number): void {
    this.begin('timer', name, undefined, nowMs);
    this.#about = about;
    this.#add('timer', reason, undefined, about, undefined);
  }

  /** Reports a change of state. */
  change(change: StateChange, reason: Reason, about: Subject | undefined): void {
    this.#add('state change', reason, undefined, about, change);
  }

  /** Sets the verdict and reason of the next sent PDU, in place of the default ones. */
  purpose(verdict: 'emitted' | 'answered' | 'retransmitted', reason: Reason): void {
    this.#purpose = { verdict, reason };
  }

  /** Like {@link purpose}, unless a purpose is already set. */
  purposeUnlessKnown(verdict: 'emitted' | 'answered', reason: Reason): void {
    this.#purpose ??= { verdict, reason };
  }

  /** Reports that a PDU is sent, for the purpose that was set, or else for `reason`. */
  emitted(pdu: Pdu, reason: Reason, about: Subject | undefined = this.#about): void {
    const purpose = this.#purpose;
    this.#purpose = undefined;
    this.#add(purpose?.verdict ?? 'emitted', purpose?.reason ?? reason, pdu, about, undefined);
  }

  /**
   * Remembers the current cause for `subject`, which will act on it later, at a poll. The last of
   * several causes counts.
   */
  keep(subject: object): void {
    this.#kept.set(subject, this.#cause);
  }

  /** `subject` acts now: its remembered cause becomes the current cause. */
  resume(subject: object, nowMs: number): void {
    this.#cause = this.#kept.get(subject) ?? this.#cause;
    this.#pdu = undefined;
    this.#about = undefined;
    this.#nowMs = nowMs;
    this.#purpose = undefined;
  }

  /** The next outcome, or undefined. */
  poll(): Outcome<Pdu> | undefined {
    return this.#waiting.shift();
  }

  /** Number of outcomes lost because nobody polled in time: at most 65,536 wait. */
  get lost(): number {
    return this.#lost;
  }

  #add(
    verdict: Verdict,
    reason: Reason,
    pdu: Pdu | undefined,
    about: Subject | undefined,
    change: StateChange | undefined,
  ): void {
    if (this.#waiting.size >= MAX_WAITING) {
      this.#lost += 1;
      return;
    }
    const layer = this.#layer;
    const atMs = this.#nowMs;
    this.#waiting.push({ layer, atMs, verdict, reason, pdu, cause: this.#cause, about, change });
  }
}
