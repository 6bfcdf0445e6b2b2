import type { TransportContext } from '../../context.ts';
import { type TcpWithheld, withhold } from '../../outcomes.ts';
import { INT_MAX } from '../../sysctl/knob.ts';

/**
 * The limit of challenge ACKs in a second for the whole stack (RFC 5961 7). As in Linux's
 * tcp_send_challenge_ack(), each second's budget is random around `tcp_challenge_ack_limit`, so
 * that an off-path attacker learns nothing by counting challenge ACKs (CVE-2016-5696).
 */
export class ChallengeLimit {
  /**
   * The second of the budget (-Infinity: none yet), and the challenge ACKs left in it. Plain data.
   */
  readonly budget = { secondStartMs: -Infinity, left: 0 };

  /** Takes one challenge ACK from the budget. Returns false if the budget is used up. */
  take(context: TransportContext, nowMs: number): boolean {
    const limit = context.sysctl.tcp_challenge_ack_limit;
    // No limit, Linux's default: there is no shared count to observe. Each connection still has its
    // own limit (tcp_invalid_ratelimit).
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
 * Whether a connection may answer one more unacceptable segment: at most one in
 * `tcp_invalid_ratelimit`, so that two ends that disagree do not answer each other's ACKs for ever.
 * `skipped`: the reason to report if it may not.
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
