import { TCP_RST } from '@strata/wire';
import { seqAdd, seqDiff, seqGe, seqLe, seqLt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import type { ArrivedSegment } from './segment.ts';

/**
 * What the first check of RFC 9293 3.10.7.4 says of a segment. `acknowledge`: not acceptable, to be answered by an ACK; `too old`: the same, by its timestamp. `acceptable
 * without text`: the window is shut, but its ACK and RST count.
 */
export type Verdict = 'acceptable' | 'acceptable without text' | 'acknowledge' | 'too old';

/** What the check looks at, and TS.Recent, which it keeps up to date. */
export type ReceiveSpace = Pick<
  Tcb,
  'rcvNxt' | 'rcvAdv' | 'timestampsOn' | 'tsRecent' | 'tsRecentAtMs' | 'lastAckSent'
>;

/** TS.Recent is not believed after this long without traffic (RFC 7323 5.5): 24 days. */
const PAWS_MAX_IDLE_MS = 24 * 24 * 3600 * 1000;

export function acceptability(
  context: TcpContext,
  space: ReceiveSpace,
  segment: ArrivedSegment,
  nowMs: number,
): Verdict {
  const paws = checkTimestamp(context, space, segment, nowMs);
  if (paws !== 'acceptable') return paws;
  return checkSequence(space, segment);
}

/** RFC 9293 3.10.7.4, the table of four cases. */
function checkSequence(space: ReceiveSpace, segment: ArrivedSegment): Verdict {
  const { segSeq, segLen } = segment;
  const { rcvNxt } = space;
  const rcvWnd = Math.max(0, seqDiff(space.rcvAdv, rcvNxt));
  if (rcvWnd === 0) {
    if (segSeq === rcvNxt) return segLen === 0 ? 'acceptable' : 'acceptable without text';
    return 'acknowledge';
  }
  const windowEnd = seqAdd(rcvNxt, rcvWnd);
  const startsInside = seqLe(rcvNxt, segSeq) && seqLt(segSeq, windowEnd);
  if (segLen === 0) {
    return startsInside || isAckAtEdge(segment, windowEnd) ? 'acceptable' : 'acknowledge';
  }
  const last = seqAdd(segSeq, segLen - 1);
  const endsInside = seqLe(rcvNxt, last) && seqLt(last, windowEnd);
  const spans = seqLt(segSeq, rcvNxt) && seqGe(last, windowEnd);
  return startsInside || endsInside || spans ? 'acceptable' : 'acknowledge';
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
function checkTimestamp(
  context: TcpContext,
  space: ReceiveSpace,
  segment: ArrivedSegment,
  nowMs: number,
): Verdict {
  if (!space.timestampsOn || (segment.flags & TCP_RST) !== 0) return 'acceptable';
  const { timestamps } = segment.options;
  if (timestamps === undefined) return 'acceptable';
  if (seqGe(timestamps.value, space.tsRecent)) return 'acceptable';
  if (nowMs - space.tsRecentAtMs > PAWS_MAX_IDLE_MS) return 'acceptable';
  context.counters.PAWSEstab += 1;
  return 'too old';
}

/**
 * RFC 7323 4.3 (2): TS.Recent follows the segment that spans Last.ACK.sent. To be called once the acknowledgment is accepted too: else
 * whoever guesses RCV.NXT alone could move TS.Recent ahead, and PAWS would drop all that the peer sends (RFC 5961 5).
 */
export function noteTimestamp(space: ReceiveSpace, segment: ArrivedSegment, nowMs: number): void {
  const { timestamps } = segment.options;
  if (!space.timestampsOn || timestamps === undefined) return;
  if (!seqLe(segment.segSeq, space.lastAckSent)) return;
  if (seqLt(timestamps.value, space.tsRecent) && nowMs - space.tsRecentAtMs <= PAWS_MAX_IDLE_MS)
    return;
  space.tsRecent = timestamps.value;
  space.tsRecentAtMs = nowMs;
}
