import { TCP_ACK, TCP_RST, TCP_SYN } from '@strata/wire';
import { dropTcp, took } from '../../outcomes.ts';
import type { ConnectionRequest } from '../state/connection-request.ts';
import { seqAdd, seqDiff } from '../state/sequence.ts';
import type { TcpContext } from '../tcp-context.ts';
import { acceptability, isUnacceptable, noteTimestamp } from './acceptability.ts';
import type { ArrivedSegment } from './segment.ts';

/**
 * The action for a segment in SYN-RECEIVED of a passive open (RFC 9293 3.10.7.4). `complete`: it
 * acknowledges our SYN. `repeat`: a retransmitted SYN. `acknowledge`: it is not acceptable, answer
 * with an ACK. `challenge`: answer with a challenge ACK (RFC 5961). `refuse`: answer with a RST.
 * `end`: return to LISTEN.
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
    // A different SYN is never accepted here (RFC 5961 4.2).
    if (segment.segSeq !== request.syn.segSeq) {
      dropTcp(context, 'TCP_INVALID_SYN');
      return 'challenge';
    }
    if ((flags & TCP_ACK) === 0) {
      dropTcp(context, 'strata/TCP_SYN_KNOWN');
      return 'repeat';
    }
  }
  // First, check the sequence number (PAWS before it).
  const verdict = acceptability(request, segment, nowMs);
  if (isUnacceptable(verdict)) {
    dropTcp(context, verdict);
    return (flags & TCP_RST) === 0 ? 'acknowledge' : 'drop';
  }
  // Second, check the RST bit: only the exact sequence number is accepted (RFC 5961 3.2).
  if ((flags & TCP_RST) !== 0) {
    const isExact = segment.segSeq === request.rcvNxt;
    if (isExact) took(context, 'TCP_RESET');
    else dropTcp(context, 'TCP_RESET');
    return isExact ? 'end' : 'challenge';
  }
  // Fifth, check the ACK field.
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
 * Whether TSecr is the timestamp of one of our SYN,ACKs, as Linux's tcp_check_req() requires: one
 * more guess for a blind attacker.
 */
function echoesOurs(request: ConnectionRequest, segment: ArrivedSegment): boolean {
  const { timestamps } = segment.options;
  if (!request.timestampsOn || timestamps === undefined || timestamps.echo === 0) return true;
  const span = seqDiff(request.lastTimestamp, request.firstTimestamp);
  const since = seqDiff(timestamps.echo, request.firstTimestamp);
  return since >= 0 && since <= span;
}
