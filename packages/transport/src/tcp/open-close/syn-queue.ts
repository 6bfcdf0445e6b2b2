import { expired, resending } from '../../outcomes.ts';
import type { ConnectionRequest } from '../state/connection-request.ts';
import type { ListenerMember } from '../state/listener.ts';
import type { TcpSocketOptions } from '../state/socket.ts';
import { INITIAL_RTO_MS } from '../state/timers.ts';
import type { TcpContext } from '../tcp-context.ts';
import type { TcpTables } from '../tcp-tables.ts';
import { tellState } from '../transitions.ts';
import { sendSynAck } from './connection-request.ts';

/** The SYN queues of all listeners: their connection requests, and the timers of these. */
export class SynQueue {
  readonly #context: TcpContext;
  readonly #tables: TcpTables;

  constructor(context: TcpContext, tables: TcpTables) {
    this.#context = context;
    this.#tables = tables;
  }

  /**
   * Whether one more connection would be too many: for the backlog, or for `tcp_max_syn_backlog`.
   */
  isFull({ requests, backlog }: ListenerMember): boolean {
    return requests > backlog || requests >= this.#context.sysctl.tcp_max_syn_backlog;
  }

  /**
   * Whether what is left of `tcp_max_syn_backlog` is the last quarter: without cookies it is kept
   * for proven peers, as in Linux.
   */
  isNearlyFull({ requests }: ListenerMember): boolean {
    const limit = this.#context.sysctl.tcp_max_syn_backlog;
    return limit - requests < limit >> 2;
  }

  /** Puts a connection in and sends its SYN,ACK. */
  add(member: ListenerMember, request: ConnectionRequest, nowMs: number): void {
    member.requests += 1;
    member.young += 1;
    this.#tables.connections.set(request);
    sendSynAck(this.#context, request, member.options, nowMs);
    request.deadlineMs = nowMs + this.#timeoutMs(request);
    this.#tables.timers.schedule(request);
  }

  /** Puts a connection in that comes from another stack, as it is; its listener may not be here. */
  restore(request: ConnectionRequest): void {
    const member = this.#memberOf(request);
    if (member !== undefined) {
      member.requests += 1;
      if (request.timeouts === 0) member.young += 1;
    }
    this.#tables.connections.set(request);
    this.#tables.timers.schedule(request);
  }

  /** Takes a connection off: it is over, or becomes a TCB. */
  remove(request: ConnectionRequest): void {
    this.#tables.connections.delete(request);
    this.#tables.timers.remove(request);
    const member = this.#memberOf(request);
    if (member === undefined) return;
    member.requests -= 1;
    if (request.timeouts === 0) member.young -= 1;
  }

  /** The peer's SYN came again: so does our answer, and the timer starts anew. */
  repeat(request: ConnectionRequest, nowMs: number): void {
    resending(this.#context, 'strata/SYN_REPEATED');
    this.#resend(request, nowMs);
    request.deadlineMs = nowMs + this.#timeoutMs(request);
    this.#tables.timers.schedule(request);
  }

  /** The timer runs out: SYN,ACK again, or the end (`tcp_synack_retries`). */
  due(request: ConnectionRequest, nowMs: number): void {
    const { counters } = this.#context;
    if (request.deadlineMs > nowMs) return this.#tables.timers.schedule(request);
    expired(this.#context, 'SYN,ACK', 'strata/SYN_ACK_TIMER', request.listener, nowMs);
    const member = this.#memberOf(request);
    if (member === undefined || request.timeouts >= this.#retriesNow(member)) {
      counters.TcpAttemptFails += 1;
      tellState(this.#context, 'SYN-RECEIVED', 'LISTEN', 'strata/GIVEN_UP');
      return this.remove(request);
    }
    if (request.timeouts === 0) member.young -= 1;
    request.timeouts += 1;
    resending(this.#context, 'strata/SYN_TIMEOUT');
    this.#resend(request, nowMs);
    request.deadlineMs = nowMs + this.#timeoutMs(request);
    this.#tables.timers.schedule(request);
  }

  /**
   * `tcp_synack_retries`, or the listener's own; fewer where the queue is more than half full of
   * aged ones, so that half of it stays free for the young, whose peers are the more likely to
   * answer (Linux: reqsk_timer_handler).
   */
  #retriesNow({ requests, backlog, young, options }: ListenerMember): number {
    let retries = options.synRetries ?? this.#context.sysctl.tcp_synack_retries;
    if (requests * 2 <= Math.max(8, backlog)) return retries;
    let weight = young * 2;
    while (retries > 2 && requests >= weight) {
      retries -= 1;
      weight *= 2;
    }
    return retries;
  }

  #resend(request: ConnectionRequest, nowMs: number): void {
    const { counters } = this.#context;
    counters.TCPSynRetrans += 1;
    counters.TcpRetransSegs += 1;
    sendSynAck(this.#context, request, this.optionsOf(request), nowMs);
  }

  /** RFC 6298 2.1 and 5.5. */
  #timeoutMs({ timeouts }: ConnectionRequest): number {
    return Math.min(INITIAL_RTO_MS * 2 ** timeouts, this.#context.sysctl.tcp_rto_max_ms);
  }

  /** The options of the listener. */
  optionsOf(request: ConnectionRequest): TcpSocketOptions {
    return this.#memberOf(request)?.options ?? NO_OPTIONS;
  }

  #memberOf(request: ConnectionRequest): ListenerMember | undefined {
    return this.#tables.listeners.get(request.listener)?.member;
  }
}

const NO_OPTIONS: TcpSocketOptions = {};
