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
import type { TcpContext } from '../tcp-context.ts';
import type { TcpTables } from '../tcp-tables.ts';
import { type ConnectionEvent, changeState, tellState } from '../transitions.ts';

/** All connections in TIME-WAIT, and those in FIN-WAIT-2 that the application has closed. */
export class TimeWaits {
  readonly #context: TcpContext;
  readonly #tables: TcpTables;
  #size = 0;

  constructor(context: TcpContext, tables: TcpTables) {
    this.#context = context;
    this.#tables = tables;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Keeps a small record of a connection removed from the tables; none beyond `tcp_max_tw_buckets`.
   */
  enter(tcb: Tcb, state: TimeWait['state'], nowMs: number): void {
    const { counters, sysctl } = this.#context;
    if (this.#size >= sysctl.tcp_max_tw_buckets) {
      counters.TCPTimeWaitOverflow += 1;
      return;
    }
    const wait = createTimeWait(tcb, state, nowMs);
    wait.deadlineMs = nowMs + this.#lengthMs(tcb, state);
    this.restore(wait);
  }

  /** Adds a record, unchanged. */
  restore(wait: TimeWait): void {
    this.#size += 1;
    this.#tables.connections.set(wait);
    this.#tables.timers.schedule(wait);
  }

  #lengthMs(tcb: Tcb, state: TimeWait['state']): number {
    const { tcp_timewait_len, tcp_fin_timeout } = this.#context.sysctl;
    if (state === 'TIME-WAIT') return tcp_timewait_len;
    // As in Linux's tcp_time_wait(): time for the peer to retransmit a lost FIN.
    return Math.max(tcp_fin_timeout * 1000, RETRANSMISSION_ROOM * tcb.rto.rtoMs);
  }

  /** The timer has expired: the wait is over, unless a segment has moved the deadline. */
  due(wait: TimeWait, nowMs: number): void {
    if (wait.deadlineMs > nowMs) return this.#tables.timers.schedule(wait);
    expired(this.#context, '2 MSL', 'strata/TIME_WAIT_TIMER', undefined, nowMs);
    this.#end(wait, 'strata/TIME_WAIT_OVER');
  }

  /**
   * A segment arrives. Returns true if it is the SYN of a new connection, and the addresses are
   * free for it.
   */
  arrive(wait: TimeWait, segment: ArrivedSegment, nowMs: number): boolean {
    const context = this.#context;
    const outcome =
      wait.state === 'TIME-WAIT'
        ? arrivesInTimeWait(context, wait, segment, nowMs)
        : arrivesInFinWait2(context, wait, segment, nowMs);
    switch (outcome) {
      case 'stay':
        return false;
      case 'end':
        this.#end(wait, 'strata/RECEIVED_RST');
        return false;
      case 'reset':
        context.refuse(segment, 'TCP_ABORT_ON_DATA');
        this.#end(wait, 'strata/ABORT');
        return false;
      case 'acknowledge':
        if (this.#mayAcknowledge(wait, segment, nowMs)) acknowledgeTimeWait(context, wait, nowMs);
        return false;
      case 'restart':
        this.#restart(wait, nowMs);
        return false;
      case 'challenge':
        this.#challenge(wait, nowMs);
        return false;
      case 'reopen':
        return this.#reopen(wait, segment, nowMs);
    }
  }

  /** Segments without data could be an ACK loop between two ends: their answers are limited. */
  #mayAcknowledge(wait: TimeWait, segment: ArrivedSegment, nowMs: number): boolean {
    if (segment.segLen > 0 && (segment.flags & TCP_SYN) === 0) return true;
    const skipped =
      wait.state === 'TIME-WAIT' ? 'strata/ACK_SKIPPED_TIME_WAIT' : 'strata/ACK_SKIPPED_FIN_WAIT_2';
    return mayAnswerInvalid(this.#context, wait, skipped, nowMs);
  }

  #challenge(wait: TimeWait, nowMs: number): void {
    const context = this.#context;
    if (!mayAnswerInvalid(context, wait, 'strata/ACK_SKIPPED_CHALLENGE', nowMs)) return;
    if (!context.mayChallenge(nowMs)) return;
    answering(context, 'strata/CHALLENGE_ACK');
    acknowledgeTimeWait(context, wait, nowMs);
  }

  /** RFC 9293 3.10.7.4: the FIN arrived, for the first time or again. */
  #restart(wait: TimeWait, nowMs: number): void {
    acknowledgeTimeWait(this.#context, wait, nowMs);
    changeState<TimeWait['state']>(this.#context, wait, 'TIME-WAIT', 'strata/RECEIVED_FIN');
    wait.enteredMs = nowMs;
    wait.deadlineMs = nowMs + this.#context.sysctl.tcp_timewait_len;
    this.#tables.timers.schedule(wait);
  }

  #reopen(wait: TimeWait, segment: ArrivedSegment, nowMs: number): boolean {
    const { listeners } = this.#tables;
    if (listeners.find(segment.destination, segment.destinationPort) !== undefined) {
      this.#end(wait, 'strata/REPLACED');
      return true;
    }
    dropTcp(this.#context, 'strata/TCP_TIME_WAIT');
    if (this.#mayAcknowledge(wait, segment, nowMs)) acknowledgeTimeWait(this.#context, wait, nowMs);
    return false;
  }

  /**
   * Whether an active open may replace a connection in TIME-WAIT (`tcp_tw_reuse`): if timestamps
   * tell old segments apart, and after `tcp_tw_reuse_delay`. `isBound`: the application chose the
   * port itself, with SO_REUSEADDR; then neither sysctl is needed, as in Linux's tcp_twsk_unique().
   */
  mayReuse(wait: TimeWait, isBound: boolean, nowMs: number): boolean {
    if (wait.state !== 'TIME-WAIT' || !wait.timestampsOn) return false;
    if (isBound) return true;
    const { tcp_tw_reuse, tcp_tw_reuse_delay } = this.#context.sysctl;
    const isAllowed = tcp_tw_reuse === 1 || (tcp_tw_reuse === 2 && isOverLoopback(wait));
    return isAllowed && nowMs - wait.enteredMs > tcp_tw_reuse_delay;
  }

  /** An active open replaces the record. */
  recycle(wait: TimeWait): void {
    this.#context.counters.TWRecycled += 1;
    this.#end(wait, 'strata/REPLACED');
  }

  #end(wait: TimeWait, on: ConnectionEvent): void {
    tellState(this.#context, wait.state, 'CLOSED', on);
    this.forget(wait);
  }

  /** Removes a record: the wait is over, or it is handed over to another stack. */
  forget(wait: TimeWait): void {
    this.#tables.timers.remove(wait);
    this.#tables.connections.delete(wait);
    this.#size -= 1;
  }
}

/** Least time for the peer's FIN, in retransmission timeouts, whatever `tcp_fin_timeout` is. */
const RETRANSMISSION_ROOM = 3.5;

function isOverLoopback({ local, remote }: TimeWait): boolean {
  return isLoopbackIpv4(local.address) || isLoopbackIpv4(remote.address);
}
