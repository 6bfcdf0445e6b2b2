import type { LinkFrame } from '../pdu.ts';
import { copyFrame, corruptFrame, markFrame } from './corrupt.ts';
import { DelayQueue } from './delay-queue.ts';
import { type ImpairmentSettings, mergeImpairment, NO_IMPAIRMENT } from './impairment-settings.ts';

/** What an impairment did. */
export interface ImpairmentCounters {
  /** Frames handed in. */
  frames_in: number;
  /** Frames given out, duplicates included. */
  frames_out: number;
  lost: number;
  duplicated: number;
  corrupted: number;
  /** Frames whose packet was ECT and was marked CE. */
  ce_marked: number;
  /** Frames that were sent at once to overtake others. */
  reordered: number;
  /** Frames dropped because `limitFrames` frames waited. */
  dropped_overlimit: number;
}

/**
 * One direction of a bad wire, modelled on Linux's netem. It loses, delays, duplicates, corrupts
 * and reorders frames, and limits their rate.
 *
 * Order of calls: `handle` for each frame, then `poll` until undefined; `nextDeadlineMs` says when
 * to poll again. The order of frames is kept while there is neither jitter nor reordering and the
 * delay is not made shorter. A super-segment counts as one frame, as in netem. To lose single
 * segments, use a wire that carries no super-segments.
 *
 * The same seed, frames and times give the same result.
 */
export class Impairment {
  readonly #random: () => number;
  readonly #queue = new DelayQueue<LinkFrame>();
  readonly #counters: ImpairmentCounters = {
    frames_in: 0,
    frames_out: 0,
    lost: 0,
    duplicated: 0,
    corrupted: 0,
    ce_marked: 0,
    reordered: 0,
    dropped_overlimit: 0,
  };
  #settings: ImpairmentSettings;
  /** Frames since the last reordered one. */
  #sinceReordered = 0;
  /** When the last frame has left the wire, if its rate is limited. */
  #lineFreeMs = Number.NEGATIVE_INFINITY;

  /** `random`: uniform in 0 to 1, see seededRandom. Throws LINK_RANGE. */
  constructor(settings: Partial<ImpairmentSettings>, random: () => number) {
    this.#settings = mergeImpairment(NO_IMPAIRMENT, settings);
    this.#random = random;
  }

  /** Takes a frame. The impairment owns its bytes from here on. */
  handle(frame: LinkFrame, nowMs: number): void {
    const { lossRatio, duplicateRatio } = this.#settings;
    this.#counters.frames_in += 1;
    const isDuplicated = this.#happens(duplicateRatio);
    const isLost = this.#happens(lossRatio);
    if (isDuplicated) this.#counters.duplicated += 1;
    if (isLost) {
      this.#counters.lost += 1;
      // A duplicated frame loses one copy, as in Linux's netem_enqueue().
      if (!isDuplicated) return;
    } else if (isDuplicated) {
      this.#enqueue(copyFrame(frame), nowMs);
    }
    this.#enqueue(frame, nowMs);
  }

  /** The next frame that has arrived by now; the caller owns it. Undefined: none yet. */
  poll(nowMs: number): LinkFrame | undefined {
    if (this.#queue.nextDueMs > nowMs) return undefined;
    const frame = this.#queue.pop();
    if (frame !== undefined) this.#counters.frames_out += 1;
    return frame;
  }

  /** When the next frame arrives; Infinity: none is on its way. */
  nextDeadlineMs(): number {
    return this.#queue.nextDueMs;
  }

  /**
   * Changes the given fields for frames that come from now on; frames on their way keep their
   * times. Throws LINK_RANGE and changes nothing if a field is out of range.
   */
  configure(changes: Partial<ImpairmentSettings>): void {
    const rate = this.#settings.rateBitsPerSecond;
    this.#settings = mergeImpairment(this.#settings, changes);
    if (this.#settings.rateBitsPerSecond !== rate) this.#lineFreeMs = Number.NEGATIVE_INFINITY;
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
    return this.#queue.length;
  }

  /** Draws no random number if `ratio` is 0. */
  #happens(ratio: number): boolean {
    return ratio > 0 && this.#random() < ratio;
  }

  #enqueue(frame: LinkFrame, nowMs: number): void {
    if (this.#queue.length >= this.#settings.limitFrames) {
      this.#counters.dropped_overlimit += 1;
      return;
    }
    const sent = this.#corrupt(this.#mark(frame));
    this.#queue.push(sent, this.#arrivalMs(sent, nowMs));
  }

  #mark(frame: LinkFrame): LinkFrame {
    const marked = this.#happens(this.#settings.ceMarkRatio) ? markFrame(frame) : undefined;
    if (marked === undefined) return frame;
    this.#counters.ce_marked += 1;
    return marked;
  }

  #corrupt(frame: LinkFrame): LinkFrame {
    if (!this.#happens(this.#settings.corruptRatio)) return frame;
    this.#counters.corrupted += 1;
    return corruptFrame(frame, this.#random);
  }

  #arrivalMs(frame: LinkFrame, nowMs: number): number {
    const { delayMs, jitterMs, reorderRatio, reorderGap, rateBitsPerSecond } = this.#settings;
    if (this.#sinceReordered >= reorderGap - 1 && this.#happens(reorderRatio)) {
      this.#sinceReordered = 0;
      this.#counters.reordered += 1;
      return nowMs;
    }
    this.#sinceReordered += 1;
    let leavesMs = nowMs;
    if (rateBitsPerSecond > 0) {
      const startMs = Math.max(nowMs, this.#lineFreeMs);
      leavesMs = startMs + (frame.frame.byteLength * 8_000) / rateBitsPerSecond;
      this.#lineFreeMs = leavesMs;
    }
    if (jitterMs === 0) return leavesMs + delayMs;
    return leavesMs + Math.max(0, delayMs + (this.#random() * 2 - 1) * jitterMs);
  }
}
