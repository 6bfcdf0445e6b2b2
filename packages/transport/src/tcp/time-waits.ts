import type { TcpEnvironment } from './environment.ts';
import type { ArrivedSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';
import type { TcpTables } from './tcp-tables.ts';
import { arrivesInTimeWait, createTimeWait, type TimeWait } from './time-wait.ts';

/** All connections in TIME-WAIT. */
export class TimeWaits {
  readonly #env: TcpEnvironment;
  readonly #tables: TcpTables;
  #size = 0;

  constructor(env: TcpEnvironment, tables: TcpTables) {
    this.#env = env;
    this.#tables = tables;
  }

  get size(): number {
    return this.#size;
  }

  /** Keeps what TIME-WAIT needs of a connection that was taken off the tables; above `tcp_max_tw_buckets` nothing. */
  enter(tcb: Tcb, nowMs: number): void {
    const { counters, sysctl } = this.#env;
    if (this.#size >= sysctl.tcp_max_tw_buckets) {
      counters.TCPTimeWaitOverflow += 1;
      return;
    }
    const wait = createTimeWait(tcb, nowMs + sysctl.tcp_timewait_len);
    this.#size += 1;
    this.#tables.connections.set(wait);
    this.#tables.timers.schedule(wait);
  }

  /** Its time has come: 2 MSL are over, or the segment that moved the deadline came meanwhile. */
  due(wait: TimeWait, nowMs: number): void {
    if (wait.deadlineMs <= nowMs) this.#end(wait);
    else this.#tables.timers.schedule(wait);
  }

  /** A segment arrives. True: its addresses are free now, and it is the SYN of a new connection. */
  arrive(wait: TimeWait, segment: ArrivedSegment, nowMs: number): boolean {
    switch (arrivesInTimeWait(this.#env, wait, segment, nowMs)) {
      case 'end':
        this.#end(wait);
        return false;
      case 'restart':
        wait.deadlineMs = nowMs + this.#env.sysctl.tcp_timewait_len;
        return false;
      case 'reopen': {
        const { listeners } = this.#tables;
        if (listeners.find(segment.destination, segment.destinationPort) === undefined) {
          return false;
        }
        this.#end(wait);
        return true;
      }
      case 'stay':
        return false;
    }
  }

  #end(wait: TimeWait): void {
    this.#tables.timers.remove(wait);
    this.#tables.connections.delete(wait);
    this.#size -= 1;
    this.#env.counters.TW += 1;
  }
}
