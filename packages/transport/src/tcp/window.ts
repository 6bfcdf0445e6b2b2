import type { TransportSysctl } from '../sysctl.ts';
import { seqAdd, seqDiff, seqGt } from './sequence.ts';
import type { Tcb } from './tcb.ts';

/** The largest shift of RFC 7323 2.3. */
export const MAX_WINDOW_SHIFT = 14;

/** The shift that lets the window field tell of `octets`, 0 to 14. */
export function windowShiftFor(octets: number): number {
  let shift = 0;
  while (shift < MAX_WINDOW_SHIFT && 0xffff * 2 ** shift < octets) shift += 1;
  return shift;
}

/** Octets of the receive buffer that are free. */
function freeOctets(tcb: Tcb): number {
  return Math.max(0, tcb.rcvBufferOctets - tcb.receive.inOrderOctets);
}

/**
 * The window to announce, octets. It moves its right edge only by a worthwhile step (RFC 9293 3.8.6.2.2, silly window
 * avoidance) and never back (SHLD-14).
 */
export function receiveWindow(tcb: Tcb): number {
  const free = freeOctets(tcb);
  const announced = Math.max(0, seqDiff(tcb.rcvAdv, tcb.rcvNxt));
  const step = Math.min(tcb.rcvBufferOctets / 2, tcb.rcvMss);
  if (free - announced >= step) return free;
  return announced;
}

/** The window field of a segment, which also moves the announced edge. SYN segments are never scaled (RFC 7323 2.2). */
export function takeWindowField(tcb: Tcb, isSyn: boolean): number {
  const window = receiveWindow(tcb);
  const shift = isSyn ? 0 : tcb.rcvWndShift;
  const unit = 2 ** shift;
  // Rounded up only where the edge would otherwise move back.
  let field = Math.min(0xffff, Math.floor(window / unit));
  if (field < 0xffff && seqGt(tcb.rcvAdv, seqAdd(tcb.rcvNxt, field * unit))) field += 1;
  const edge = seqAdd(tcb.rcvNxt, field * unit);
  if (seqGt(edge, tcb.rcvAdv)) tcb.rcvAdv = edge;
  return field;
}

/** Whether the window has opened so far that the peer should hear of it now. */
export function windowUpdateDue(tcb: Tcb): boolean {
  const announced = Math.max(0, seqDiff(tcb.rcvAdv, tcb.rcvNxt));
  const window = receiveWindow(tcb);
  const limit = 0xffff * 2 ** tcb.rcvWndShift;
  const gain = Math.min(window, limit) - announced;
  return gain >= Math.min(2 * tcb.rcvMss, tcb.rcvBufferOctets / 2) && gain >= announced;
}

/**
 * Lets the receive buffer grow where the application takes data as fast as the window lets it come: twice what it took in a
 * round trip (dynamic right-sizing, as `tcp_moderate_rcvbuf` has it).
 */
export function moderateReceiveBuffer(tcb: Tcb, sysctl: TransportSysctl, nowMs: number): void {
  if (sysctl.tcp_moderate_rcvbuf === 0 || tcb.options.receiveBufferOctets !== undefined) return;
  const elapsed = nowMs - tcb.measureFromMs;
  if (elapsed < Math.max(1, tcb.rto.srttMs)) return;
  const taken = tcb.deliveredOctets - tcb.measureFromOctets;
  const wanted = 2 * taken + 16 * tcb.rcvMss;
  if (wanted > tcb.rcvBufferOctets) {
    tcb.rcvBufferOctets = Math.min(wanted, Math.max(sysctl.tcp_rmem[2], tcb.rcvBufferOctets));
  }
  tcb.measureFromOctets = tcb.deliveredOctets;
  tcb.measureFromMs = nowMs;
}
