import type { ApiProbe, ApiProbeEvent, ProbeExchange } from '../../src/probe/session.ts';
import type { Signals } from '../../src/probe/signals.ts';

/** What comes of a probe, and when: milliseconds after it was sent. */
export type Fate = readonly (readonly [atMs: number, event: Partial<ApiProbeEvent>])[];

/** A session in virtual time: what becomes of each probe is decided by `fateOf`. */
export class FakeExchange implements ProbeExchange {
  readonly number = 4711;
  readonly sent: ApiProbe[] = [];
  readonly signals: Signals = { stop: false, status: false, abort: new AbortController() };
  /** When Ctrl-C and Ctrl-\ are pressed. */
  stopMs = Number.POSITIVE_INFINITY;
  statusMs = Number.POSITIVE_INFINITY;
  nowMs = 1000;
  readonly #fateOf: (probe: ApiProbe, count: number) => Fate;
  readonly #coming: { readonly atMs: number; readonly event: ApiProbeEvent }[] = [];

  constructor(fateOf: (probe: ApiProbe, count: number) => Fate) {
    this.#fateOf = fateOf;
  }

  async exchange(probes: readonly ApiProbe[], waitMs: number): Promise<readonly ApiProbeEvent[]> {
    for (const probe of probes) {
      this.sent.push(probe);
      for (const [afterMs, event] of this.#fateOf(probe, this.sent.length)) {
        const { sequence } = probe;
        const whole = { sequence, outcome: 'reply', rttMs: afterMs, ...event } as ApiProbeEvent;
        this.#coming.push({ atMs: this.nowMs + afterMs, event: whole });
      }
    }
    this.#coming.sort((one, other) => one.atMs - other.atMs);
    const endMs = Math.min(this.nowMs + waitMs, this.stopMs, this.statusMs);
    const nextMs = this.#coming[0]?.atMs ?? Number.POSITIVE_INFINITY;
    const untilMs = Math.min(endMs, nextMs);
    if (!Number.isFinite(untilMs)) throw new Error('it would wait for ever');
    this.nowMs = Math.max(this.nowMs, untilMs);
    if (this.nowMs >= this.stopMs) this.signals.stop = true;
    if (this.nowMs >= this.statusMs) {
      this.signals.status = true;
      this.statusMs = Number.POSITIVE_INFINITY;
    }
    const events: ApiProbeEvent[] = [];
    while (this.#coming[0] !== undefined && this.#coming[0].atMs <= this.nowMs) {
      events.push(this.#coming.shift()!.event);
    }
    return events;
  }
}
