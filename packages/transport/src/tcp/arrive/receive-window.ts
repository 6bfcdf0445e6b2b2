import { seqAdd, seqDiff, seqGt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';

/** Largest window shift (RFC 7323 2.3). */
export const MAX_WINDOW_SHIFT = 14;

/** The smallest shift with which the window field can hold `octets`, 0 to 14. */
export function windowShiftFor(octets: number): number {
  let shift = 0;
  while (shift < MAX_WINDOW_SHIFT && 0xffff * 2 ** shift < octets) shift += 1;
  return shift;
}

/** Free octets of the receive buffer. */
function freeOctets(tcb: Tcb): number {
  return Math.max(0, tcb.rcvBufferOctets - tcb.receive.inOrderOctets);
}

/** Octets from RCV.NXT to the last announced right edge. */
function announcedOctets(tcb: Tcb): number {
  return Math.max(0, seqDiff(tcb.rcvAdv, tcb.rcvNxt));
}

/**
 * The window to announce, octets. Its right edge moves only by a worthwhile step (silly window
 * avoidance, RFC 9293 3.8.6.2.2), and never to the left (SHLD-14) unless `mayShrink`.
 */
export function receiveWindow(tcb: Tcb, mayShrink = false): number {
  const free = freeOctets(tcb);
  const announced = announcedOctets(tcb);
  const step = Math.min(tcb.rcvBufferOctets / 2, tcb.rcvMss);
  if (free - announced >= step) return free;
  if (mayShrink && free < announced) return free < step ? 0 : free;
  return announced;
}

/**
 * The window field of a segment to send. Records the right edge that it announces. Windows of SYN
 * segments are never scaled (RFC 7323 2.2).
 */
export function takeWindowField(context: TcpContext, tcb: Tcb, isSyn: boolean): number {
  const before = announcedOctets(tcb);
  // An unscaled window always fits its field, so it never needs to shrink: as in Linux's
  // tcp_select_window(), its edge stays.
  const mayShrink = context.sysctl.tcp_shrink_window !== 0 && tcb.rcvWndShift > 0;
  const window = receiveWindow(tcb, mayShrink);
  const shift = isSyn ? 0 : tcb.rcvWndShift;
  const unit = 2 ** shift;
  let field = Math.min(0xffff, Math.floor(window / unit));
  // Round up only where rounding down would move the edge to the left (RFC 7323 2.4), and only
  // where the buffer has room: a full buffer must not take more and more segments smaller than the
  // unit.
  const mayRoundUp =
    field < 0xffff && field * unit < tcb.rcvBufferOctets - tcb.receive.inOrderOctets;
  // Or where the window would stay 0 for ever, because the whole buffer is smaller than the unit.
  const isShutByUnit = field === 0 && window > 0;
  if (mayRoundUp && (isShutByUnit || (!mayShrink && before > field * unit))) field += 1;
  const edge = seqAdd(tcb.rcvNxt, field * unit);
  if (mayShrink || seqGt(edge, tcb.rcvAdv)) tcb.rcvAdv = edge;
  if (!mayShrink && field > 0 && freeOctets(tcb) === 0) context.counters.TCPWantZeroWindowAdv += 1;
  if (field === 0 && before > 0) context.counters.TCPToZeroWindowAdv += 1;
  else if (field > 0 && before === 0 && !isSyn) context.counters.TCPFromZeroWindowAdv += 1;
  return field;
}

/** Whether the window has grown enough to send a window update now. */
export function windowUpdateDue(tcb: Tcb): boolean {
  const announced = announcedOctets(tcb);
  const window = receiveWindow(tcb);
  const limit = 0xffff * 2 ** tcb.rcvWndShift;
  const gain = Math.min(window, limit) - announced;
  return gain >= Math.min(2 * tcb.rcvMss, tcb.rcvBufferOctets / 2) && gain >= announced;
}
