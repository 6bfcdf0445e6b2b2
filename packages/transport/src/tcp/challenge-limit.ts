import type { TransportContext } from '../context.ts';

/**
 * The stack's limit of challenge ACKs in a second (RFC 5961 7). The budget of each second is random around the knob's value, so that an
 * off-path attacker who counts learns nothing (CVE-2016-5696), as Linux has it.
 */
export class ChallengeLimit {
  #secondStartMs = -Infinity;
  #left = 0;

  /** Takes one challenge ACK out of the budget; false where it is used up. */
  take(context: TransportContext, nowMs: number): boolean {
    if (nowMs - this.#secondStartMs >= 1000) {
      const limit = context.sysctl.tcp_challenge_ack_limit;
      this.#secondStartMs = nowMs;
      this.#left = Math.ceil(limit / 2) + Math.floor(context.random() * limit);
    }
    if (this.#left <= 0) return false;
    this.#left -= 1;
    return true;
  }
}
