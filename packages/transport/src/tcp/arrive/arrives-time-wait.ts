import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, type TcpOptions } from '@strata/wire';
import type { TransportContext } from '../../context.ts';
import { dropTcp, took } from '../../outcomes.ts';
import { emitBare } from '../send/reset.ts';
import { seqAdd, seqGe, seqGt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TimeWait } from '../state/time-wait.ts';
import { acceptability, isTooOld, isUnacceptable, noteTimestamp } from './acceptability.ts';
import type { ArrivedSegment } from './segment.ts';

export function createTimeWait(tcb: Tcb, state: TimeWait['state'], nowMs: number): TimeWait {
  const { options } = tcb;
  const windowOctets = Math.max(0, (tcb.rcvAdv - tcb.rcvNxt) | 0);
  return {
    kind: 'time-wait',
    state,
    local: tcb.local,
    remote: tcb.remote,
    sndNxt: tcb.sndNxt,
    rcvNxt: tcb.rcvNxt,
    windowOctets,
    window: Math.min(0xffff, windowOctets >>> tcb.rcvWndShift),
    timestampsOn: tcb.timestampsOn,
    timestampOffset: tcb.timestampOffset,
    tsRecent: tcb.tsRecent,
    tsRecentAtMs: tcb.tsRecentAtMs,
    ttl: options.ttl,
    tos: options.tos,
    reuseAddress: options.reuseAddress === true,
    enteredMs: nowMs,
    lastInvalidAckMs: -Infinity,
    deadlineMs: Infinity,
  };
}

/**
 * The action for a segment. `end`: the wait is over. `reset`: answer with a RST, and the wait is
 * over. `acknowledge`: answer with an ACK. `restart`: answer with an ACK and restart 2 MSL.
 * `challenge`: answer with a challenge ACK (RFC 5961). `reopen`: the segment is the SYN of a new
 * connection with the same addresses and ports.
 */
export type TimeWaitOutcome =
  | 'stay'
  | 'end'
  | 'reset'
  | 'acknowledge'
  | 'restart'
  | 'challenge'
  | 'reopen';

/** SEGMENT ARRIVES in TIME-WAIT (RFC 9293 3.10.7.4). */
export function arrivesInTimeWait(
  context: TransportContext,
  wait: TimeWait,
  segment: ArrivedSegment,
  nowMs: number,
): TimeWaitOutcome {
  const { flags, segSeq } = segment;
  const isOld = isTooOld(wait, segment, nowMs);
  if ((flags & TCP_RST) !== 0) {
    // TIME-WAIT assassination (RFC 1337): tcp_rfc1337 prevents it.
    const isBelieved = segSeq === wait.rcvNxt && context.sysctl.tcp_rfc1337 === 0;
    if (isBelieved) took(context, 'TCP_RESET');
    else dropTcp(context, 'TCP_RESET');
    return isBelieved ? 'end' : 'stay';
  }
  if ((flags & TCP_SYN) !== 0 && (flags & TCP_ACK) === 0 && !isOld) {
    if (isOfNewConnection(wait, segment)) return 'reopen';
  }
  if (isOld) {
    dropTcp(context, 'TCP_RFC7323_TW_PAWS');
    return 'acknowledge';
  }
  // A pure ACK with the expected sequence number needs no answer.
  if (segment.segLen === 0 && segSeq === wait.rcvNxt) {
    noteTimestamp(wait, wait.rcvNxt, segment, nowMs);
    took(context);
    return 'stay';
  }
  const isLastFin = (flags & TCP_FIN) !== 0 && seqGe(seqAdd(segSeq, segment.segLen), wait.rcvNxt);
  dropTcp(context, 'strata/TCP_TIME_WAIT');
  return isLastFin ? 'restart' : 'acknowledge';
}

/**
 * Whether a SYN is newer than all segments of the old connection: by sequence number (RFC 9293
 * 3.6.1, MAY-2), or by timestamp (RFC 6191 2).
 */
function isOfNewConnection(wait: TimeWait, segment: ArrivedSegment): boolean {
  const { timestamps } = segment.options;
  if (seqGt(segment.segSeq, wait.rcvNxt)) return true;
  return wait.timestampsOn && timestamps !== undefined && seqGt(timestamps.value, wait.tsRecent);
}

/**
 * SEGMENT ARRIVES in FIN-WAIT-2 after the application has closed (RFC 9293 3.10.7.4). `restart`:
 * the FIN has arrived, and TIME-WAIT begins.
 */
export function arrivesInFinWait2(
  context: TransportContext,
  wait: TimeWait,
  segment: ArrivedSegment,
  nowMs: number,
): TimeWaitOutcome {
  const { flags, segSeq, segAck, segLen } = segment;
  const isReset = (flags & TCP_RST) !== 0;
  // The window counts as 1 at least: there must be room for the FIN.
  const rcvAdv = seqAdd(wait.rcvNxt, Math.max(1, wait.windowOctets));
  const { rcvNxt, timestampsOn, tsRecent, tsRecentAtMs } = wait;
  const space = { rcvNxt, rcvAdv, timestampsOn, tsRecent, tsRecentAtMs };
  const verdict = acceptability(space, segment, nowMs, false);
  if (isUnacceptable(verdict)) {
    dropTcp(context, verdict);
    return isReset ? 'stay' : 'acknowledge';
  }
  if (isReset) {
    const isExact = segSeq === wait.rcvNxt;
    if (isExact) took(context, 'TCP_RESET');
    else dropTcp(context, 'TCP_RESET');
    return isExact ? 'end' : 'challenge';
  }
  if ((flags & TCP_SYN) !== 0) {
    dropTcp(context, 'TCP_INVALID_SYN');
    return 'challenge';
  }
  if ((flags & TCP_ACK) === 0) {
    dropTcp(context, 'TCP_FLAGS');
    return 'stay';
  }
  if (seqGt(segAck, wait.sndNxt)) {
    dropTcp(context, 'TCP_ACK_UNSENT_DATA');
    return 'challenge';
  }
  noteTimestamp(wait, wait.rcvNxt, segment, nowMs);
  if (segLen === 0) {
    took(context);
    return 'stay';
  }
  const end = seqAdd(segSeq, segLen);
  if ((flags & TCP_FIN) !== 0 && end === seqAdd(wait.rcvNxt, 1)) {
    wait.rcvNxt = end;
    took(context);
    return 'restart';
  }
  // RFC 1122 4.2.2.13: data after the application has closed.
  dropTcp(context, 'TCP_ABORT_ON_DATA');
  return 'reset';
}

/** Sends an ACK with the sequence numbers kept. */
export function acknowledgeTimeWait(
  context: TransportContext,
  wait: TimeWait,
  nowMs: number,
): void {
  const options: TcpOptions = wait.timestampsOn
    ? {
        timestamps: {
          value: (Math.floor(nowMs) + wait.timestampOffset) >>> 0,
          echo: wait.tsRecent,
        },
      }
    : {};
  const header = {
    sequence: wait.sndNxt,
    acknowledgment: wait.rcvNxt,
    flags: TCP_ACK,
    window: wait.window,
    options,
  };
  if (context.outcomes.isOn) context.outcomes.purposeUnlessKnown('answered', 'strata/ACK');
  emitBare(context, wait.local, wait.remote, header, wait);
}
