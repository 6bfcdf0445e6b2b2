import { Fifo, type IpAddress, type MacAddress } from '@strata/wire';
import type { NetworkDrop } from '../reasons.ts';

/** A packet with impossible addresses, for the log (`log_martians`). */
export interface Martian {
  /** Why it was dropped. */
  readonly reason: NetworkDrop;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly interfaceIndex: number;
  /** The station that sent it. */
  readonly sourceMac: MacAddress;
}

/** Linux's printk_ratelimit: so many lines in so long a time. */
const BURST = 10;
const INTERVAL_MS = 5000;

/** Martians that wait to be told, no more than a person can read. */
export class MartianLog {
  readonly #waiting = new Fifo<Martian>();
  #sinceMs = Number.NEGATIVE_INFINITY;
  #told = 0;

  add(martian: Martian, nowMs: number): void {
    if (nowMs - this.#sinceMs >= INTERVAL_MS) {
      this.#sinceMs = nowMs;
      this.#told = 0;
    }
    if (this.#told >= BURST || this.#waiting.size >= BURST) return;
    this.#told += 1;
    this.#waiting.push(martian);
  }

  poll(): Martian | undefined {
    return this.#waiting.shift();
  }
}

/** Whether a packet that is dropped for this reason counts as a martian, as in Linux's log. */
export function isMartian(reason: string): reason is NetworkDrop {
  return (
    reason === 'IP_INVALID_SOURCE' ||
    reason === 'IP_LOCAL_SOURCE' ||
    reason === 'IP_RPFILTER' ||
    reason === 'IP_INVALID_DEST'
  );
}
