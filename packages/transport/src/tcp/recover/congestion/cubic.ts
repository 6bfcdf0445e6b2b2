import type { CongestionState } from '../../state/recovery.ts';
import {
  type CongestionControl,
  type CongestionEvent,
  initialWindow,
  restore,
  slowStart,
} from './congestion-control.ts';
import { createHystart, type HystartNumbers, hystartGrowth, sampleHystart } from './hystart.ts';

/** Steepness of the curve, segments per second cubed (RFC 9438 5). */
const C = 0.4;
/** What is left of the window after a loss (RFC 9438 4.6). */
const BETA = 0.7;
/** Growth that is as fast as Reno's on average, segments per window (RFC 9438 4.3). */
const ALPHA_RENO = (3 * (1 - BETA)) / (1 + BETA);

/** CUBIC's own numbers, in segments and seconds. */
export interface CubicNumbers extends HystartNumbers {
  /** W_max: the window before the last loss. */
  wMax: number;
  /**
   * The window before the last loss, without fast convergence: from there on Reno's growth is one.
   */
  cwndPrior: number;
  /** When congestion avoidance began, milliseconds; -1: not begun. */
  epochStartMs: number;
  /** K: seconds until the curve is back at W_max. */
  k: number;
  /** W_est: where Reno would be. */
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
    // RFC 9438 4.6: a mark counts as a loss.
    reduce(state, event);
  },

  onRecoveryExit(state) {
    state.cwnd = state.ssthresh;
  },

  onTimeout(state, isFirst, event) {
    if (isFirst) reduce(state, event);
    const own = state.own as CubicNumbers;
    // RFC 9438 4.8: after the slow start that follows, the curve begins where it is then.
    own.wMax = 0;
    own.epochStartMs = -1;
  },

  onUndo(state, before) {
    // RFC 9438 4.9: the curve is put back too.
    restore(state, before);
  },

  onIdle(state) {
    // RFC 9438 5.8: time that was not used to send does not count.
    (state.own as CubicNumbers).epochStartMs = -1;
  },
};

/**
 * RFC 9438 4.6 and 4.7: multiplicative decrease, and fast convergence. From the window, as 4.6
 * allows where it does not grow unused: what is in flight may be much less for a moment, as the
 * acknowledgment that ends one recovery shows the next loss.
 */
function reduce(state: CongestionState, { mss }: CongestionEvent): void {
  const own = state.own as CubicNumbers;
  const cwnd = state.cwnd / mss;
  own.cwndPrior = cwnd;
  // A window that did not reach the last peak leaves room for others.
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
  // RFC 9438 4.3: from the window before the loss on, as fast as Reno.
  own.wEst += ((own.wEst >= own.cwndPrior ? 1 : ALPHA_RENO) * acked) / cwnd;
  if (curve(own, t) < own.wEst) {
    // The Reno-friendly region.
    state.cwnd = Math.max(state.cwnd, own.wEst * mss);
    return;
  }
  // RFC 9438 4.2, 4.4, 4.5: towards where the curve is a round trip later, at most half as much
  // again.
  const target = Math.min(1.5 * cwnd, Math.max(cwnd, curve(own, t + rttSeconds)));
  state.cwnd += ((target - cwnd) / cwnd) * octets;
}

/** W_cubic(t) (RFC 9438 4.2, figure 1). */
function curve(own: CubicNumbers, t: number): number {
  return C * (t - own.k) ** 3 + own.wMax;
}

/** A stage of congestion avoidance begins (RFC 9438 4.2, figure 2). */
function beginEpoch(own: CubicNumbers, cwnd: number, nowMs: number): void {
  own.epochStartMs = nowMs;
  own.wEst = cwnd;
  if (cwnd < own.wMax) own.k = Math.cbrt((own.wMax - cwnd) / C);
  else {
    own.k = 0;
    own.wMax = cwnd;
  }
}
