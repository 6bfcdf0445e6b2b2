import { expired, resending } from '../../outcomes.ts';
import type { ConnectionRequest } from '../state/connection-request.ts';
import type { ListenerMember } from '../state/listener.ts';
import type { TcpSocketOptions } from '../state/socket.ts';
import { INITIAL_RTO_MS } from '../state/timers.ts';
import type { TcpContext } from '../tcp-context.ts';
import type { TcpTables } from '../tcp-tables.ts';
import { tellState } from '../transitions.ts';
import { sendSynAck } from './connection-request.ts';

/** The SYN queues of all listeners: the connection requests and their timers. */
export class SynQueue {
  readonly #context: TcpContext;
  readonly #tables: TcpTables;

  constructor(context: TcpContext, tables: TcpTables) {
    this.#context = context;
    this.#tables = tables;
  }

  /** Whether the queue is full: by the backlog, or by `tcp_max_syn_backlog`. */
  isFull({ requests, backlog }: ListenerMember): boolean {
    return requests > backlog || requests >= this.#context.sysctl.tcp_max_syn_backlog;
  }

  /**
   * Whether only the last quarter of `tcp_max_syn_backlog` is left. Without cookies it is reserved
   * for proven peers, as in Linux's tcp_conn_request().
   */
  isNearlyFull({ requests }: ListenerMember): boolean {
    const limit = this.#context.sysctl.tcp_max_syn_backlog;
    return limit - requests < limit >> 2;
  }

  /** Adds a request and sends its SYN,ACK. */
  add(member: ListenerMember, request: ConnectionRequest, nowMs: number): void {
    member.requests += 1;
    member.young += 1;
    this.#tables.connections.set(request);
    sendSynAck(this.#context, request, member.options, nowMs);
    request.deadlineMs = nowMs + this.#timeoutMs(request);
    this.#tables.timers.schedule(request);
  }

  /** Adds a request handed over from another stack, unchanged. Its listener may be missing here. */
  restore(request: ConnectionRequest): void {
    const member = this.#memberOf(request);
    if (member !== undefined) {
      member.requests += 1;
      if (request.timeouts === 0) member.young += 1;
    }
    this.#tables.connections.set(request);
    this.#tables.timers.schedule(request);
  }

  /** Removes a request: it has ended, or becomes a TCB. */
  remove(request: ConnectionRequest): void {
    this.#tables.connections.delete(request);
    this.#tables.timers.remove(request);
    const member = this.#memberOf(request);
    if (member === undefined) return;
    member.requests -= 1;
    if (request.timeouts === 0) member.young -= 1;
  }

  /** The peer retransmitted its SYN: retransmits the SYN,ACK and restarts the timer. */
  repeat(request: ConnectionRequest, nowMs: number): void {
    resending(this.#context, 'strata/SYN_REPEATED');
    this.#resend(request, nowMs);
    request.deadlineMs = nowMs + this.#timeoutMs(request);
    this.#tables.timers.schedule(request);
  }

  /**
   * The timer has expired: retransmits the SYN,ACK, or removes the request (`tcp_synack_retries`).
   */
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
   * `tcp_synack_retries`, or the listener's own value. Fewer if the queue is more than half full of
   * old requests, so that half of it stays free for new ones, whose peers are more likely to answer
   * (Linux's reqsk_timer_handler()).
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

  /** RFC 6298 2.1 and 5.5: 1 s, doubled for each timeout. */
  #timeoutMs({ timeouts }: ConnectionRequest): number {
    return Math.min(INITIAL_RTO_MS * 2 ** timeouts, this.#context.sysctl.tcp_rto_max_ms);
  }

  /** The listener's options. */
  optionsOf(request: ConnectionRequest): TcpSocketOptions {
    return this.#memberOf(request)?.options ?? NO_OPTIONS;
  }

  #memberOf(request: ConnectionRequest): ListenerMember | undefined {
    return this.#tables.listeners.get(request.listener)?.member;
  }
}

const NO_OPTIONS: TcpSocketOptions = {};
