/** All connections in TIME-WAIT, and those in FIN-WAIT-2 that the application has closed. */

import { isLoopbackIpv4, TCP_SYN } from '@strata/wire';
import { answering, dropTcp, expired } from '../../outcomes.ts';
import {
  acknowledgeTimeWait,
  arrivesInFinWait2,
  arrivesInTimeWait,
  createTimeWait,
} from '../arrive/arrives-time-wait.ts';
import { mayAnswerInvalid } from '../arrive/challenge-limit.ts';
import type { ArrivedSegment } from '../arrive/segment.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TimeWait } from '../state/time-wait.ts';
import type { TcpLayer } from '../tcp-tables.ts';
import { type ConnectionEvent, changeState, tellState } from '../transitions.ts';

/**
 * Keeps a small record of a connection removed from the tables; none beyond `tcp_max_tw_buckets`.
 */
export function keepTimeWait(
  tcp: TcpLayer,
  tcb: Tcb,
  state: TimeWait['state'],
  nowMs: number,
): void {
  const { counters, sysctl } = tcp;
  if (tcp.tables.timeWaits >= sysctl.tcp_max_tw_buckets) {
    counters.TCPTimeWaitOverflow += 1;
    return;
  }
  const wait = createTimeWait(tcb, state, nowMs);
  wait.deadlineMs = nowMs + lengthMs(tcp, tcb, state);
  restoreTimeWait(tcp, wait);
}

/** Adds a record, unchanged. */
export function restoreTimeWait(tcp: TcpLayer, wait: TimeWait): void {
  tcp.tables.timeWaits += 1;
  tcp.tables.connections.set(wait);
  tcp.tables.timers.schedule(wait);
}

function lengthMs(tcp: TcpLayer, tcb: Tcb, state: TimeWait['state']): number {
  const { tcp_timewait_len, tcp_fin_timeout } = tcp.sysctl;
  if (state === 'TIME-WAIT') return tcp_timewait_len;
  // As in Linux's tcp_time_wait(): time for the peer to retransmit a lost FIN.
  return Math.max(tcp_fin_timeout * 1000, RETRANSMISSION_ROOM * tcb.rto.rtoMs);
}

/** The timer has expired: the wait is over, unless a segment has moved the deadline. */
export function timeWaitDue(tcp: TcpLayer, wait: TimeWait, nowMs: number): void {
  if (wait.deadlineMs > nowMs) return tcp.tables.timers.schedule(wait);
  expired(tcp, '2 MSL', 'strata/TIME_WAIT_TIMER', undefined, nowMs);
  endTimeWait(tcp, wait, 'strata/TIME_WAIT_OVER');
}

/**
 * A segment arrives. Returns true if it is the SYN of a new connection, and the addresses are
 * free for it.
 */
export function arriveInTimeWait(
  tcp: TcpLayer,
  wait: TimeWait,
  segment: ArrivedSegment,
  nowMs: number,
): boolean {
  const outcome =
    wait.state === 'TIME-WAIT'
      ? arrivesInTimeWait(tcp, wait, segment, nowMs)
      : arrivesInFinWait2(tcp, wait, segment, nowMs);
  switch (outcome) {
    case 'stay':
      return false;
    case 'end':
      endTimeWait(tcp, wait, 'strata/RECEIVED_RST');
      return false;
    case 'reset':
      tcp.refuse(segment, 'TCP_ABORT_ON_DATA');
      endTimeWait(tcp, wait, 'strata/ABORT');
      return false;
    case 'acknowledge':
      if (mayAcknowledge(tcp, wait, segment, nowMs)) acknowledgeTimeWait(tcp, wait, nowMs);
      return false;
    case 'restart':
      restartTimeWait(tcp, wait, nowMs);
      return false;
    case 'challenge':
      challenge(tcp, wait, nowMs);
      return false;
    case 'reopen':
      return reopen(tcp, wait, segment, nowMs);
  }
}

/** Segments without data could be an ACK loop between two ends: their answers are limited. */
function mayAcknowledge(
  tcp: TcpLayer,
  wait: TimeWait,
  segment: ArrivedSegment,
  nowMs: number,
): boolean {
  if (segment.segLen > 0 && (segment.flags & TCP_SYN) === 0) return true;
  const skipped =
    wait.state === 'TIME-WAIT' ? 'strata/ACK_SKIPPED_TIME_WAIT' : 'strata/ACK_SKIPPED_FIN_WAIT_2';
  return mayAnswerInvalid(tcp, wait, skipped, nowMs);
}

function challenge(tcp: TcpLayer, wait: TimeWait, nowMs: number): void {
  if (!mayAnswerInvalid(tcp, wait, 'strata/ACK_SKIPPED_CHALLENGE', nowMs)) return;
  if (!tcp.mayChallenge(nowMs)) return;
  answering(tcp, 'strata/CHALLENGE_ACK');
  acknowledgeTimeWait(tcp, wait, nowMs);
}

/** RFC 9293 3.10.7.4: the FIN arrived, for the first time or again. */
function restartTimeWait(tcp: TcpLayer, wait: TimeWait, nowMs: number): void {
  acknowledgeTimeWait(tcp, wait, nowMs);
  changeState<TimeWait['state']>(tcp, wait, 'TIME-WAIT', 'strata/RECEIVED_FIN');
  wait.enteredMs = nowMs;
  wait.deadlineMs = nowMs + tcp.sysctl.tcp_timewait_len;
  tcp.tables.timers.schedule(wait);
}

function reopen(tcp: TcpLayer, wait: TimeWait, segment: ArrivedSegment, nowMs: number): boolean {
  const { listeners } = tcp.tables;
  if (listeners.find(segment.destination, segment.destinationPort) !== undefined) {
    endTimeWait(tcp, wait, 'strata/REPLACED');
    return true;
  }
  dropTcp(tcp, 'strata/TCP_TIME_WAIT');
  if (mayAcknowledge(tcp, wait, segment, nowMs)) acknowledgeTimeWait(tcp, wait, nowMs);
  return false;
}

/**
 * Whether an active open may replace a connection in TIME-WAIT (`tcp_tw_reuse`): if timestamps
 * tell old segments apart, and after `tcp_tw_reuse_delay`. `isBound`: the application chose the
 * port itself, with SO_REUSEADDR; then neither sysctl is needed, as in Linux's tcp_twsk_unique().
 */
export function mayReuseTimeWait(
  tcp: TcpLayer,
  wait: TimeWait,
  isBound: boolean,
  nowMs: number,
): boolean {
  if (wait.state !== 'TIME-WAIT' || !wait.timestampsOn) return false;
  if (isBound) return true;
  const { tcp_tw_reuse, tcp_tw_reuse_delay } = tcp.sysctl;
  const isAllowed = tcp_tw_reuse === 1 || (tcp_tw_reuse === 2 && isOverLoopback(wait));
  return isAllowed && nowMs - wait.enteredMs > tcp_tw_reuse_delay;
}

/** An active open replaces the record. */
export function recycleTimeWait(tcp: TcpLayer, wait: TimeWait): void {
  tcp.counters.TWRecycled += 1;
  endTimeWait(tcp, wait, 'strata/REPLACED');
}

function endTimeWait(tcp: TcpLayer, wait: TimeWait, on: ConnectionEvent): void {
  tellState(tcp, wait.state, 'CLOSED', on);
  forgetTimeWait(tcp, wait);
}

/** Removes a record: the wait is over, or it is handed over to another stack. */
export function forgetTimeWait(tcp: TcpLayer, wait: TimeWait): void {
  tcp.tables.timers.remove(wait);
  tcp.tables.connections.delete(wait);
  tcp.tables.timeWaits -= 1;
}

/** Least time for the peer's FIN, in retransmission timeouts, whatever `tcp_fin_timeout` is. */
const RETRANSMISSION_ROOM = 3.5;

function isOverLoopback({ local, remote }: TimeWait): boolean {
  return isLoopbackIpv4(local.address) || isLoopbackIpv4(remote.address);
}
