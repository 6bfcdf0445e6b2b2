import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { backedOffRto, giveUpAfterMs } from './rto.ts';

/**
 * Retransmissions of an orphan where `tcp_orphan_retries` is 0, as in Linux's tcp_orphan_retries():
 * 102.2 s, which satisfies R2 of RFC 1122 4.2.3.5.
 */
const ORPHAN_RETRIES = 8;

/**
 * R2 (RFC 9293 3.8.3, MUST-20, MUST-21), as Linux's retransmits_timed_out() reads `tcp_retries2`:
 * the time that so many retransmissions would take from the minimum RTO on, whatever the
 * connection's own RTO is. `sinceMs`: time of the first retransmission.
 */
export function isGivenUp(context: TcpContext, tcb: Tcb, sinceMs: number, nowMs: number): boolean {
  if (tcb.rto.backoff === 0) return false;
  const retries = tcb.orphaned ? orphanRetries(context, tcb) : context.sysctl.tcp_retries2;
  return nowMs - sinceMs >= timeOf(context, retries);
}

/** Whether an orphan has probed a closed window long enough, although the peer answers. */
export function isOrphanStuck(context: TcpContext, tcb: Tcb): boolean {
  return (
    tcb.orphaned && isAtLargestRto(context, tcb) && tcb.rto.backoff >= orphanRetries(context, tcb)
  );
}

/**
 * Number of SYN or SYN,ACK retransmissions. For a SYN `tcp_syn_linear_timeouts` are added, as in
 * Linux's tcp_write_timeout().
 */
export function handshakeRetries(context: TcpContext, tcb: Tcb): number {
  const { tcp_syn_retries, tcp_synack_retries, tcp_syn_linear_timeouts } = context.sysctl;
  if (tcb.state !== 'SYN-SENT') return tcp_synack_retries;
  return (tcb.options.synRetries ?? tcp_syn_retries) + tcp_syn_linear_timeouts;
}

/**
 * Whether the handshake retransmission after `transmissions` transmissions doubles the timeout (RFC
 * 9293 3.8.1, MUST-19).
 */
export function doublesHandshakeTimeout(
  context: TcpContext,
  tcb: Tcb,
  transmissions: number,
): boolean {
  return tcb.state !== 'SYN-SENT' || transmissions > context.sysctl.tcp_syn_linear_timeouts;
}

/** As Linux's tcp_orphan_retries(). */
function orphanRetries(context: TcpContext, tcb: Tcb): number {
  const retries = context.sysctl.tcp_orphan_retries;
  if (isAtLargestRto(context, tcb)) return tcb.softError === undefined ? retries : 0;
  return retries === 0 ? ORPHAN_RETRIES : retries;
}

function isAtLargestRto(context: TcpContext, tcb: Tcb): boolean {
  const { tcp_rto_max_ms } = context.sysctl;
  return backedOffRto(tcb.rto, tcp_rto_max_ms) >= tcp_rto_max_ms;
}

function timeOf(context: TcpContext, retries: number): number {
  const { tcp_rto_min_us, tcp_rto_max_ms } = context.sysctl;
  return giveUpAfterMs(retries, tcp_rto_min_us / 1000, tcp_rto_max_ms);
}
