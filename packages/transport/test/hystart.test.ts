import type { CongestionEvent } from '../src/tcp/recover/congestion/congestion-control.ts';
import { cubic } from '../src/tcp/recover/congestion/cubic.ts';

const MSS = 1000;

/** CUBIC's slow start, one round trip at a time. */
class SlowStart {
  readonly state = cubic.create(MSS);
  #sndUna = 0;

  /**
   * Sends a window and acknowledges it segment by segment, with these round-trip times; the last
   * one repeats. Returns the window afterwards, in segments.
   */
  round(...rttsMs: number[]): number {
    const segments = Math.floor(this.state.cwnd / MSS);
    const end = this.#sndUna + segments * MSS;
    for (let i = 1; i <= segments; i += 1) {
      this.#sndUna += MSS;
      const rttMs = rttsMs[Math.min(i, rttsMs.length) - 1]!;
      // The data that the earlier acknowledgments released is in flight too.
      const event = this.#event(rttMs, end + (i - 1) * MSS);
      cubic.onRoundTripSample!(this.state, event);
      cubic.onAcknowledged(this.state, MSS, event);
    }
    return this.state.cwnd / MSS;
  }

  #event(rttMs: number, sndNxt: number): CongestionEvent {
    const inFlightOctets = this.state.cwnd;
    return {
      nowMs: 0,
      mss: MSS,
      flightOctets: inFlightOctets,
      inFlightOctets,
      srttMs: rttMs,
      minRttMs: rttMs,
      rttMs,
      sndUna: this.#sndUna,
      sndNxt,
    };
  }
}

describe('HyStart++ (RFC 9406)', () => {
  it('doubles the window each round while the round-trip time stays the same', () => {
    const start = new SlowStart();
    expect([start.round(100), start.round(100), start.round(100)]).toEqual([20, 40, 80]);
  });

  it('grows by a quarter each round once the minimum of 8 samples has grown by an eighth (4.2)', () => {
    const start = new SlowStart();
    start.round(100);
    start.round(100);
    const before = start.state.cwnd / MSS;
    // The first seven samples of the round do not count yet; the eighth does.
    const after = start.round(113);
    expect(after).toBeCloseTo(before + 7 + (before - 7) / 4);
    expect(start.state.ssthresh).toBe(Infinity);
  });

  it.each([
    { what: '4 ms where an eighth is less', rtt: 8, stays: 11.9, grows: 12 },
    { what: '16 ms where an eighth is more', rtt: 400, stays: 415.9, grows: 416 },
  ])('takes $what as growth (4.2, MIN_RTT_THRESH and MAX_RTT_THRESH)', (of) => {
    const run = (rtt: number) => {
      const start = new SlowStart();
      start.round(of.rtt);
      start.round(of.rtt);
      return start.round(rtt);
    };
    expect(run(of.stays)).toBe(80);
    expect(run(of.grows)).toBeLessThan(60);
  });

  it('returns to slow start if the round-trip time shrinks again: it was jitter (4.2)', () => {
    const start = new SlowStart();
    start.round(100);
    start.round(100);
    start.round(120);
    const before = start.state.cwnd / MSS;
    const after = start.round(100);
    expect(after).toBeGreaterThan(1.7 * before);
    expect(start.round(100)).toBeCloseTo(2 * Math.floor(after), -1);
  });

  it('ends slow start after five rounds of conservative slow start (4.2, CSS_ROUNDS)', () => {
    const start = new SlowStart();
    start.round(100);
    start.round(100);
    for (let round = 0; round < 5; round += 1) {
      start.round(130);
      expect(start.state.ssthresh).toBe(Infinity);
    }
    start.round(130);
    expect(start.state.ssthresh).toBeLessThanOrEqual(start.state.cwnd);
  });

  it('acts only in the first slow start (4.2)', () => {
    const start = new SlowStart();
    start.state.ssthresh = 1000 * MSS;
    start.round(100);
    start.round(100);
    expect(start.round(200)).toBe(80);
  });
});
