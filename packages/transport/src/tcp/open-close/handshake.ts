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

/** The options that our side offers or accepts. */
type Offer = Pick<Tcb, 'windowScalingOn' | 'sackOn' | 'timestampsOn'>;

/** The options that a listener accepts, by its sysctls. */
function offerOf(sysctl: TransportSysctl): Offer {
  return {
    windowScalingOn: sysctl.tcp_window_scaling !== 0,
    sackOn: sysctl.tcp_sack !== 0,
    timestampsOn: sysctl.tcp_timestamps !== 0,
  };
}

/** The peer's SYN with the agreed options: those that both sides offer. */
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
      // As in Linux's tcp_parse_options(), an MSS of 0 counts as absent.
      mss: mss === 0 ? undefined : mss,
      windowScale: offer.windowScalingOn ? windowScale : undefined,
      sackPermitted: offer.sackOn ? sackPermitted : undefined,
      timestamps: offer.timestampsOn ? timestamps : undefined,
      userTimeoutSeconds,
    },
  };
}

/** Processes the peer's SYN: its initial sequence number and the agreed options. */
export function takeSyn(context: TransportContext, tcb: Tcb, syn: PeerSyn, nowMs: number): void {
  const { options } = syn;
  // Our SYN announced this window, not scaled, counted from 0.
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
    // RFC 7323 2.3: a shift above 14 counts as 14.
    tcb.sndWndShift = Math.min(MAX_WINDOW_SHIFT, options.windowScale);
  } else tcb.rcvWndShift = 0;
  takeUserTimeout(tcb, syn);
  startMtuSearch(context, tcb, nowMs);
  tcb.sndMss = effectiveMss(context, tcb);
  tcb.rcvMss = firstReceiveMss(context, tcb, announced);
  tcb.congestion = congestionControl(tcb.congestion.name).create(tcb.sndMss);
  // The window of a SYN segment is never scaled (RFC 7323 2.2).
  tcb.sndWnd = syn.segWnd;
  tcb.maxSndWnd = syn.segWnd;
  tcb.sndWl1 = syn.segSeq;
  tcb.sndWl2 = syn.segAck;
}

/**
 * The first estimate of the peer's MSS, as in Linux's tcp_initialize_rcv_mss(). It is small, so
 * that every second segment is acknowledged (RFC 9293 3.8.6.3) until the first full-sized one shows
 * the real size.
 */
function firstReceiveMss(context: TransportContext, tcb: Tcb, windowOctets: number): number {
  const announced = announcedMss(context, tcb.local, tcb.options);
  const least = Math.min(tcb.sndMss, announced, DEFAULT_MSS_OCTETS, windowOctets >>> 1);
  return Math.max(LEAST_RECEIVE_MSS_OCTETS, least);
}

/** Linux's TCP_MIN_MSS. */
const LEAST_RECEIVE_MSS_OCTETS = 88;
