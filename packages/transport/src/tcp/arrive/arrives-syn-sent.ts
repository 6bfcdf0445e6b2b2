import { TCP_ACK, TCP_RST, TCP_SYN } from '@strata/wire';
import { dropInSynSent, dropTcp, took } from '../../outcomes.ts';
import { agreedSyn, takeSyn } from '../open-close/handshake.ts';
import { dropsSynInQuiet } from '../open-close/open.ts';
import { negotiateEcn } from '../recover/ecn.ts';
import { acknowledge, headRange } from '../recover/retransmission-queue.ts';
import { timestampNow } from '../send/emit.ts';
import { sendSyn } from '../send/output.ts';
import { seqGe, seqGt, seqLe, seqLt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { armKeepalive } from '../timers/keepalive.ts';
import { RTO_AFTER_SYN_LOSS_MS } from '../timers/rto.ts';
import { LEAST_TIMEOUT_MS, setTransmitTimer, stopTransmitTimer } from '../timers/transmit-timer.ts';
import { type ConnectionEvent, changeState } from '../transitions.ts';
import { beginSample, measure } from './acknowledgment.ts';
import { deliver, sendBufferLimit } from './hand-up.ts';
import type { ArrivedSegment } from './segment.ts';
import { takeData } from './take-data.ts';
import { takeUrgentPointer } from './urgent.ts';

/** SEGMENT ARRIVES in SYN-SENT (RFC 9293 3.10.7.3). */
export function arrivesInSynSent(
  context: TcpContext,
  tcb: Tcb,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const { flags, segAck } = segment;
  const hasAck = (flags & TCP_ACK) !== 0;
  // First, check the ACK bit.
  if (hasAck && (seqLe(segAck, tcb.iss) || seqGt(segAck, tcb.sndNxt))) {
    dropTcp(context, 'TCP_INVALID_ACK_SEQUENCE');
    if ((flags & TCP_RST) === 0) context.refuse(segment, 'TCP_INVALID_ACK_SEQUENCE');
    return sendSynSoon(tcb, nowMs);
  }
  if (hasAck && !echoesOurs(tcb, segment, nowMs)) {
    dropInSynSent(context, 'TCP_RFC7323_TSECR');
    if ((flags & TCP_RST) === 0) context.refuse(segment, 'TCP_RFC7323_TSECR');
    return;
  }
  // Second, check the RST bit: RST is accepted only with an acceptable ACK.
  if ((flags & TCP_RST) !== 0) {
    if (!hasAck) return dropTcp(context, 'TCP_RESET');
    took(context, 'TCP_RESET');
    context.counters.TcpAttemptFails += 1;
    const detail = 'the peer answered SYN with RST';
    return context.close(tcb, 'strata/RECEIVED_RST', 'refused', detail);
  }
  // Fourth, check the SYN bit.
  if ((flags & TCP_SYN) === 0) return dropTcp(context, 'TCP_FLAGS');
  if (isOfThePast(tcb, segment)) return dropInSynSent(context, 'TCP_RFC7323_PAWS');
  if (dropsSynInQuiet(context, nowMs)) return;
  negotiateEcn(tcb, segment);
  takeSyn(context, tcb, agreedSyn(context.sysctl, segment, tcb), nowMs);
  if (!hasAck) {
    // Simultaneous open (RFC 9293 3.5, figure 8).
    took(context);
    changeState(context, tcb, 'SYN-RECEIVED', 'strata/RECEIVED_SYN');
    stopTransmitTimer(tcb);
    sendSyn(context, tcb, TCP_SYN | TCP_ACK, nowMs);
    return;
  }
  const sample = beginSample(tcb, nowMs);
  acknowledge(tcb.retransmission, segAck, sample);
  tcb.sndUna = segAck;
  measure(context, tcb, segment, sample);
  becomeEstablished(context, tcb, 'strata/RECEIVED_SYN_ACK', sample.retransmitted, nowMs);
  tcb.ackOwed = 'now';
  takeUrgentPointer(context, tcb, segment);
  takeData(context, tcb, segment, nowMs);
  deliver(context, tcb, nowMs);
  context.wake(tcb);
}

/**
 * The peer has an old connection with the same addresses and ports, from before a crash. Our RST
 * has ended that connection (RFC 9293 3.5.1, figure 9). The next SYN will succeed, so it is sent
 * soon instead of after the whole RTO. Done once, so that nobody can make us send many.
 */
function sendSynSoon(tcb: Tcb, nowMs: number): void {
  if (headRange(tcb.retransmission)?.transmissions !== 1) return;
  const soonMs = nowMs + LEAST_TIMEOUT_MS;
  if (soonMs < tcb.deadlines.retransmit) setTransmitTimer(tcb, 'retransmit', soonMs);
}

/**
 * Whether TSecr is a timestamp that our SYN carried, as Linux's tcp_rcv_synsent_state_process()
 * requires.
 */
function echoesOurs(tcb: Tcb, segment: ArrivedSegment, nowMs: number): boolean {
  const { timestamps } = segment.options;
  if (timestamps === undefined || timestamps.echo === 0) return true;
  const first = timestampNow(tcb, tcb.createdMs);
  return seqGe(timestamps.echo, first) && seqLe(timestamps.echo, timestampNow(tcb, nowMs));
}

/**
 * PAWS where this connection replaced one in TIME-WAIT: the peer's timestamps continue (RFC 6191,
 * RFC 7323 5.3).
 */
function isOfThePast(tcb: Tcb, segment: ArrivedSegment): boolean {
  const { timestamps } = segment.options;
  if (timestamps === undefined || tcb.tsRecentAtMs === -Infinity) return false;
  return seqLt(timestamps.value, tcb.tsRecent);
}

/** An active open is ESTABLISHED: indicates it to the application. */
export function becomeEstablished(
  context: TcpContext,
  tcb: Tcb,
  on: ConnectionEvent,
  synWasLost: boolean,
  nowMs: number,
): void {
  // A CLOSE in SYN-RECEIVED, or in SYN-SENT with data queued, takes effect here (RFC 9293 3.10.4).
  changeState(context, tcb, tcb.finQueued ? 'FIN-WAIT-1' : 'ESTABLISHED', on);
  // As in Linux's tcp_finish_connect(), the time without data counts from here on.
  tcb.statistics.lastDataMs = nowMs;
  tcb.lastReceivedMs = nowMs;
  tcb.rto.backoff = 0;
  tcb.firstTimeoutAtMs = -1;
  stopTransmitTimer(tcb);
  if (synWasLost) {
    // RFC 5681 3.1, RFC 6298 5.7: after a lost SYN the initial window is one segment.
    tcb.congestion.cwnd = tcb.sndMss;
    if (tcb.rto.srttMs < 0) tcb.rto.rtoMs = RTO_AFTER_SYN_LOSS_MS;
  }
  armKeepalive(context, tcb, nowMs);
  if (tcb.listener !== 0) return;
  tcb.accepted = true;
  tcb.sendCreditOctets = sendBufferLimit(context, tcb);
  // A socket closed in SYN-RECEIVED gets no more indications (RFC 9293 3.10.4).
  if (tcb.orphaned) return;
  context.indicate({
    kind: 'connected',
    socket: tcb.socket,
    endpoint: tcb.endpoint,
    local: tcb.local,
    remote: tcb.remote,
    sendCreditOctets: tcb.sendCreditOctets,
  });
}
