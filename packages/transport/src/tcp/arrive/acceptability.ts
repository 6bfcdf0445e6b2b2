import { TCP_RST } from '@strata/wire';
import { seqAdd, seqDiff, seqGe, seqLe, seqLt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { ArrivedSegment } from './segment.ts';

/**
 * What the first check of RFC 9293 3.10.7.4 says of a segment. `acceptable without data`: the
 * window is shut, but its ACK and RST count. Else why it is not acceptable: it is to be answered by
 * an ACK.
 */
export type Verdict = 'acceptable' | 'acceptable without data' | Unacceptable;

/** Wholly before the window, wholly after it, or an old timestamp (PAWS). */
export type Unacceptable = 'TCP_OLD_SEQUENCE' | 'TCP_INVALID_SEQUENCE' | 'TCP_RFC7323_PAWS';

export function isUnacceptable(verdict: Verdict): verdict is Unacceptable {
  return verdict !== 'acceptable' && verdict !== 'acceptable without data';
}

/** The variables that PAWS reads: TS.Recent, and whether timestamps are on. */
export type TimestampSpace = Pick<Tcb, 'timestampsOn' | 'tsRecent' | 'tsRecentAtMs'>;

/** The variables that the check reads. */
export type ReceiveSpace = TimestampSpace & Pick<Tcb, 'rcvNxt' | 'rcvAdv'>;

/** TS.Recent is not valid after this long without traffic (RFC 7323 5.5): 24 days. */
const PAWS_MAX_IDLE_MS = 24 * 24 * 3600 * 1000;

/** `takesAckAtEdge`: see isAckAtEdge(). Not needed in states that take no data. */
export function acceptability(
  space: ReceiveSpace,
  segment: ArrivedSegment,
  nowMs: number,
  takesAckAtEdge = true,
): Verdict {
  if (isTooOld(space, segment, nowMs)) return 'TCP_RFC7323_PAWS';
  return checkSequence(space, segment, takesAckAtEdge);
}

/** The four cases of the table in RFC 9293 3.10.7.4. */
function checkSequence(
  space: ReceiveSpace,
  segment: ArrivedSegment,
  takesAckAtEdge: boolean,
): Verdict {
  const { segSeq, segLen } = segment;
  const { rcvNxt } = space;
  const rcvWnd = Math.max(0, seqDiff(space.rcvAdv, rcvNxt));
  if (rcvWnd === 0) {
    if (segSeq === rcvNxt) return segLen === 0 ? 'acceptable' : 'acceptable without data';
    return outside(space, segment);
  }
  const windowEnd = seqAdd(rcvNxt, rcvWnd);
  const startsInside = seqLe(rcvNxt, segSeq) && seqLt(segSeq, windowEnd);
  if (segLen === 0) {
    const isAcceptable = startsInside || (takesAckAtEdge && isAckAtEdge(segment, windowEnd));
    return isAcceptable ? 'acceptable' : outside(space, segment);
  }
  const last = seqAdd(segSeq, segLen - 1);
  const endsInside = seqLe(rcvNxt, last) && seqLt(last, windowEnd);
  const spans = seqLt(segSeq, rcvNxt) && seqGe(last, windowEnd);
  return startsInside || endsInside || spans ? 'acceptable' : outside(space, segment);
}

/** Whether the segment lies before or after the window. */
function outside({ rcvNxt }: ReceiveSpace, { segSeq }: ArrivedSegment): Unacceptable {
  return seqLt(segSeq, rcvNxt) ? 'TCP_OLD_SEQUENCE' : 'TCP_INVALID_SEQUENCE';
}

/**
 * The ACK of a peer that has filled the whole window while a hole is open: its SEG.SEQ is the
 * window's right edge. It carries no data, so its acknowledgment is processed. RFC 9293 3.10.7.4
 * allows this for a window of 0 only, Linux's tcp_sequence() for every window.
 */
function isAckAtEdge({ segSeq, flags }: ArrivedSegment, windowEnd: number): boolean {
  return segSeq === windowEnd && (flags & TCP_RST) === 0;
}

/**
 * RFC 7323 5.3 R1: protection against wrapped sequence numbers (PAWS). Only a segment with a
 * timestamp can be too old. RFC 7323 3.2 says that a segment without the agreed timestamp should be
 * dropped, but some peers omit it from keepalives, and reset a connection that does not answer
 * them. Such a segment is judged by its sequence numbers alone, as in Linux's
 * tcp_validate_incoming(), and TS.Recent stays.
 */
export function isTooOld(space: TimestampSpace, segment: ArrivedSegment, nowMs: number): boolean {
  if (!space.timestampsOn || (segment.flags & TCP_RST) !== 0) return false;
  const { timestamps } = segment.options;
  if (timestamps === undefined || seqGe(timestamps.value, space.tsRecent)) return false;
  return nowMs - space.tsRecentAtMs <= PAWS_MAX_IDLE_MS;
}

/**
 * RFC 7323 4.3 (2): TS.Recent is taken from the segment that spans Last.ACK.sent. Called only after
 * the acknowledgment is accepted: otherwise an attacker who guesses only RCV.NXT could move
 * TS.Recent ahead, and PAWS would drop all segments of the peer (RFC 5961 5).
 */
export function noteTimestamp(
  space: TimestampSpace,
  lastAckSent: number,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const { timestamps } = segment.options;
  if (!space.timestampsOn || timestamps === undefined) return;
  if (!seqLe(segment.segSeq, lastAckSent)) return;
  if (seqLt(timestamps.value, space.tsRecent) && nowMs - space.tsRecentAtMs <= PAWS_MAX_IDLE_MS)
    return;
  space.tsRecent = timestamps.value;
  space.tsRecentAtMs = nowMs;
}
