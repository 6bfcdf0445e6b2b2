import { isHeard } from '../arrive/soft-error.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';

/**
 * Whether so many transmissions went unanswered that the path is suspect: R1 of RFC 9293 3.8.3
 * (MUST-20, SHLD-10), `tcp_retries1`; for a SYN R1 is 1, as in Linux's tcp_write_timeout(). Each
 * such segment carries the negative advice of RFC 1122 3.3.1.4 to the network layer.
 */
export function isPathSuspect(context: TcpContext, tcb: Tcb): boolean {
  if (tcb.state === 'SYN-SENT') return tcb.rto.backoff > 0;
  return tcb.firstTimeoutAtMs >= 0 && tcb.rto.backoff >= context.sysctl.tcp_retries1;
}

/**
 * Tells the application once that R1 is reached (RFC 9293 3.8.3, SHLD-9). Called after `backoff`
 * has grown.
 */
export function tellWhereSuspect(context: TcpContext, tcb: Tcb): void {
  const { backoff } = tcb.rto;
  if (!isHeard(tcb) || backoff !== Math.max(1, context.sysctl.tcp_retries1)) return;
  const { socket, endpoint, remote } = tcb;
  const detail = `no acknowledgment after ${backoff - 1} retransmissions`;
  context.indicate({ kind: 'error', socket, endpoint, reason: 'timed out', remote, detail });
}
