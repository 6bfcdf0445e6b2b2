import type { TransportContext } from '../../context.ts';
import type { TransportSysctl } from '../../sysctl.ts';
import { MAX_WINDOW_SHIFT } from '../arrive/receive-window.ts';
import type { ArrivedSegment } from '../arrive/segment.ts';
import { congestionControl } from '../recover/congestion/registry.ts';
import { isEcnWanted } from '../recover/ecn.ts';
import { announcedMss, effectiveMss } from '../send/emit.ts';
import { startMtuSearch } from '../send/mtu-probe.ts';
import type { PeerSyn } from '../state/connection-request.ts';
import { DEFAULT_MSS_OCTETS } from '../state/create-tcb.ts';
import { seqAdd, seqDiff } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import { takeUserTimeout } from '../timers/user-timeout.ts';

/** Which options our side offers, or would. */
type Offer = Pick<Tcb, 'windowScalingOn' | 'sackOn' | 'timestampsOn'>;

/** What a listener agrees to, from the knobs. */
function offerOf(sysctl: TransportSysctl): Offer {
  return {
    windowScalingOn: sysctl.tcp_window_scaling !== 0,
    sackOn: sysctl.tcp_sack !== 0,
    timestampsOn: sysctl.tcp_timestamps !== 0,
  };
}

/** The peer's SYN with those of its options that count: each only where both sides offer it. */
export function agreedSyn(
  sysctl: TransportSysctl,
  segment: ArrivedSegment,
  offer: Offer = offerOf(sysctl),
): PeerSyn {
  const { segSeq, segAck, segWnd, options } = segment;
  const { mss, windowScale, sackPermitted, timestamps, userTimeoutSeconds } = options;
  return {
    segSeq,
    segAck,
    segWnd,
    ecn: isEcnWanted(sysctl, segment),
    options: {
      // As Linux: an MSS of 0 is none.
      mss: mss === 0 ? undefined : mss,
      windowScale: offer.windowScalingOn ? windowScale : undefined,
      sackPermitted: offer.sackOn ? sackPermitted : undefined,
      timestamps: offer.timestampsOn ? timestamps : undefined,
      userTimeoutSeconds,
    },
  };
}

/** Takes the peer's SYN: its initial sequence number and the options that are agreed. */
export function takeSyn(context: TransportContext, tcb: Tcb, syn: PeerSyn, nowMs: number): void {
  const { options } = syn;
  // Our SYN announced this much, not scaled; it counted from 0.
  const announced = seqDiff(tcb.rcvAdv, tcb.rcvNxt);
  tcb.irs = syn.segSeq;
  tcb.rcvNxt = seqAdd(syn.segSeq, 1);
  tcb.rcvAdv = seqAdd(tcb.rcvNxt, announced);
  tcb.lastAckSent = tcb.rcvNxt;
  tcb.peerMss = options.mss ?? DEFAULT_MSS_OCTETS;

  tcb.timestampsOn = options.timestamps !== undefined;
  if (options.timestamps !== undefined) {
    tcb.tsRecent = options.timestamps.value;
    tcb.tsRecentAtMs = nowMs;
  }
  tcb.sackOn = options.sackPermitted === true;
  tcb.windowScalingOn = options.windowScale !== undefined;
  if (options.windowScale !== undefined) {
    // RFC 7323 2.3: more than 14 counts as 14.
    tcb.sndWndShift = Math.min(MAX_WINDOW_SHIFT, options.windowScale);
  } else tcb.rcvWndShift = 0;
  takeUserTimeout(tcb, syn);
  startMtuSearch(context, tcb, nowMs);
  tcb.sndMss = effectiveMss(context, tcb);
  tcb.rcvMss = firstReceiveMss(context, tcb, announced);
  tcb.congestion = congestionControl(tcb.congestion.name).create(tcb.sndMss);
  // The window in a segment with SYN is never scaled (RFC 7323 2.2).
  tcb.sndWnd = syn.segWnd;
  tcb.maxSndWnd = syn.segWnd;
  tcb.sndWl1 = syn.segSeq;
  tcb.sndWl2 = syn.segAck;
}

/**
 * RFC 9293 3.8.6.3: every second full-sized segment is acknowledged. How large they are, the first
 * one shows: until then small.
 */
function firstReceiveMss(context: TransportContext, tcb: Tcb, windowOctets: number): number {
  const announced = announcedMss(context, tcb.local, tcb.options);
  const least = Math.min(tcb.sndMss, announced, DEFAULT_MSS_OCTETS, windowOctets >>> 1);
  return Math.max(LEAST_RECEIVE_MSS_OCTETS, least);
}

/** As in Linux (TCP_MIN_MSS). */
const LEAST_RECEIVE_MSS_OCTETS = 88;
