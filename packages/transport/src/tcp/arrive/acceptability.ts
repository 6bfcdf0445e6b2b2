import { TCP_RST } from '@strata/wire';
import { seqAdd, seqDiff, seqGe, seqLe, seqLt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { ArrivedSegment } from './segment.ts';

/**
 * What the first check of RFC 9293 3.10.7.4 says of a segment. `acceptable without data`: the window is shut, but its ACK and RST count.
 * Else why it is not acceptable: it is to be answered by an ACK.
 */
export type Verdict = 'acceptable' | 'acceptable without data' | Unacceptable;

/** By its numbers: all before the window, or beyond it; or by its timestamp. */
export type Unacceptable = 'TCP_OLD_SEQUENCE' | 'TCP_INVALID_SEQUENCE' | 'TCP_RFC7323_PAWS';

export function isUnacceptable(verdict: Verdict): verdict is Unacceptable {
  return verdict !== 'acceptable' && verdict !== 'acceptable without data';
}

/** What PAWS looks at: TS.Recent, and whether there are timestamps. */
export type TimestampSpace = Pick<Tcb, 'timestampsOn' | 'tsRecent' | 'tsRecentAtMs'>;

/** What the check looks at. */
export type ReceiveSpace = TimestampSpace & Pick<Tcb, 'rcvNxt' | 'rcvAdv'>;

/** TS.Recent is not believed after this long without traffic (RFC 7323 5.5): 24 days. */
const PAWS_MAX_IDLE_MS = 24 * 24 * 3600 * 1000;

/** `takesAckAtEdge`: see isAckAtEdge(). Who takes no data any more has no use for it. */
export function acceptability(
  space: ReceiveSpace,
  segment: ArrivedSegment,
  nowMs: number,
  takesAckAtEdge = true,
): Verdict {
  if (isTooOld(space, segment, nowMs)) return 'TCP_RFC7323_PAWS';
  return checkSequence(space, segment, takesAckAtEdge);
}

/** RFC 9293 3.10.7.4, the table of four cases. */
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

/** On which side of the window it lies. */
function outside({ rcvNxt }: ReceiveSpace, { segSeq }: ArrivedSegment): Unacceptable {
  return seqLt(segSeq, rcvNxt) ? 'TCP_OLD_SEQUENCE' : 'TCP_INVALID_SEQUENCE';
}

/**
 * The ACK of a peer that has filled the window, all of it behind a hole: its number is the edge itself. It brings nothing that could be too
 * much; what it acknowledges counts, an allowance that RFC 9293 3.10.7.4 makes for a window of 0 alone, and Linux for all.
 */
function isAckAtEdge({ segSeq, flags }: ArrivedSegment, windowEnd: number): boolean {
  return segSeq === windowEnd && (flags & TCP_RST) === 0;
}

/**
 * RFC 7323 5.3 R1: protection against wrapped sequence numbers. Only a timestamp can be too old: RFC 7323 3.2 would have a segment without one
 * dropped once they are agreed (SHOULD), but peers leave it out of keepalives, and reset a connection that does not answer. As Linux's
 * tcp_validate_incoming() such a segment is judged by its numbers alone; TS.Recent stays.
 */
export function isTooOld(space: TimestampSpace, segment: ArrivedSegment, nowMs: number): boolean {
  if (!space.timestampsOn || (segment.flags & TCP_RST) !== 0) return false;
  const { timestamps } = segment.options;
  if (timestamps === undefined || seqGe(timestamps.value, space.tsRecent)) return false;
  return nowMs - space.tsRecentAtMs <= PAWS_MAX_IDLE_MS;
}

/**
 * RFC 7323 4.3 (2): TS.Recent follows the segment that spans Last.ACK.sent. To be called once the acknowledgment is accepted too: else
 * whoever guesses RCV.NXT alone could move TS.Recent ahead, and PAWS would drop all that the peer sends (RFC 5961 5).
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
