import type { TransportContext } from '../../context.ts';
import { isSendingUrgent } from '../arrive/urgent.ts';
import { inFlightOctets } from '../recover/in-flight.ts';
import { resendLarger } from '../recover/simple-retransmit.ts';
import { seqAdd, seqDiff, seqGe } from '../state/sequence.ts';
import { sendOffsetOf, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { effectiveMss } from './emit.ts';

/** The congestion window must hold this many segments, so that the loss of a probe is detected. */
const LEAST_WINDOW_SEGMENTS = 11;

/** Octets of headers in front of a segment's data, without SACK. */
function headerOctets(tcb: Tcb): number {
  return 40 + (tcb.timestampsOn ? 12 : 0);
}

/** Sets the bounds of the search when the peer's SYN has arrived. */
export function startMtuSearch({ sysctl }: TransportContext, tcb: Tcb, nowMs: number): void {
  const { mtuProbe } = tcb;
  mtuProbe.isOn = sysctl.tcp_mtu_probing > 1;
  mtuProbe.searchHigh = Math.min(tcb.peerMss + 40, tcb.pathMtuOctets);
  mtuProbe.searchLow = Math.min(sysctl.tcp_base_mss + headerOctets(tcb), mtuProbe.searchHigh);
  mtuProbe.searchFromMs = nowMs;
}

/** The path MTU bounds the search. A larger probe has failed. */
export function boundMtuSearch(context: TcpContext, tcb: Tcb): void {
  const { mtuProbe } = tcb;
  mtuProbe.searchHigh = Math.min(mtuProbe.searchHigh, tcb.pathMtuOctets);
  mtuProbe.searchLow = Math.min(mtuProbe.searchLow, mtuProbe.searchHigh);
  if (mtuProbe.size > tcb.pathMtuOctets) failProbe(context, tcb);
}

/**
 * Data octets of the next segment if it is to be an MTU probe. 0: no probe now. -1: a probe is due,
 * and nothing must be sent until the window has room for it (RFC 4821 7.4).
 */
export function mtuProbeOctets(context: TcpContext, tcb: Tcb, nowMs: number): number {
  const { mtuProbe, sndMss } = tcb;
  if (!mtuProbe.isOn || mtuProbe.size > 0 || !isQuiet(tcb)) return 0;
  const interval = mtuProbe.searchHigh - mtuProbe.searchLow;
  // Always larger than the size known to pass, since a probe of that size would tell nothing.
  const size = mtuProbe.searchLow + Math.max(1, Math.floor(interval / 2));
  if (interval < Math.max(1, context.sysctl.tcp_probe_threshold)) {
    searchAnew(context, tcb, nowMs);
    return 0;
  }
  const octets = size - headerOctets(tcb);
  // Enough data must follow the probe for its loss to be detected by duplicate ACKs.
  const needed = octets + (context.sysctl.tcp_reordering + 1) * sndMss;
  if (tcb.send.endOffset - sendOffsetOf(tcb, tcb.sndNxt) < needed || tcb.sndWnd < needed) return 0;
  const inFlight = inFlightOctets(tcb);
  const hasRoom =
    seqDiff(seqAdd(tcb.sndUna, tcb.sndWnd), tcb.sndNxt) >= needed &&
    inFlight + Math.max(octets, 2 * sndMss) <= tcb.congestion.cwnd;
  if (hasRoom) return octets;
  return inFlight > 0 ? -1 : 0;
}

/** Whether nothing else is in progress that a probe would disturb (RFC 4821 7.4). */
function isQuiet(tcb: Tcb): boolean {
  return (
    tcb.caState === 'open' &&
    tcb.duplicateAcks === 0 &&
    tcb.retransmission.sackedOctets === 0 &&
    tcb.congestion.cwnd >= LEAST_WINDOW_SEGMENTS * tcb.sndMss &&
    !isSendingUrgent(tcb)
  );
}

/**
 * After `tcp_probe_interval` the path may have a larger MTU: the search starts again from the
 * present size.
 */
function searchAnew(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { mtuProbe } = tcb;
  if (nowMs - mtuProbe.searchFromMs < context.sysctl.tcp_probe_interval * 1000) return;
  mtuProbe.searchFromMs = nowMs;
  mtuProbe.searchLow = tcb.sndMss + headerOctets(tcb);
  mtuProbe.searchHigh = tcb.peerMss + 40;
  boundMtuSearch(context, tcb);
}

/** Records the probe just sent from `sequence` on. */
export function noteProbeSent(tcb: Tcb, sequence: number, octets: number): void {
  const { mtuProbe } = tcb;
  mtuProbe.size = octets + headerOctets(tcb);
  mtuProbe.start = sequence;
  mtuProbe.end = seqAdd(sequence, octets);
  // The probe counts as two segments, as in Linux's tcp_mtu_probe().
  tcb.congestion.cwnd -= tcb.sndMss;
}

/** SND.UNA has advanced: a probe before it has passed. */
export function noteProbeAcknowledged(context: TcpContext, tcb: Tcb): void {
  const { mtuProbe } = tcb;
  if (mtuProbe.size === 0 || !seqGe(tcb.sndUna, mtuProbe.end)) return;
  context.counters.TCPMTUPSuccess += 1;
  mtuProbe.searchLow = mtuProbe.size;
  mtuProbe.size = 0;
  tcb.sndMss = effectiveMss(context, tcb);
}

/** A retransmission makes the probe's result meaningless (RFC 4821 7.6.3). */
export function noteProbeInconclusive(tcb: Tcb): void {
  tcb.mtuProbe.size = 0;
}

/**
 * A loss was found. Returns true if only the probe is lost: that is no sign of congestion (RFC 4821
 * 7.6.2).
 */
export function isMtuProbeLost(context: TcpContext, tcb: Tcb): boolean {
  const { mtuProbe } = tcb;
  if (mtuProbe.size === 0 || tcb.sndUna !== mtuProbe.start) return false;
  if (tcb.caState !== 'open' && tcb.caState !== 'disorder') return false;
  failProbe(context, tcb);
  return true;
}

/** Retransmits the probe's data in segments of the known size, without a congestion response. */
function failProbe(context: TcpContext, tcb: Tcb): void {
  const { mtuProbe } = tcb;
  context.counters.TCPMTUPFail += 1;
  mtuProbe.searchHigh = mtuProbe.size - 1;
  mtuProbe.searchLow = Math.min(mtuProbe.searchLow, mtuProbe.searchHigh);
  mtuProbe.size = 0;
  tcb.congestion.cwnd += tcb.sndMss;
  resendLarger(context, tcb, tcb.sndMss);
  context.wake(tcb);
}

/**
 * The retransmission timer has expired more than R1 times: the path may drop large packets without
 * ICMP, a black hole (RFC 4821 7.7).
 */
export function onPathSuspect(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { mtuProbe } = tcb;
  const { tcp_mtu_probing, tcp_base_mss, tcp_mtu_probe_floor, tcp_min_snd_mss } = context.sysctl;
  if (tcp_mtu_probing === 0) return;
  if (!mtuProbe.isOn) {
    mtuProbe.isOn = true;
    mtuProbe.searchFromMs = nowMs;
  } else {
    const half = Math.floor((mtuProbe.searchLow - headerOctets(tcb)) / 2);
    const mss = Math.max(Math.min(tcp_base_mss, half), tcp_mtu_probe_floor, tcp_min_snd_mss);
    mtuProbe.searchLow = mss + headerOctets(tcb);
  }
  tcb.sndMss = effectiveMss(context, tcb);
}
