import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, type TcpOptions } from '@strata/wire';
import type { TransportContext } from '../context.ts';
import type { SocketAddress } from '../pdu.ts';
import { emitBare } from './reset.ts';
import type { ArrivedSegment } from './segment.ts';
import { seqAdd, seqGe, seqGt, seqLt } from './sequence.ts';
import type { Tcb } from './tcb.ts';

/** What is kept of a connection in TIME-WAIT, for 2 MSL. Plain data. */
export interface TimeWait {
  readonly kind: 'time-wait';
  readonly state: 'TIME-WAIT';
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly sndNxt: number;
  readonly rcvNxt: number;
  /** Window field, as it was announced last. */
  readonly window: number;
  readonly timestampsOn: boolean;
  readonly timestampOffset: number;
  tsRecent: number;
  /** When 2 MSL are over. */
  deadlineMs: number;
}

export function createTimeWait(tcb: Tcb, deadlineMs: number): TimeWait {
  const window = Math.max(0, (tcb.rcvAdv - tcb.rcvNxt) | 0);
  return {
    kind: 'time-wait',
    state: 'TIME-WAIT',
    local: tcb.local,
    remote: tcb.remote,
    sndNxt: tcb.sndNxt,
    rcvNxt: tcb.rcvNxt,
    window: Math.min(0xffff, window >>> tcb.rcvWndShift),
    timestampsOn: tcb.timestampsOn,
    timestampOffset: tcb.timestampOffset,
    tsRecent: tcb.tsRecent,
    deadlineMs,
  };
}

/**
 * What a segment does in TIME-WAIT (RFC 9293 3.10.7.4): `end` closes it (RST), `reopen` gives the pair of addresses to a new
 * connection whose SYN this is (3.6.1, MAY-2), `restart` starts 2 MSL anew, `stay` nothing.
 */
export type TimeWaitOutcome = 'end' | 'reopen' | 'restart' | 'stay';

export function arrivesInTimeWait(
  context: TransportContext,
  wait: TimeWait,
  segment: ArrivedSegment,
  nowMs: number,
): TimeWaitOutcome {
  const { flags, segSeq } = segment;
  const timestamps = segment.options.timestamps;
  const isOld =
    wait.timestampsOn && timestamps !== undefined && seqLt(timestamps.value, wait.tsRecent);
  if ((flags & TCP_RST) !== 0) {
    return segSeq === wait.rcvNxt && context.sysctl.tcp_rfc1337 === 0 ? 'end' : 'stay';
  }
  if ((flags & TCP_SYN) !== 0 && (flags & TCP_ACK) === 0 && !isOld) {
    const isNewer =
      seqGt(segSeq, wait.rcvNxt) ||
      (wait.timestampsOn && timestamps !== undefined && seqGt(timestamps.value, wait.tsRecent));
    if (isNewer) return 'reopen';
  }
  if (isOld) context.counters.PAWSEstab += 1;
  const endsBehind = seqGe(seqAdd(segSeq, segment.segLen), wait.rcvNxt);
  // A pure acknowledgment in order needs no answer.
  if (segment.segLen === 0 && segSeq === wait.rcvNxt && !isOld) return 'stay';
  acknowledge(context, wait, nowMs);
  return (flags & TCP_FIN) !== 0 && endsBehind && !isOld ? 'restart' : 'stay';
}

function acknowledge(context: TransportContext, wait: TimeWait, nowMs: number): void {
  const options: TcpOptions = wait.timestampsOn
    ? {
        timestamps: {
          value: (Math.floor(nowMs) + wait.timestampOffset) >>> 0,
          echo: wait.tsRecent,
        },
      }
    : {};
  emitBare(context, wait.local, wait.remote, {
    sequence: wait.sndNxt,
    acknowledgment: wait.rcvNxt,
    flags: TCP_ACK,
    window: wait.window,
    options,
  });
}
