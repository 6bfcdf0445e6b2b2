import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  type IpAddress,
} from '@strata/wire';
import type { NetworkSysctl } from '../sysctl.ts';
import { Peers, takeCredit } from './peers.ts';

/** Messages that one destination may get in a burst after a pause: Linux's XRLIM_BURST_FACTOR. */
const BURST_FACTOR = 6;
/** The global bucket is refilled at most this often: Linux's HZ / 50. */
const REFILL_MS = 20;

/**
 * Whether a message may be sent. `global limit`: too many to all destinations. `host limit`: too
 * many to this destination.
 */
export type RateLimitVerdict = 'allowed' | 'global limit' | 'host limit';

/**
 * The limits on ICMP messages that we send (RFC 1812 4.3.2.8), as Linux's icmp_global_allow() and
 * icmpv4_xrlim_allow() set them. Each destination has a token bucket (`icmp_ratelimit`); one global
 * bucket is in front of them (`icmp_msgs_per_sec`, `icmp_msgs_burst`). A message takes a random
 * number of global tokens, so that a peer cannot find open ports by counting the tokens left
 * (CVE-2020-25705).
 */
export class IcmpRateLimit {
  readonly #sysctl: NetworkSysctl;
  readonly #random: () => number;
  readonly #peers = new Peers();
  #credit = 0;
  #creditedAtMs = Number.NEGATIVE_INFINITY;

  constructor(sysctl: NetworkSysctl, random: () => number) {
    this.#sysctl = sysctl;
    this.#random = random;
  }

  /** Whether a message of this type may go to the destination now. Takes its tokens. */
  take(type: number, code: number, destination: IpAddress, nowMs: number): RateLimitVerdict {
    // Path MTU discovery depends on each one, so Linux's icmpv4_mask_allow() limits none.
    if (type === ICMP_DESTINATION_UNREACHABLE && code === ICMP_FRAGMENTATION_NEEDED) {
      return 'allowed';
    }
    if (type > 31 || ((this.#sysctl.icmp_ratemask >>> type) & 1) === 0) return 'allowed';
    if (!this.#takeGlobal(nowMs)) return 'global limit';
    return this.#takeHost(destination, nowMs) ? 'allowed' : 'host limit';
  }

  /**
   * Whether the sender of a packet may be told that there is no route for it, as Linux's ip_error()
   * limits it. `take` comes on top of it, from the same credit.
   */
  takeRouteError(source: IpAddress, nowMs: number): boolean {
    const { error_burst, error_cost } = this.#sysctl;
    return takeCredit(this.#peers.get(source, nowMs), error_cost, error_burst, nowMs);
  }

  /**
   * Whether a redirect may be sent to the sender of a packet now, as Linux's ip_rt_send_redirect()
   * decides: each one waits twice as long as the one before it, and a sender that ignores
   * `redirect_number` of them gets none, until it has been silent for `redirect_silence`.
   */
  takeRedirect(source: IpAddress, nowMs: number): boolean {
    const { redirect_load, redirect_number, redirect_silence } = this.#sysctl;
    const peer = this.#peers.get(source, nowMs);
    if (nowMs > peer.ratedAtMs + redirect_silence) {
      peer.creditMs = 0;
      peer.redirects = 0;
    }
    if (peer.redirects >= redirect_number) {
      peer.ratedAtMs = nowMs;
      return false;
    }
    const waitMs = redirect_load * 2 ** peer.redirects;
    if (peer.redirects > 0 && nowMs <= peer.ratedAtMs + waitMs) return false;
    peer.ratedAtMs = nowMs;
    peer.redirects += 1;
    return true;
  }

  #takeGlobal(nowMs: number): boolean {
    const { icmp_msgs_per_sec, icmp_msgs_burst } = this.#sysctl;
    const elapsedMs = Math.min(nowMs - this.#creditedAtMs, 1000);
    if (elapsedMs >= REFILL_MS) {
      this.#credit += Math.floor((icmp_msgs_per_sec * elapsedMs) / 1000);
      this.#creditedAtMs = nowMs;
    }
    this.#credit = Math.min(this.#credit, icmp_msgs_burst);
    if (this.#credit <= 0) return false;
    this.#credit = Math.max(this.#credit - Math.floor(this.#random() * 3), 0);
    return true;
  }

  #takeHost(destination: IpAddress, nowMs: number): boolean {
    const intervalMs = this.#sysctl.icmp_ratelimit;
    if (intervalMs === 0) return true;
    const peer = this.#peers.get(destination, nowMs);
    return takeCredit(peer, intervalMs, BURST_FACTOR * intervalMs, nowMs);
  }
}
