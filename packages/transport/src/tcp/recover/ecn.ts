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
 * Whether a listener agrees to ECN: an ECN-setup SYN has ECE and CWR, and is itself not ECT (RFC
 * 3168 6.1.1). An ECT SYN is allowed to those who negotiate more than RFC 3168, as the reserved
 * bits tell (RFC 8311 4.3, as in Linux).
 */
export function isEcnWanted(sysctl: TransportSysctl, segment: ArrivedSegment): boolean {
  if (sysctl.tcp_ecn === 0) return false;
  if ((segment.flags & (TCP_ECE | TCP_CWR)) !== (TCP_ECE | TCP_CWR)) return false;
  return segment.ecn === ECN_NOT_ECT || segment.reservedBits !== 0;
}

/** The peer's answer to our SYN decides about ECN (RFC 3168 6.1.1). */
export function negotiateEcn({ ecn }: Tcb, segment: ArrivedSegment): void {
  // An ECN-setup SYN,ACK has ECE alone; in a simultaneous open the peer's SYN has both.
  const expected = (segment.flags & TCP_ACK) !== 0 ? TCP_ECE : TCP_ECE | TCP_CWR;
  ecn.on &&= (segment.flags & (TCP_ECE | TCP_CWR)) === expected;
}

/**
 * The ECN bits of a SYN or SYN,ACK. A SYN that is sent again asks no more (`tcp_ecn_fallback`):
 * something on the path may drop those that do (RFC 3168 6.1.1.1).
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
 * Whether the segment is new data and no window probe: such alone are ECT (RFC 3168 6.1.4, 6.1.5,
 * 6.1.6).
 */
export function isEct(tcb: Tcb, sequence: number, octets: number): boolean {
  return tcb.ecn.on && octets > 0 && sequence === tcb.sndNxt && tcb.probes === 0;
}

/** The ECN bits of a segment that is sent now. Called once for each, before SND.NXT moves. */
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

/** The TOS octet of a segment: the socket's differentiated services, and ECN. */
export function tosOf(tcb: Tcb, isEctSegment: boolean): number {
  return ((tcb.options.tos ?? 0) & ~ECN_MASK) | (isEctSegment ? ECN_ECT_0 : ECN_NOT_ECT);
}

/**
 * The ECN of data or FIN that is taken from the peer. `isFresh`: not all of it was received before;
 * what is repeated may not have been marked for this connection's sake (RFC 3168 6.1.5).
 */
export function receiveEcn(tcb: Tcb, segment: ArrivedSegment, isFresh: boolean): void {
  const { ecn } = tcb;
  if (!ecn.on) return;
  if ((segment.flags & TCP_CWR) !== 0) {
    ecn.echo = false;
    // The sender's window may be as small as one segment: it should not wait.
    tcb.ackOwed = 'now';
  }
  if (!isFresh || segment.data.byteLength === 0) return;
  if (segment.ecn === ECN_NOT_ECT) {
    // Most likely sent again, so something was lost: the sender wants to hear of each segment.
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

/** Whether an acknowledgment echoes congestion (RFC 3168 6.1.2). */
export function isEcnEcho(tcb: Tcb, segment: ArrivedSegment): boolean {
  return tcb.ecn.on && (segment.flags & (TCP_ECE | TCP_SYN)) === TCP_ECE;
}

/**
 * Whether an acknowledgment has the window reduced, once what it says of losses is taken: with ECE
 * as after a loss, once per window of data (RFC 3168 6.1.2); not while a loss is repaired, which
 * has reduced it already.
 */
export function asksForReduction(tcb: Tcb, segment: ArrivedSegment, sample: AckSample): boolean {
  if (!isEcnEcho(tcb, segment) || sample.priorFlightOctets === 0) return false;
  // In the state `cwr` ECE tells of the congestion that the window is being reduced for.
  return tcb.caState === 'open' || tcb.caState === 'disorder';
}

/** The window was reduced for a loss: the peer is told by CWR as well (RFC 3168 6.1.2). */
export function noteLossReduction(tcb: Tcb): void {
  tcb.ecn.cwrQueued = tcb.ecn.on;
}

/** A reduction was for nothing and is undone: nothing to tell of. */
export function withdrawCwr(tcb: Tcb): void {
  tcb.ecn.cwrQueued = false;
}
