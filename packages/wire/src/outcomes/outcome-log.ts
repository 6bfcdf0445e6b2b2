import { Fifo } from '../fifo.ts';
import type { Cause, CauseKind, Layer, Outcome, StateChange, Subject, Verdict } from './outcome.ts';
import type { Reason } from './reasons.ts';

/** Outcomes that wait to be polled at most. */
const MAX_WAITING = 65_536;

/** The cause before the first call. */
const NOTHING: Cause = { kind: 'control', name: 'start', id: 0 };

/**
 * Where a core writes down what it does, for whoever polls. Off by default: then nobody may call
 * anything but `isOn`, so each site costs one branch, and nothing is made.
 *
 * Order of calls: `begin` (or `expire`, `resume`) at each entry of the core; `report` as often as
 * something is done; `poll` until it gives undefined, with the core's other outputs.
 */
export class OutcomeLog<Pdu> {
  /** To be asked before each other call. Changed by `observe` alone. */
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

  /** Switches it on or off. Switched off it forgets what waits. */
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
   * An input, a timer or a command is at work from here on. `pdu`: what came, if something did.
   * `nowMs`: default: as before.
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
   * The cause goes on, but the PDU is another one: one that waited, or that the stack sent to
   * itself.
   */
  turnTo(pdu: Pdu | undefined): void {
    this.#pdu = pdu;
  }

  /** Whose affair it is from here on, until the next cause. */
  concern(about: Subject): void {
    this.#about = about;
  }

  /** Something was done with what came. */
  report(verdict: Verdict, reason: Reason, about: Subject | undefined = this.#about): void {
    this.#add(verdict, reason, this.#pdu, about, undefined);
  }

  /**
   * Something was done with another PDU; undefined: with none, such as an answer that was not made.
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

  /** A state was left for another. */
  change(change: StateChange, reason: Reason, about: Subject | undefined): void {
    this.#add('state change', reason, undefined, about, change);
  }

  /** What the next PDU that is sent is for, where it is not simply sent. */
  purpose(verdict: 'emitted' | 'answered' | 'retransmitted', reason: Reason): void {
    this.#purpose = { verdict, reason };
  }

  /** As {@link purpose}, unless a purpose was told already. */
  purposeUnlessKnown(verdict: 'emitted' | 'answered', reason: Reason): void {
    this.#purpose ??= { verdict, reason };
  }

  /** A PDU is sent, for the purpose that was told, or else for `reason`. */
  emitted(pdu: Pdu, reason: Reason, about: Subject | undefined = this.#about): void {
    const purpose = this.#purpose;
    this.#purpose = undefined;
    this.#add(purpose?.verdict ?? 'emitted', purpose?.reason ?? reason, pdu, about, undefined);
  }

  /**
   * What is at work now will have `subject` do something later, at a poll. Of several causes the
   * last counts.
   */
  keep(subject: object): void {
    this.#kept.set(subject, this.#cause);
  }

  /** `subject` does now what it was to do. */
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

  /** Outcomes that were lost since nobody polled in time: at most 65,536 wait. */
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
