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
 * What a segment does. `end`: it is over. `reset`: it is answered by RST and over. `acknowledge`:
 * it is answered by an ACK. `restart`: by an ACK, and 2 MSL start anew. `challenge`: RFC 5961.
 * `reopen`: the addresses go to a new connection, whose SYN this is.
 */
export type TimeWaitOutcome =
  | 'stay'
  | 'end'
  | 'reset'
  | 'acknowledge'
  | 'restart'
  | 'challenge'
  | 'reopen';

/** RFC 9293 3.10.7.4 in TIME-WAIT. */
export function arrivesInTimeWait(
  context: TransportContext,
  wait: TimeWait,
  segment: ArrivedSegment,
  nowMs: number,
): TimeWaitOutcome {
  const { flags, segSeq } = segment;
  const isOld = isTooOld(wait, segment, nowMs);
  if ((flags & TCP_RST) !== 0) {
    // TIME-WAIT assassination (RFC 1337): the knob forbids it.
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
  // A pure acknowledgment in order needs no answer.
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
 * RFC 9293 3.6.1 (MAY-2), and where timestamps tell them apart, RFC 6191 2: beyond all that the old
 * connection has received.
 */
function isOfNewConnection(wait: TimeWait, segment: ArrivedSegment): boolean {
  const { timestamps } = segment.options;
  if (seqGt(segment.segSeq, wait.rcvNxt)) return true;
  return wait.timestampsOn && timestamps !== undefined && seqGt(timestamps.value, wait.tsRecent);
}

/**
 * RFC 9293 3.10.7.4 in FIN-WAIT-2, where nobody takes data any more. `restart`: the FIN has come,
 * TIME-WAIT begins.
 */
export function arrivesInFinWait2(
  context: TransportContext,
  wait: TimeWait,
  segment: ArrivedSegment,
  nowMs: number,
): TimeWaitOutcome {
  const { flags, segSeq, segAck, segLen } = segment;
  const isReset = (flags & TCP_RST) !== 0;
  // The window is never shut: there is always room for the FIN, which is all that is waited for.
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
  // RFC 1122 4.2.2.13: data that nobody will read.
  dropTcp(context, 'TCP_ABORT_ON_DATA');
  return 'reset';
}

/** Sends an ACK of what there was. */
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
