import type { TransportSysctl } from '../../sysctl.ts';
import { timestampNow } from '../send/emit.ts';
import { seqAdd, seqLt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { ArrivedSegment } from './segment.ts';

/** The window that a buffer of `spaceOctets` gives, octets (`tcp_adv_win_scale`). */
export function windowFromSpace(spaceOctets: number, sysctl: TransportSysctl): number {
  const scale = sysctl.tcp_adv_win_scale;
  if (scale <= 0) return Math.floor(spaceOctets / 2 ** -scale);
  return spaceOctets - Math.floor(spaceOctets / 2 ** scale);
}

/** Half of the minimum `tcp_rmem`. A connection can receive whatever `tcp_adv_win_scale` is. */
const LEAST_WINDOW_OCTETS = 1152;

/**
 * Receive buffer of a new connection: SO_RCVBUF as given (Linux doubles it for its overhead), else
 * the window that `tcp_rmem[1]` gives.
 */
export function firstReceiveBuffer(asked: number | undefined, sysctl: TransportSysctl): number {
  return asked ?? Math.max(LEAST_WINDOW_OCTETS, windowFromSpace(sysctl.tcp_rmem[1], sysctl));
}

/** Measures the round trip by a data segment in order. Called before RCV.NXT advances. */
export function measureReceiverRtt(tcb: Tcb, segment: ArrivedSegment, nowMs: number): void {
  const { autotune } = tcb;
  if (autotune.windowFromMs < 0 || !seqLt(tcb.rcvNxt, autotune.windowEdge)) {
    if (autotune.windowFromMs >= 0) {
      // The minimum counts: pauses of the sender only make it longer.
      const elapsed = Math.max(1, nowMs - autotune.windowFromMs);
      autotune.rttMs = autotune.rttMs === 0 ? elapsed : Math.min(autotune.rttMs, elapsed);
    }
    autotune.windowEdge = seqAdd(tcb.rcvNxt, Math.max(1, (tcb.rcvAdv - tcb.rcvNxt) | 0));
    autotune.windowFromMs = nowMs;
  }
  measureByEcho(tcb, segment, nowMs);
}

/**
 * Measures by timestamp: the sender sent a full segment that echoes TSval when it received our
 * acknowledgment.
 */
function measureByEcho(tcb: Tcb, segment: ArrivedSegment, nowMs: number): void {
  const { autotune } = tcb;
  const { timestamps } = segment.options;
  if (!tcb.timestampsOn || timestamps === undefined || timestamps.echo === 0) return;
  if (timestamps.echo === autotune.lastEcho || segment.data.byteLength < tcb.rcvMss) return;
  autotune.lastEcho = timestamps.echo;
  const elapsed = (timestampNow(tcb, nowMs) - timestamps.echo) | 0;
  if (elapsed < 0) return;
  const sample = Math.max(1, elapsed);
  autotune.rttMs = autotune.rttMs === 0 ? sample : autotune.rttMs + (sample - autotune.rttMs) / 8;
}

/**
 * Octets that the application takes in a round trip. Before the first measurement: an initial
 * window of segments of `mss` octets.
 */
export function receiveSpace({ autotune, rcvBufferOctets }: Tcb, mss: number): number {
  if (autotune.spaceOctets > 0) return autotune.spaceOctets;
  return Math.min(rcvBufferOctets, FIRST_SEGMENTS * mss);
}

/** At the end of a round trip: grows the receive buffer with what the application took in it. */
export function moderateReceiveBuffer(tcb: Tcb, sysctl: TransportSysctl, nowMs: number): void {
  const { autotune } = tcb;
  if (autotune.rttMs === 0 || nowMs - autotune.fromMs < autotune.rttMs) return;
  autotune.spaceOctets = receiveSpace(tcb, tcb.rcvMss);
  const taken = tcb.deliveredOctets - autotune.fromOctets;
  autotune.fromOctets = tcb.deliveredOctets;
  autotune.fromMs = nowMs;
  if (taken <= autotune.spaceOctets) return;
  const before = autotune.spaceOctets;
  autotune.spaceOctets = taken;
  if (sysctl.tcp_moderate_rcvbuf === 0 || tcb.options.receiveBufferOctets !== undefined) return;
  // Twice the amount, so that a loss does not stop the sender. More if the amount grows: slow start
  // doubles it each round trip.
  const steady = 2 * taken + 16 * tcb.rcvMss;
  const wanted = steady + 2 * steady * ((taken - before) / before);
  const most = windowFromSpace(sysctl.tcp_rmem[2], sysctl);
  if (wanted > tcb.rcvBufferOctets) {
    tcb.rcvBufferOctets = Math.max(tcb.rcvBufferOctets, Math.floor(Math.min(wanted, most)));
  }
}

/** Segments in a sender's initial window (RFC 6928): the most that the first round trip brings. */
const FIRST_SEGMENTS = 10;
