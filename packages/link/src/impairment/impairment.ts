import { Fifo, type LINK_IMPAIRMENT_REASONS, tailOctets } from '@strata/wire';
import { dropImpaired } from '../outcomes.ts';
import type { LinkFrame } from '../pdu.ts';
import { CorrelatedRandom } from './correlated-random.ts';
import { copyFrame, corruptFrame, markFrame } from './corrupt.ts';
import { DelayQueue } from './delay-queue.ts';
import { deviation } from './distribution.ts';
import { createImpairmentCounters, type ImpairmentCounters } from './impairment-counters.ts';
import { type ImpairmentSettings, mergeImpairment, NO_IMPAIRMENT } from './impairment-settings.ts';
import { LossProcess } from './loss-process.ts';
import { SlotGate } from './slot-gate.ts';

/** A frame that an impairment dropped. */
export interface ImpairmentDrop {
  readonly frame: LinkFrame;
  readonly reason: keyof typeof LINK_IMPAIRMENT_REASONS;
  readonly atMs: number;
}

/** Maximum number of drops that wait to be polled. */
const MAX_DROPS = 65_536;

/**
 * One direction of a bad wire, modelled on Linux's netem. It loses, delays, duplicates, corrupts
 * and reorders frames, limits their rate, and lets them pass in slots.
 *
 * Order of calls: `handle` for each frame, then `poll` until undefined; `nextDeadlineMs` says when
 * to poll again. Where it is observed, also `pollDrop` until undefined. The order of frames is kept
 * while there is neither jitter nor reordering and the delay is not made shorter. A super-segment
 * counts as one frame, as in netem. To lose single segments, use a wire that carries no
 * super-segments.
 *
 * The same seed, frames and times give the same result.
 */
export class Impairment {
  readonly #random: () => number;
  readonly #queue = new DelayQueue<LinkFrame>();
  /** Reordered frames, if frames pass in slots: they wait for none, as in netem_dequeue(). */
  readonly #atOnce = new Fifo<LinkFrame>();
  readonly #counters = createImpairmentCounters();
  readonly #drops = new Fifo<ImpairmentDrop>();
  #isObserved = false;
  #settings: ImpairmentSettings;
  #loss: LossProcess;
  #duplication: CorrelatedRandom;
  #corruption: CorrelatedRandom;
  #reordering: CorrelatedRandom;
  #delays: CorrelatedRandom;
  #gate: SlotGate | undefined;
  #backlogOctets = 0;
  /** Frames since the last reordered one. */
  #sinceReordered = 0;
  /** When the last frame has left the wire, if its rate is limited. */
  #lineFreeMs = Number.NEGATIVE_INFINITY;

  /** `random`: uniform in 0 to 1, see seededRandom. Throws LINK_RANGE. */
  constructor(settings: Partial<ImpairmentSettings>, random: () => number) {
    this.#settings = mergeImpairment(NO_IMPAIRMENT, settings);
    this.#random = random;
    this.#loss = new LossProcess(random);
    this.#duplication = new CorrelatedRandom(random);
    this.#corruption = new CorrelatedRandom(random);
    this.#reordering = new CorrelatedRandom(random);
    this.#delays = new CorrelatedRandom(random);
    this.#openGate();
  }

  /** Takes a frame. The impairment owns its bytes from here on. */
  handle(frame: LinkFrame, nowMs: number): void {
    const { duplicateRatio, duplicateCorrelation } = this.#settings;
    this.#counters.frames_in += 1;
    const isDuplicated = this.#duplication.happens(duplicateRatio, duplicateCorrelation);
    const survivor = this.#lose(frame);
    if (isDuplicated) this.#counters.duplicated += 1;
    if (survivor === undefined) {
      this.#drop(frame, 'strata/NETEM_LOSS', nowMs);
      // A duplicated frame loses one copy, as in Linux's netem_enqueue().
      if (!isDuplicated) return;
    } else if (isDuplicated) {
      this.#enqueue(copyFrame(survivor), nowMs);
    }
    this.#enqueue(survivor ?? frame, nowMs);
    if (this.#queue.length > 0) this.#gate?.note(this.#queue.nextDueMs, nowMs);
  }

  /** Counts a super-segment that the caller could not cut up. */
  refuse(frame: LinkFrame, nowMs: number): void {
    this.#drop(frame, 'SKB_GSO_SEG', nowMs);
  }

  /** The next frame that has arrived by now; the caller owns it. Undefined: none yet. */
  poll(nowMs: number): LinkFrame | undefined {
    const frame = this.#atOnce.shift() ?? this.#pollQueue(nowMs);
    if (frame === undefined) return undefined;
    const octets = octetsOf(frame);
    this.#backlogOctets -= octets;
    this.#counters.frames_out += 1;
    this.#counters.octets_out += octets;
    return frame;
  }

  #pollQueue(nowMs: number): LinkFrame | undefined {
    const dueMs = this.#queue.nextDueMs;
    if (dueMs > nowMs) return undefined;
    const gate = this.#gate;
    if (gate === undefined) return this.#queue.pop();
    const atMs = gate.passesAtMs(dueMs);
    if (atMs > nowMs) return undefined;
    const frame = this.#queue.pop();
    if (frame !== undefined) gate.pass(octetsOf(frame), atMs);
    return frame;
  }

  /**
   * When to poll next; Infinity: no frame is on its way. At that time a frame arrives, or a slot is
   * asked for.
   */
  nextDeadlineMs(): number {
    if (this.#atOnce.size > 0) return Number.NEGATIVE_INFINITY;
    const dueMs = this.#queue.nextDueMs;
    return this.#gate?.nextDeadlineMs(dueMs) ?? dueMs;
  }

  /** Switches drops for `pollDrop` on or off. Off is the default. */
  observe(on: boolean): void {
    this.#isObserved = on;
    if (!on) this.#drops.clear();
  }

  /** The next frame that was dropped. Undefined: no more. At most 65,536 wait. */
  pollDrop(): ImpairmentDrop | undefined {
    return this.#drops.shift();
  }

  /**
   * Changes the given fields for frames that come from now on; frames on their way keep their
   * times. Loss models, correlations and slots begin anew. Throws LINK_RANGE and changes nothing if
   * a field is out of range.
   */
  configure(changes: Partial<ImpairmentSettings>): void {
    const rate = this.#settings.rateBitsPerSecond;
    this.#settings = mergeImpairment(this.#settings, changes);
    if (this.#settings.rateBitsPerSecond !== rate) this.#lineFreeMs = Number.NEGATIVE_INFINITY;
    const random = this.#random;
    this.#loss = new LossProcess(random);
    this.#duplication = new CorrelatedRandom(random);
    this.#corruption = new CorrelatedRandom(random);
    this.#reordering = new CorrelatedRandom(random);
    this.#delays = new CorrelatedRandom(random);
    this.#openGate();
  }

  settings(): ImpairmentSettings {
    return this.#settings;
  }

  /** A copy. */
  counters(): Readonly<ImpairmentCounters> {
    return { ...this.#counters };
  }

  /** Frames on their way. */
  get backlog(): number {
    return this.#queue.length + this.#atOnce.size;
  }

  /** Octets of the frames on their way. */
  get backlogOctets(): number {
    return this.#backlogOctets;
  }

  #openGate(): void {
    const { slot } = this.#settings;
    this.#gate = slot === undefined ? undefined : new SlotGate(slot, this.#random);
  }

  /** The frame, perhaps marked in place of being lost. Undefined: it is lost. */
  #lose(frame: LinkFrame): LinkFrame | undefined {
    if (!this.#loss.isLost(this.#settings)) return frame;
    const marked = this.#settings.ecn ? markFrame(frame) : undefined;
    if (marked !== undefined) this.#counters.ce_marked += 1;
    return marked;
  }

  #drop(frame: LinkFrame, reason: ImpairmentDrop['reason'], atMs: number): void {
    dropImpaired(this.#counters, reason);
    if (this.#isObserved && this.#drops.size < MAX_DROPS) this.#drops.push({ frame, reason, atMs });
  }

  #enqueue(frame: LinkFrame, nowMs: number): void {
    if (this.backlog >= this.#settings.limitFrames) {
      this.#drop(frame, 'QDISC_OVERLIMIT', nowMs);
      return;
    }
    const sent = this.#corrupt(this.#mark(frame));
    this.#backlogOctets += octetsOf(sent);
    if (this.#isReordered()) {
      if (this.#gate === undefined) this.#queue.push(sent, nowMs);
      else this.#atOnce.push(sent);
      return;
    }
    const dueMs = this.#arrivalMs(sent, nowMs);
    if (dueMs > nowMs || this.#gate !== undefined) this.#counters.delayed += 1;
    this.#queue.push(sent, dueMs);
  }

  #mark(frame: LinkFrame): LinkFrame {
    const { ceMarkRatio } = this.#settings;
    const isMarked = ceMarkRatio > 0 && this.#random() < ceMarkRatio;
    const marked = isMarked ? markFrame(frame) : undefined;
    if (marked === undefined) return frame;
    this.#counters.ce_marked += 1;
    return marked;
  }

  #corrupt(frame: LinkFrame): LinkFrame {
    const { corruptRatio, corruptCorrelation } = this.#settings;
    if (!this.#corruption.happens(corruptRatio, corruptCorrelation)) return frame;
    this.#counters.corrupted += 1;
    return corruptFrame(frame, this.#random);
  }

  #isReordered(): boolean {
    const { reorderRatio, reorderCorrelation, reorderGap } = this.#settings;
    const mayOvertake = this.#sinceReordered >= reorderGap - 1;
    if (mayOvertake && this.#reordering.happens(reorderRatio, reorderCorrelation)) {
      this.#sinceReordered = 0;
      this.#counters.reordered += 1;
      return true;
    }
    this.#sinceReordered += 1;
    return false;
  }

  #arrivalMs(frame: LinkFrame, nowMs: number): number {
    const { delayMs, jitterMs, delayCorrelation, delayDistribution } = this.#settings;
    const { rateBitsPerSecond } = this.#settings;
    let leavesMs = nowMs;
    if (rateBitsPerSecond > 0) {
      const startMs = Math.max(nowMs, this.#lineFreeMs);
      leavesMs = startMs + (this.#lineOctets(frame) * 8_000) / rateBitsPerSecond;
      this.#lineFreeMs = leavesMs;
    }
    if (jitterMs === 0) return leavesMs + delayMs;
    const way = deviation(delayDistribution, this.#delays.next(delayCorrelation));
    return leavesMs + Math.max(0, delayMs + way * jitterMs);
  }

  /** The length that the rate counts, as Linux's packet_time_ns() does: overhead, whole cells. */
  #lineOctets(frame: LinkFrame): number {
    const { packetOverheadOctets, cellOctets, cellOverheadOctets } = this.#settings;
    const octets = Math.max(0, octetsOf(frame) + packetOverheadOctets);
    if (cellOctets === 0) return octets;
    return Math.max(0, Math.ceil(octets / cellOctets) * (cellOctets + cellOverheadOctets));
  }
}

function octetsOf({ frame, tail }: LinkFrame): number {
  return frame.byteLength + tailOctets(tail);
}
