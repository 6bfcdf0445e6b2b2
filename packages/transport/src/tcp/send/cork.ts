import { sendOffsetOf, type Tcb } from '../state/tcb.ts';

/**
 * The longest time that a corked socket holds a small segment back: the ceiling of TCP_CORK in
 * Linux's tcp(7).
 */
const CORK_CEILING_MS = 200;

/** Whether the cork holds back the last segment of the data, which is smaller than the MSS. */
export function isCorked(tcb: Tcb): boolean {
  return tcb.options.cork === true && tcb.send.endOffset > tcb.cork.pushedOffset;
}

/** Lets all data written so far be sent. */
export function pushCorked(tcb: Tcb): void {
  tcb.cork.pushedOffset = tcb.send.endOffset;
}

/** Runs the ceiling's timer while the cork holds data back. */
export function armCork(tcb: Tcb, nowMs: number): void {
  if (!holdsBack(tcb)) tcb.deadlines.cork = Infinity;
  else if (tcb.deadlines.cork === Infinity) tcb.deadlines.cork = nowMs + CORK_CEILING_MS;
}

/** Whether only the cork holds the unsent data back. */
export function holdsBack(tcb: Tcb): boolean {
  if (!isCorked(tcb) || tcb.finQueued || tcb.sndWnd === 0 || tcb.urgent.isSending) return false;
  const unsent = tcb.send.endOffset - sendOffsetOf(tcb, tcb.sndNxt);
  return unsent > 0 && unsent < tcb.sndMss;
}

/** The ceiling is reached. */
export function corkDue(tcb: Tcb): void {
  tcb.deadlines.cork = Infinity;
  pushCorked(tcb);
}
