import { deviation } from './distribution.ts';
import type { SlotSettings } from './impairment-settings.ts';

/**
 * Lets frames pass in slots, as the medium access of DOCSIS, Wi-Fi or LTE does (netem's `slot`).
 * Frames wait until a slot opens. Then as many pass as the slot has room for.
 *
 * A slot is asked for when the first frame waits and the last slot opened before the frame was due,
 * or when a slot is full. It opens after a random delay.
 */
export class SlotGate {
  readonly #slot: SlotSettings;
  readonly #random: () => number;
  #opensMs = Number.NEGATIVE_INFINITY;
  #framesLeft = 0;
  #octetsLeft = 0;

  /** `random`: uniform in 0 to 1. */
  constructor(slot: SlotSettings, random: () => number) {
    this.#slot = slot;
    this.#random = random;
  }

  /** A frame has come; the first of all waiting frames is due at `dueMs`. */
  note(dueMs: number, nowMs: number): void {
    if (this.#opensMs < dueMs) this.#ask(nowMs);
  }

  /** When the first frame passes. It must be due. */
  passesAtMs(dueMs: number): number {
    if (this.#opensMs < dueMs) this.#ask(dueMs);
    return Math.max(this.#opensMs, dueMs);
  }

  /** When to look again at the first frame, which is due at `dueMs`. */
  nextDeadlineMs(dueMs: number): number {
    return Math.max(this.#opensMs, dueMs);
  }

  /** A frame passes at `atMs`. The last frame of a slot may exceed its octets, as in netem. */
  pass(octets: number, atMs: number): void {
    this.#framesLeft -= 1;
    this.#octetsLeft -= octets;
    if (this.#framesLeft <= 0 || this.#octetsLeft <= 0) this.#ask(atMs);
  }

  #ask(nowMs: number): void {
    const { frames, octets } = this.#slot;
    this.#opensMs = nowMs + this.#delayMs();
    this.#framesLeft = frames === 0 ? Number.POSITIVE_INFINITY : frames;
    this.#octetsLeft = octets === 0 ? Number.POSITIVE_INFINITY : octets;
  }

  #delayMs(): number {
    const slot = this.#slot;
    switch (slot.kind) {
      case 'range':
        if (slot.minMs === slot.maxMs) return slot.minMs;
        return slot.minMs + this.#random() * (slot.maxMs - slot.minMs);
      case 'distribution': {
        const way = deviation(slot.distribution, this.#random());
        return Math.max(0, slot.delayMs + way * slot.jitterMs);
      }
    }
  }
}
