import type { CongestionEvent } from '../src/tcp/recover/congestion/congestion-control.ts';
import { cubic } from '../src/tcp/recover/congestion/cubic.ts';

const MSS = 1000;

function event(nowMs: number, inFlightOctets: number, srttMs = 100): CongestionEvent {
  return {
    nowMs,
    mss: MSS,
    flightOctets: inFlightOctets,
    inFlightOctets,
    srttMs,
    minRttMs: srttMs,
    rttMs: srttMs,
    sndUna: 0,
    sndNxt: inFlightOctets,
  };
}

/** A state after a loss at a window of `segments`. */
function afterLossAt(segments: number) {
  const state = cubic.create(MSS);
  state.cwnd = segments * MSS;
  state.ssthresh = segments * MSS;
  cubic.onLossDetected(state, event(0, segments * MSS));
  cubic.onRecoveryExit(state, event(0, segments * MSS));
  return state;
}

/**
 * Acknowledges one whole window in each round trip until `untilMs`. Returns the window after each,
 * in segments.
 */
function run(state: ReturnType<typeof cubic.create>, untilMs: number, rttMs = 100): number[] {
  const windows: number[] = [];
  for (let nowMs = rttMs; nowMs <= untilMs; nowMs += rttMs) {
    const segments = Math.floor(state.cwnd / MSS);
    for (let i = 0; i < segments; i += 1) {
      cubic.onAcknowledged(state, MSS, event(nowMs + (i / segments) * rttMs, state.cwnd, rttMs));
    }
    windows.push(state.cwnd / MSS);
  }
  return windows;
}

describe('CUBIC (RFC 9438)', () => {
  it('keeps 0.7 of the window at a loss (4.6)', () => {
    const state = afterLossAt(1000);
    expect(state.ssthresh).toBeCloseTo(700 * MSS);
    expect(state.cwnd).toBeCloseTo(700 * MSS);
  });

  it('is back at W_max after K = cbrt(W_max (1 - beta) / C) seconds, flat there, then probes beyond (4.2)', () => {
    const state = afterLossAt(1000);
    const k = Math.cbrt((1000 * 0.3) / 0.4);
    const windows = run(state, 2 * k * 1000);
    const at = (seconds: number) => windows[Math.round(seconds * 10) - 1]!;
    expect(at(k)).toBeGreaterThan(990);
    expect(at(k)).toBeLessThan(1010);
    // Concave before, convex after: slow near the plateau.
    expect(at(k / 4) - at(0.1)).toBeGreaterThan(at(k) - at((3 * k) / 4));
    expect(at(2 * k - 0.1) - at(1.75 * k)).toBeGreaterThan(at(1.25 * k) - at(k));
    expect(at(2 * k - 0.1)).toBeGreaterThan(1200);
  });

  it('never falls behind Reno where windows are small (4.3)', () => {
    const state = afterLossAt(10);
    const windows = run(state, 3000, 10);
    // Reno with beta 0.7 grows by 0.53 segments a round trip on average, then by one.
    expect(windows.at(-1)!).toBeGreaterThan(10 + 0.5 * 100);
  });

  it('leaves room for others if the window did not reach the last W_max (4.7)', () => {
    const state = afterLossAt(1000);
    cubic.onLossDetected(state, event(1000, 700 * MSS));
    expect(state.own['wMax']).toBeCloseTo(700 * 0.85);
    expect(state.ssthresh).toBeCloseTo(490 * MSS);
  });

  it('starts again from one segment after a timeout, with ssthresh at 0.7 (4.8)', () => {
    const state = afterLossAt(1000);
    cubic.onTimeout(state, true, event(2000, 700 * MSS));
    expect(state.ssthresh).toBeCloseTo(490 * MSS);
    cubic.onTimeout(state, false, event(3000, MSS));
    expect(state.ssthresh).toBeCloseTo(490 * MSS);
  });

  it('grows by the acknowledged octets in slow start (RFC 5681 3.1)', () => {
    const state = cubic.create(MSS);
    const before = state.cwnd;
    cubic.onAcknowledged(state, 5 * MSS, event(10, before));
    expect(state.cwnd).toBe(before + 5 * MSS);
  });
});
