import type { CongestionState } from '../../state/recovery.ts';
import {
  type CongestionControl,
  type CongestionEvent,
  initialWindow,
  restore,
  slowStart,
} from './congestion-control.ts';
import { createHystart, type HystartNumbers, hystartGrowth, sampleHystart } from './hystart.ts';

/** Steepness of the curve, segments per second cubed (C, RFC 9438 5). */
const C = 0.4;
/** Multiplicative decrease factor (beta_cubic, RFC 9438 4.6). */
const BETA = 0.7;
/**
 * Additive increase with the same average window as Reno, segments per window (alpha_cubic, RFC
 * 9438 4.3).
 */
const ALPHA_RENO = (3 * (1 - BETA)) / (1 + BETA);

/** CUBIC's own variables, in segments and seconds. */
export interface CubicNumbers extends HystartNumbers {
  /** W_max: the window before the last loss. */
  wMax: number;
  /**
   * cwnd_prior: the window before the last loss, without fast convergence. Above it alpha_cubic is
   * 1.
   */
  cwndPrior: number;
  /** Start of the current congestion avoidance stage, milliseconds; -1: none. */
  epochStartMs: number;
  /** K: seconds until the curve reaches W_max again. */
  k: number;
  /** W_est: the window that Reno would have. */
  wEst: number;
}

/** CUBIC (RFC 9438), with HyStart++ (RFC 9406) for its first slow start. */
export const cubic: CongestionControl = {
  name: 'cubic',

  create(mss) {
    const own: CubicNumbers = {
      wMax: 0,
      cwndPrior: 0,
      epochStartMs: -1,
      k: 0,
      wEst: 0,
      ...createHystart(),
    };
    return { name: 'cubic', cwnd: initialWindow(mss), ssthresh: Infinity, own };
  },

  onAcknowledged(state, octets, event) {
    const left = slowStart(state, hystartGrowth(state, octets));
    if (left > 0) avoidCongestion(state, left, event);
  },

  onRoundTripSample(state, event) {
    if (state.cwnd < state.ssthresh) sampleHystart(state, event);
  },

  onLossDetected(state, event) {
    reduce(state, event);
  },

  onEcnEcho(state, event) {
    // RFC 9438 4.6: a congestion mark counts as a loss.
    reduce(state, event);
  },

  onRecoveryExit(state) {
    state.cwnd = state.ssthresh;
  },

  onTimeout(state, isFirst, event) {
    if (isFirst) reduce(state, event);
    const own = state.own as CubicNumbers;
    // RFC 9438 4.8: after the following slow start the curve begins at the window of that time.
    own.wMax = 0;
    own.epochStartMs = -1;
  },

  onUndo(state, before) {
    // RFC 9438 4.9: restores the curve too.
    restore(state, before);
  },

  onIdle(state) {
    // RFC 9438 5.8: time without data to send does not count.
    (state.own as CubicNumbers).epochStartMs = -1;
  },
};

/**
 * RFC 9438 4.6 and 4.7: multiplicative decrease and fast convergence. The decrease starts from
 * cwnd, as 4.6 allows if cwnd does not grow unused. Octets in flight would be the wrong base: they
 * may be far fewer when the acknowledgment that ends one recovery shows the next loss.
 */
function reduce(state: CongestionState, { mss }: CongestionEvent): void {
  const own = state.own as CubicNumbers;
  const cwnd = state.cwnd / mss;
  own.cwndPrior = cwnd;
  // Fast convergence: a flow that did not reach its last W_max leaves room for others.
  own.wMax = cwnd < own.wMax ? (cwnd * (1 + BETA)) / 2 : cwnd;
  own.epochStartMs = -1;
  state.ssthresh = Math.max(Math.round(state.cwnd * BETA), 2 * mss);
}

function avoidCongestion(state: CongestionState, octets: number, event: CongestionEvent): void {
  const own = state.own as CubicNumbers;
  const { mss, nowMs } = event;
  const cwnd = state.cwnd / mss;
  const acked = octets / mss;
  if (own.epochStartMs < 0) beginEpoch(own, cwnd, nowMs);
  const rttSeconds = Math.max(0, event.srttMs) / 1000;
  const t = (nowMs - own.epochStartMs) / 1000;
  // RFC 9438 4.3: W_est grows as fast as Reno, once it reaches cwnd_prior.
  own.wEst += ((own.wEst >= own.cwndPrior ? 1 : ALPHA_RENO) * acked) / cwnd;
  if (curve(own, t) < own.wEst) {
    // The Reno-friendly region.
    state.cwnd = Math.max(state.cwnd, own.wEst * mss);
    return;
  }
  // RFC 9438 4.2, 4.4, 4.5: grow toward the curve's value one round trip later, at most 1.5 times
  // cwnd.
  const target = Math.min(1.5 * cwnd, Math.max(cwnd, curve(own, t + rttSeconds)));
  state.cwnd += ((target - cwnd) / cwnd) * octets;
}

/** W_cubic(t) (RFC 9438 4.2, figure 1). */
function curve(own: CubicNumbers, t: number): number {
  return C * (t - own.k) ** 3 + own.wMax;
}

/** Begins a congestion avoidance stage (RFC 9438 4.2, figure 2). */
function beginEpoch(own: CubicNumbers, cwnd: number, nowMs: number): void {
  own.epochStartMs = nowMs;
  own.wEst = cwnd;
  if (cwnd < own.wMax) own.k = Math.cbrt((own.wMax - cwnd) / C);
  else {
    own.k = 0;
    own.wMax = cwnd;
  }
}
