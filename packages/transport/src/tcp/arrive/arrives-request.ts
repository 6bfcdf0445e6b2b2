import { TCP_ACK, TCP_RST, TCP_SYN } from '@strata/wire';
import { dropTcp, took } from '../../outcomes.ts';
import type { ConnectionRequest } from '../state/connection-request.ts';
import { seqAdd, seqDiff } from '../state/sequence.ts';
import type { TcpContext } from '../tcp-context.ts';
import { acceptability, isUnacceptable, noteTimestamp } from './acceptability.ts';
import type { ArrivedSegment } from './segment.ts';

/**
 * What a segment does in SYN-RECEIVED of a passive open (RFC 9293 3.10.7.4). `complete`: it
 * acknowledges our SYN. `repeat`: the peer's SYN came again. `acknowledge`: it is not acceptable.
 * `challenge`: RFC 5961. `refuse`: RST. `end`: back to LISTEN.
 */
export type RequestOutcome =
  | 'complete'
  | 'repeat'
  | 'acknowledge'
  | 'challenge'
  | 'refuse'
  | 'end'
  | 'drop';

export function arrivesOnRequest(
  context: TcpContext,
  request: ConnectionRequest,
  segment: ArrivedSegment,
  nowMs: number,
): RequestOutcome {
  const { flags } = segment;
  if ((flags & TCP_SYN) !== 0 && (flags & TCP_RST) === 0) {
    // Another SYN is never believed here (RFC 5961 4.2).
    if (segment.segSeq !== request.syn.segSeq) {
      dropTcp(context, 'TCP_INVALID_SYN');
      return 'challenge';
    }
    if ((flags & TCP_ACK) === 0) {
      dropTcp(context, 'strata/TCP_SYN_KNOWN');
      return 'repeat';
    }
  }
  // First, the sequence number (and PAWS before it).
  const verdict = acceptability(request, segment, nowMs);
  if (isUnacceptable(verdict)) {
    dropTcp(context, verdict);
    return (flags & TCP_RST) === 0 ? 'acknowledge' : 'drop';
  }
  // Second, RST: only the exact one is believed (RFC 5961 3.2).
  if ((flags & TCP_RST) !== 0) {
    const isExact = segment.segSeq === request.rcvNxt;
    if (isExact) took(context, 'TCP_RESET');
    else dropTcp(context, 'TCP_RESET');
    return isExact ? 'end' : 'challenge';
  }
  // Fifth, ACK.
  if ((flags & TCP_ACK) === 0) {
    dropTcp(context, 'TCP_FLAGS');
    return 'drop';
  }
  if (segment.segAck !== seqAdd(request.iss, 1)) {
    dropTcp(context, 'TCP_INVALID_ACK_SEQUENCE');
    return 'refuse';
  }
  if (!echoesOurs(request, segment)) {
    dropTcp(context, 'TCP_RFC7323_TSECR');
    return 'acknowledge';
  }
  noteTimestamp(request, request.lastAckSent, segment, nowMs);
  return 'complete';
}

/**
 * Whether the echo is a timestamp of one of our SYN,ACKs, as Linux wants it: the last defence
 * against a blind ACK.
 */
function echoesOurs(request: ConnectionRequest, segment: ArrivedSegment): boolean {
  const { timestamps } = segment.options;
  if (!request.timestampsOn || timestamps === undefined || timestamps.echo === 0) return true;
  const span = seqDiff(request.lastTimestamp, request.firstTimestamp);
  const since = seqDiff(timestamps.echo, request.firstTimestamp);
  return since >= 0 && since <= span;
}
