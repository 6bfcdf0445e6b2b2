import type { TransportContext } from '../../context.ts';
import { type TcpWithheld, withhold } from '../../outcomes.ts';
import { INT_MAX } from '../../sysctl/knob.ts';

/**
 * The stack's limit of challenge ACKs in a second (RFC 5961 7). The budget of each second is random
 * around the knob's value, so that an off-path attacker who counts learns nothing (CVE-2016-5696),
 * as Linux has it.
 */
export class ChallengeLimit {
  /**
   * The second that the budget is for (-Infinity: none yet), and what is left of it. Plain data.
   */
  readonly budget = { secondStartMs: -Infinity, left: 0 };

  /** Takes one challenge ACK out of the budget; false where it is used up. */
  take(context: TransportContext, nowMs: number): boolean {
    const limit = context.sysctl.tcp_challenge_ack_limit;
    // Linux's default: there is nothing to count, and so nothing to be learnt; each connection has
    // its own limit.
    if (limit === INT_MAX) return true;
    const { budget } = this;
    if (nowMs - budget.secondStartMs >= 1000) {
      budget.secondStartMs = nowMs;
      budget.left = Math.ceil(limit / 2) + Math.floor(context.random() * limit);
    }
    if (budget.left <= 0) {
      withhold(context, 'strata/CHALLENGE_LIMIT');
      return false;
    }
    budget.left -= 1;
    return true;
  }
}

/**
 * Whether a connection may answer one more segment that is not acceptable: one in
 * `tcp_invalid_ratelimit`, so that two ends that disagree do not answer each other's answers for
 * ever. `skipped`: where it may not, the reason.
 */
export function mayAnswerInvalid(
  context: TransportContext,
  connection: { lastInvalidAckMs: number },
  skipped: TcpWithheld,
  nowMs: number,
): boolean {
  if (nowMs - connection.lastInvalidAckMs < context.sysctl.tcp_invalid_ratelimit) {
    withhold(context, skipped);
    return false;
  }
  connection.lastInvalidAckMs = nowMs;
  return true;
}
