import type { CloseReason } from '../state/socket.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';

/**
 * Keeps a soft error as the close reason if the connection times out, and indicates it to the
 * application (RFC 9293 3.9.1.8, MUST-47): once until there is progress, so that a flood of ICMP
 * messages is no flood of indications.
 */
export function noteSoftError(
  context: TcpContext,
  tcb: Tcb,
  reason: CloseReason,
  detail: string,
): void {
  const isKnown = tcb.softError === reason;
  tcb.softError = reason;
  if (isKnown || !isHeard(tcb)) return;
  const { socket, endpoint, remote } = tcb;
  context.indicate({ kind: 'error', socket, endpoint, reason, remote, detail });
}

/** Whether the application knows the connection and has not closed it. */
export function isHeard(tcb: Tcb): boolean {
  return (tcb.accepted || tcb.listener === 0) && !tcb.orphaned;
}
