import { congestionControl } from './congestion/registry.ts';
import { negotiateEcn } from './ecn.ts';
import { announcedMss, effectiveMss, offeredShift } from './emit.ts';
import type { TcpEnvironment } from './environment.ts';
import type { ArrivedSegment } from './segment.ts';
import { seqAdd } from './sequence.ts';
import { DEFAULT_MSS_OCTETS, type Tcb } from './tcb.ts';
import { takeUserTimeout } from './user-timeout.ts';
import { MAX_WINDOW_SHIFT } from './window.ts';

/**
 * Takes the peer's SYN: its initial sequence number and its options. `offered`: whether our own SYN has gone already and said
 * what we can (active open); else what we can is decided here.
 */
export function takeSyn(
  env: TcpEnvironment,
  tcb: Tcb,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const { options } = segment;
  const { sysctl } = env;
  negotiateEcn(env, tcb, segment, tcb.state === 'SYN-SENT');
  tcb.irs = segment.segSeq;
  tcb.rcvNxt = seqAdd(segment.segSeq, 1);
  // Our own SYN announced this much, not scaled; a SYN,ACK is about to.
  tcb.rcvAdv = seqAdd(
    tcb.rcvNxt,
    tcb.state === 'SYN-SENT' ? Math.min(0xffff, tcb.rcvBufferOctets) : 0,
  );
  tcb.lastAckSent = tcb.rcvNxt;
  tcb.peerMss = options.mss ?? DEFAULT_MSS_OCTETS;

  tcb.timestampsOn = options.timestamps !== undefined && sysctl.tcp_timestamps !== 0;
  if (tcb.timestampsOn && options.timestamps !== undefined) {
    tcb.tsRecent = options.timestamps.value;
    tcb.tsRecentAtMs = nowMs;
  }
  tcb.sackOn = options.sackPermitted === true && sysctl.tcp_sack !== 0;
  tcb.windowScalingOn = options.windowScale !== undefined && sysctl.tcp_window_scaling !== 0;
  if (tcb.windowScalingOn) {
    // RFC 7323 2.3: more than 14 counts as 14.
    tcb.sndWndShift = Math.min(MAX_WINDOW_SHIFT, options.windowScale!);
    tcb.rcvWndShift = offeredShift(env, tcb);
  }
  takeUserTimeout(tcb, segment);
  tcb.sndMss = effectiveMss(tcb);
  tcb.rcvMss = Math.min(tcb.sndMss, announcedMss(env, tcb));
  tcb.congestion = congestionControl(tcb.congestion.name).create(tcb.sndMss);
  // The window in a segment with SYN is never scaled (RFC 7323 2.2).
  tcb.sndWnd = segment.segWnd;
  tcb.maxSndWnd = segment.segWnd;
  tcb.sndWl1 = segment.segSeq;
  tcb.sndWl2 = segment.segAck;
}
