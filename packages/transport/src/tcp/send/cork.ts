import { sendOffsetOf, type Tcb } from '../state/tcb.ts';

/** How long a small segment waits in a corked socket at most, as in Linux. */
const CORK_CEILING_MS = 200;

/**
 * Whether the cork keeps a segment smaller than the MSS, the last that there is, from going out.
 */
export function isCorked(tcb: Tcb): boolean {
  return tcb.options.cork === true && tcb.send.endOffset > tcb.cork.pushedOffset;
}

/** All that was written so far may go. */
export function pushCorked(tcb: Tcb): void {
  tcb.cork.pushedOffset = tcb.send.endOffset;
}

/** Runs the ceiling's timer as long as the cork holds something back. */
export function armCork(tcb: Tcb, nowMs: number): void {
  if (!holdsBack(tcb)) tcb.deadlines.cork = Infinity;
  else if (tcb.deadlines.cork === Infinity) tcb.deadlines.cork = nowMs + CORK_CEILING_MS;
}

/** Whether all that keeps what was written from going out is the cork. */
export function holdsBack(tcb: Tcb): boolean {
  if (!isCorked(tcb) || tcb.finQueued || tcb.sndWnd === 0 || tcb.urgent.isSending) return false;
  const unsent = tcb.send.endOffset - sendOffsetOf(tcb, tcb.sndNxt);
  return unsent > 0 && unsent < tcb.sndMss;
}

/** The ceiling was reached. */
export function corkDue(tcb: Tcb): void {
  tcb.deadlines.cork = Infinity;
  pushCorked(tcb);
}
