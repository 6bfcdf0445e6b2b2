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
 * Our network layer may keep a path's MTU this much longer than `mtu_expires`; it is not asked
 * before.
 */
const EXPIRY_MARGIN_MS = 1000;

/**
 * Processes an ICMP "fragmentation needed" about the segment at `sequence`, which must be in
 * flight. If larger packets than the reported MTU have arrived, the report waits: it is believed
 * only when the retransmission timer expires and the segment is still not acknowledged (RFC 5927
 * 7.2).
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
  // A report from our own network layer repeats one that was believed before.
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
 * The retransmission timer has expired: a waiting report is believed if its segment is still not
 * acknowledged.
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
  // The network layer reads only the ports.
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
 * RFC 1191 6.4: segments become smaller, and data in flight is retransmitted without a congestion
 * response.
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

/** RFC 1191 6.3: after some time, tries the interface's MTU again. Called before data is sent. */
export function restorePathMtu(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (nowMs < tcb.pathMtu.expiresAtMs) return;
  tcb.pathMtu.expiresAtMs = Infinity;
  tcb.pathMtuOctets = context.addresses.mtuOf(tcb.local.address);
  tcb.sndMss = effectiveMss(context, tcb);
}

/** A full segment is sent for the first time: it may prove a larger size to pass. */
export function noteFullSegment(tcb: Tcb, sequence: number): void {
  const { pathMtu } = tcb;
  const octets = tcb.sndMss + 40 + (tcb.timestampsOn ? 12 : 0);
  if (pathMtu.watchedOctets > 0 || octets <= pathMtu.ackedOctets) return;
  pathMtu.watchedOctets = octets;
  pathMtu.watchedEnd = seqAdd(sequence, tcb.sndMss);
}

/**
 * SND.UNA has advanced: the watched segment has passed, and a report about an acknowledged segment
 * is dropped.
 */
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
