import type { ApiProbeEvent } from '../session.ts';

/** A hop and what its probes found. Times in milliseconds. */
export interface Hop {
  /** Who answered, the first first. */
  readonly addresses: string[];
  sent: number;
  /** Sent, and neither answered nor given up. */
  inFlight: number;
  returned: number;
  lastMs: number;
  bestMs: number;
  worstMs: number;
  meanMs: number;
  /** Nothing gets further: the target answered, or somebody says that it cannot be reached. */
  isEnd: boolean;
  /** Sum of the squared differences from the mean. */
  squares: number;
}

export function createHop(): Hop {
  return {
    addresses: [],
    sent: 0,
    inFlight: 0,
    returned: 0,
    lastMs: 0,
    bestMs: 0,
    worstMs: 0,
    meanMs: 0,
    isEnd: false,
    squares: 0,
  };
}

const TIME_EXCEEDED = 11;
/** Addresses of one hop that are kept: there may be several ways to it. */
const MAX_ADDRESSES = 8;

/** Takes an answer of a probe of this hop. */
export function takeAnswer(hop: Hop, event: ApiProbeEvent): void {
  const { from, rttMs = 0, outcome, icmpType } = event;
  if (outcome !== 'icmp error' || icmpType !== TIME_EXCEEDED) hop.isEnd = true;
  if (from !== undefined && !hop.addresses.includes(from) && hop.addresses.length < MAX_ADDRESSES) {
    hop.addresses.push(from);
  }
  hop.returned += 1;
  hop.lastMs = rttMs;
  hop.bestMs = hop.returned === 1 ? rttMs : Math.min(hop.bestMs, rttMs);
  hop.worstMs = Math.max(hop.worstMs, rttMs);
  const difference = rttMs - hop.meanMs;
  hop.meanMs += difference / hop.returned;
  hop.squares += difference * (rttMs - hop.meanMs);
}

export interface HopFigures {
  readonly lossPercent: number;
  readonly sent: number;
  readonly lastMs: number;
  readonly averageMs: number;
  readonly bestMs: number;
  readonly worstMs: number;
  readonly deviationMs: number;
}

/** What the table shows. A probe in flight is not lost. */
export function figuresOf(hop: Hop): HopFigures {
  const { sent, inFlight, returned, lastMs, bestMs, worstMs, meanMs, squares } = hop;
  const known = sent - inFlight;
  return {
    lossPercent: known === 0 ? 0 : 100 - (100 * returned) / known,
    sent,
    lastMs,
    averageMs: meanMs,
    bestMs,
    worstMs,
    deviationMs: returned > 1 ? Math.sqrt(squares / (returned - 1)) : 0,
  };
}
