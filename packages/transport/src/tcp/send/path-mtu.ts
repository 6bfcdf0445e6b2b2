import type { NetworkErrorIndication } from '@strata/network';
import { dropTcp, queued, took } from '../../outcomes.ts';
import { resendLarger } from '../recover/simple-retransmit.ts';
import { createPathMtu } from '../state/path.ts';
import { seqAdd, seqGe, seqGt, seqLe, seqLt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { effectiveMss } from './emit.ts';
import { boundMtuSearch } from './mtu-probe.ts';

/**
 * Our network layer forgets a path's MTU this much later than asked at most: it should not be asked
 * again before.
 */
const EXPIRY_MARGIN_MS = 1000;

/**
 * Takes fragmentation needed about the segment at `sequence`, which has to be under way. Where
 * packets larger than the MTU reported have arrived, it waits: only if the segment then is neither
 * acknowledged nor saved by retransmission is it believed (RFC 5927 7.2).
 */
export function takePathMtu(
  context: TcpContext,
  tcb: Tcb,
  error: NetworkErrorIndication,
  sequence: number,
  nowMs: number,
): void {
  if (!(seqLe(tcb.sndUna, sequence) && seqLt(sequence, tcb.sndNxt))) {
    return dropTcp(context, 'strata/ICMP_OUT_OF_WINDOW');
  }
  const { pathMtu } = tcb;
  const mtu = Math.max(context.sysctl.min_pmtu, error.mtu);
  if (mtu >= tcb.pathMtuOctets) return dropTcp(context, 'strata/PATH_MTU_IGNORED');
  // Our own network layer only repeats what was believed before.
  if (context.addresses.owns(error.reporter)) {
    took(context, 'strata/PATH_MTU_LEARNT');
    return lowerPathMtu(context, tcb, mtu, nowMs);
  }
  if (mtu < pathMtu.ackedOctets) {
    pathMtu.pendingOctets = error.mtu;
    pathMtu.pendingSequence = sequence;
    return queued(context, 'strata/PATH_MTU_PENDING');
  }
  took(context, 'strata/PATH_MTU_LEARNT');
  believe(context, tcb, error.mtu, nowMs);
}

/**
 * The retransmission timer has expired: a report that was waiting for it counts, if it is about
 * what was not acknowledged.
 */
export function believePendingMtu(context: TcpContext, tcb: Tcb, nowMs: number): void {
  const { pathMtu } = tcb;
  const mtu = pathMtu.pendingOctets;
  if (mtu === 0) return;
  pathMtu.pendingOctets = 0;
  if (seqGe(pathMtu.pendingSequence, tcb.sndUna)) believe(context, tcb, mtu, nowMs);
}

function believe(context: TcpContext, tcb: Tcb, mtu: number, nowMs: number): void {
  const { local, remote } = tcb;
  // For network it begins with the ports.
  const quoted = Uint8Array.of(
    local.port >> 8,
    local.port & 255,
    remote.port >> 8,
    remote.port & 255,
  );
  const about = { protocol: PROTOCOL_TCP, source: local.address, destination: remote.address };
  context.emit({ kind: 'path-mtu', mtu, ...about, quoted });
  lowerPathMtu(context, tcb, Math.max(context.sysctl.min_pmtu, mtu), nowMs);
}

const PROTOCOL_TCP = 6;

/**
 * RFC 1191 6.4: smaller segments from now on; what is in flight is sent again, without a word to
 * congestion control.
 */
function lowerPathMtu(context: TcpContext, tcb: Tcb, mtu: number, nowMs: number): void {
  if (mtu >= tcb.pathMtuOctets) return;
  tcb.pathMtuOctets = mtu;
  tcb.pathMtu = {
    ...createPathMtu(),
    expiresAtMs: nowMs + context.sysctl.mtu_expires * 1000 + EXPIRY_MARGIN_MS,
  };
  boundMtuSearch(context, tcb);
  const mss = effectiveMss(context, tcb);
  context.wake(tcb);
  if (mss >= tcb.sndMss) return;
  tcb.sndMss = mss;
  resendLarger(context, tcb, mss);
}

/**
 * RFC 1191 6.3: after a while the path may have become better. To be called before data is sent.
 */
export function restorePathMtu(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (nowMs < tcb.pathMtu.expiresAtMs) return;
  tcb.pathMtu.expiresAtMs = Infinity;
  tcb.pathMtuOctets = context.addresses.mtuOf(tcb.local.address);
  tcb.sndMss = effectiveMss(context, tcb);
}

/** A full segment is sent for the first time. */
export function noteFullSegment(tcb: Tcb, sequence: number): void {
  const { pathMtu } = tcb;
  const octets = tcb.sndMss + 40 + (tcb.timestampsOn ? 12 : 0);
  if (pathMtu.watchedOctets > 0 || octets <= pathMtu.ackedOctets) return;
  pathMtu.watchedOctets = octets;
  pathMtu.watchedEnd = seqAdd(sequence, tcb.sndMss);
}

/** SND.UNA has moved. */
export function noteAcknowledgedSize(tcb: Tcb): void {
  const { pathMtu } = tcb;
  if (pathMtu.watchedOctets > 0 && seqGe(tcb.sndUna, pathMtu.watchedEnd)) {
    pathMtu.ackedOctets = pathMtu.watchedOctets;
    pathMtu.watchedOctets = 0;
  }
  if (pathMtu.pendingOctets > 0 && seqGt(tcb.sndUna, pathMtu.pendingSequence)) {
    pathMtu.pendingOctets = 0;
  }
}
