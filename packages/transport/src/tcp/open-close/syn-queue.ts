import type { HalfOpen } from '../state/connection-request.ts';
import type { ListenerMember } from '../state/listener.ts';
import type { TcpSocketOptions } from '../state/socket.ts';
import { INITIAL_RTO_MS } from '../state/timers.ts';
import type { TcpEnvironment } from '../tcp-context.ts';
import type { TcpTables } from '../tcp-tables.ts';
import { sendSynAck } from './connection-request.ts';

/** The SYN queues of all listeners: their half-open connections, and the timers of these. */
export class SynQueue {
  readonly #env: TcpEnvironment;
  readonly #tables: TcpTables;

  constructor(env: TcpEnvironment, tables: TcpTables) {
    this.#env = env;
    this.#tables = tables;
  }

  /** Whether one more connection would be too many: for the backlog, or for `tcp_max_syn_backlog`. */
  isFull({ halfOpen, backlog }: ListenerMember): boolean {
    return halfOpen > backlog || halfOpen >= this.#env.sysctl.tcp_max_syn_backlog;
  }

  /** Whether what is left of `tcp_max_syn_backlog` is the last quarter: without cookies it is kept for proven peers, as in Linux. */
  isNearlyFull({ halfOpen }: ListenerMember): boolean {
    const limit = this.#env.sysctl.tcp_max_syn_backlog;
    return limit - halfOpen < limit >> 2;
  }

  /** Puts a connection in and sends its SYN,ACK. */
  add(member: ListenerMember, halfOpen: HalfOpen, nowMs: number): void {
    member.halfOpen += 1;
    member.young += 1;
    this.#tables.connections.set(halfOpen);
    sendSynAck(this.#env, halfOpen, member.options, nowMs);
    halfOpen.deadlineMs = nowMs + this.#timeoutMs(halfOpen);
    this.#tables.timers.schedule(halfOpen);
  }

  /** Takes a connection off: it is over, or becomes a TCB. */
  remove(halfOpen: HalfOpen): void {
    this.#tables.connections.delete(halfOpen);
    this.#tables.timers.remove(halfOpen);
    const member = this.#memberOf(halfOpen);
    if (member === undefined) return;
    member.halfOpen -= 1;
    if (halfOpen.timeouts === 0) member.young -= 1;
  }

  /** The peer's SYN came again: so does our answer, and the timer starts anew. */
  repeat(halfOpen: HalfOpen, nowMs: number): void {
    this.#resend(halfOpen, nowMs);
    halfOpen.deadlineMs = nowMs + this.#timeoutMs(halfOpen);
    this.#tables.timers.schedule(halfOpen);
  }

  /** The timer runs out: SYN,ACK again, or the end (`tcp_synack_retries`). */
  due(halfOpen: HalfOpen, nowMs: number): void {
    const { counters } = this.#env;
    if (halfOpen.deadlineMs > nowMs) return this.#tables.timers.schedule(halfOpen);
    counters.TCPTimeouts += 1;
    const member = this.#memberOf(halfOpen);
    if (member === undefined || halfOpen.timeouts >= this.#retriesNow(member)) {
      counters.TcpAttemptFails += 1;
      return this.remove(halfOpen);
    }
    if (halfOpen.timeouts === 0) member.young -= 1;
    halfOpen.timeouts += 1;
    this.#resend(halfOpen, nowMs);
    halfOpen.deadlineMs = nowMs + this.#timeoutMs(halfOpen);
    this.#tables.timers.schedule(halfOpen);
  }

  /**
   * `tcp_synack_retries`, or the listener's own; fewer where the queue is more than half full of aged ones, so that half of it stays free for the young, whose
   * peers are the more likely to answer (Linux: reqsk_timer_handler).
   */
  #retriesNow({ halfOpen, backlog, young, options }: ListenerMember): number {
    let retries = options.synRetries ?? this.#env.sysctl.tcp_synack_retries;
    if (halfOpen * 2 <= Math.max(8, backlog)) return retries;
    let weight = young * 2;
    while (retries > 2 && halfOpen >= weight) {
      retries -= 1;
      weight *= 2;
    }
    return retries;
  }

  #resend(halfOpen: HalfOpen, nowMs: number): void {
    const { counters } = this.#env;
    counters.TCPSynRetrans += 1;
    counters.TcpRetransSegs += 1;
    sendSynAck(this.#env, halfOpen, this.optionsOf(halfOpen), nowMs);
  }

  /** RFC 6298 2.1 and 5.5. */
  #timeoutMs({ timeouts }: HalfOpen): number {
    return Math.min(INITIAL_RTO_MS * 2 ** timeouts, this.#env.sysctl.tcp_rto_max_ms);
  }

  /** The options of the listener. */
  optionsOf(halfOpen: HalfOpen): TcpSocketOptions {
    return this.#memberOf(halfOpen)?.options ?? NO_OPTIONS;
  }

  #memberOf(halfOpen: HalfOpen): ListenerMember | undefined {
    return this.#tables.listeners.get(halfOpen.listener)?.member;
  }
}

const NO_OPTIONS: TcpSocketOptions = {};
