import {
  ECN_CE,
  ECN_ECT_0,
  ECN_MASK,
  ECN_NOT_ECT,
  TCP_ACK,
  TCP_CWR,
  TCP_ECE,
  TCP_SYN,
} from '@strata/wire';
import type { TransportSysctl } from '../../sysctl.ts';
import type { ArrivedSegment } from '../arrive/segment.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import type { AckSample } from './ack-sample.ts';

/**
 * Whether a listener accepts ECN: an ECN-setup SYN has ECE and CWR, and is itself not ECT (RFC 3168
 * 6.1.1). An ECT SYN is accepted too if its reserved bits show that the peer negotiates more than
 * RFC 3168 (RFC 8311 4.3), as in Linux's tcp_ecn_create_request().
 */
export function isEcnWanted(sysctl: TransportSysctl, segment: ArrivedSegment): boolean {
  if (sysctl.tcp_ecn === 0) return false;
  if ((segment.flags & (TCP_ECE | TCP_CWR)) !== (TCP_ECE | TCP_CWR)) return false;
  return segment.ecn === ECN_NOT_ECT || segment.reservedBits !== 0;
}

/** The peer's answer to our SYN decides on ECN (RFC 3168 6.1.1). */
export function negotiateEcn({ ecn }: Tcb, segment: ArrivedSegment): void {
  // An ECN-setup SYN,ACK has only ECE. In a simultaneous open the peer's SYN has both bits.
  const expected = (segment.flags & TCP_ACK) !== 0 ? TCP_ECE : TCP_ECE | TCP_CWR;
  ecn.on &&= (segment.flags & (TCP_ECE | TCP_CWR)) === expected;
}

/**
 * The ECN bits of a SYN or SYN,ACK. A retransmitted SYN does not ask for ECN (`tcp_ecn_fallback`):
 * a device on the path may drop ECN-setup SYNs (RFC 3168 6.1.1.1).
 */
function ecnSynFlags(context: TcpContext, tcb: Tcb, flags: number): number {
  const { ecn } = tcb;
  if ((flags & TCP_ACK) !== 0) return ecn.on ? TCP_ECE : 0;
  const isFirst = tcb.sndNxt === tcb.iss;
  if (isFirst) ecn.on = context.sysctl.tcp_ecn === 1;
  if (!ecn.on) return 0;
  if (!isFirst && context.sysctl.tcp_ecn_fallback !== 0) {
    context.counters.StrataEcnFallbacks += 1;
    return 0;
  }
  return TCP_ECE | TCP_CWR;
}

/**
 * Whether the segment is sent as ECT: only new data is, no retransmission and no window probe (RFC
 * 3168 6.1.4, 6.1.5, 6.1.6).
 */
export function isEct(tcb: Tcb, sequence: number, octets: number): boolean {
  return tcb.ecn.on && octets > 0 && sequence === tcb.sndNxt && tcb.probes === 0;
}

/** The ECN bits of a segment to send. Called once for each segment, before SND.NXT advances. */
export function takeEcnFlags(
  context: TcpContext,
  tcb: Tcb,
  flags: number,
  sequence: number,
  octets: number,
): number {
  const { ecn } = tcb;
  if ((flags & TCP_SYN) !== 0) return ecnSynFlags(context, tcb, flags);
  if (!ecn.on) return 0;
  let bits = ecn.echo ? TCP_ECE : 0;
  if (ecn.cwrQueued && isEct(tcb, sequence, octets)) {
    ecn.cwrQueued = false;
    bits |= TCP_CWR;
  }
  return bits;
}

/**
 * The TOS octet of a segment: the socket's differentiated services code point, and the ECN field.
 */
export function tosOf(tcb: Tcb, isEctSegment: boolean): number {
  return ((tcb.options.tos ?? 0) & ~ECN_MASK) | (isEctSegment ? ECN_ECT_0 : ECN_NOT_ECT);
}

/**
 * Processes the ECN field of accepted data or FIN. `isFresh`: some of it is new. The mark of a
 * duplicate is ignored, since it may belong to an attack (RFC 3168 6.1.5).
 */
export function receiveEcn(tcb: Tcb, segment: ArrivedSegment, isFresh: boolean): void {
  const { ecn } = tcb;
  if (!ecn.on) return;
  if ((segment.flags & TCP_CWR) !== 0) {
    ecn.echo = false;
    // The sender's window may be a single segment: acknowledge at once.
    tcb.ackOwed = 'now';
  }
  if (!isFresh || segment.data.byteLength === 0) return;
  if (segment.ecn === ECN_NOT_ECT) {
    // Most likely a retransmission, which shows a loss: the sender's recovery needs fast
    // acknowledgments.
    if (ecn.seen) answerQuickly(tcb);
    return;
  }
  ecn.seen = true;
  if (segment.ecn !== ECN_CE || ecn.echo) return;
  ecn.echo = true;
  answerQuickly(tcb);
}

function answerQuickly(tcb: Tcb): void {
  tcb.quickAcks = Math.max(tcb.quickAcks, 2);
}

/** Whether an acknowledgment echoes a congestion mark (RFC 3168 6.1.2). */
export function isEcnEcho(tcb: Tcb, segment: ArrivedSegment): boolean {
  return tcb.ecn.on && (segment.flags & (TCP_ECE | TCP_SYN)) === TCP_ECE;
}

/**
 * Whether an ECE must reduce the window, after the acknowledgment's losses are processed: as for a
 * loss, once per window of data (RFC 3168 6.1.2), and not during loss recovery, which has reduced
 * it already.
 */
export function asksForReduction(tcb: Tcb, segment: ArrivedSegment, sample: AckSample): boolean {
  if (!isEcnEcho(tcb, segment) || sample.priorFlightOctets === 0) return false;
  // In state `cwr` ECE reports the congestion for which the window is already being reduced.
  return tcb.caState === 'open' || tcb.caState === 'disorder';
}

/** After a reduction for a loss CWR tells the peer too (RFC 3168 6.1.2). */
export function noteLossReduction(tcb: Tcb): void {
  tcb.ecn.cwrQueued = tcb.ecn.on;
}

/** A spurious reduction is undone: CWR must not report it. */
export function withdrawCwr(tcb: Tcb): void {
  tcb.ecn.cwrQueued = false;
}
