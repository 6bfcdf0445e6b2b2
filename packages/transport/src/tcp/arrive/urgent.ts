import { TCP_URG } from '@strata/wire';
import { seqAdd, seqDiff, seqGe, seqGt, seqLt } from '../state/sequence.ts';
import { endOfSendSequence, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { removeInOrder } from './receive-queue.ts';
import type { ArrivedSegment } from './segment.ts';

/** Makes the last octet that the application wrote urgent (RFC 9293 3.10.2). */
export function markUrgent(tcb: Tcb): void {
  const { urgent } = tcb;
  urgent.sndUp = endOfSendSequence(tcb);
  urgent.isSending = true;
  // Tell the peer at once, even if its window is full (RFC 9293 3.8.5, MUST-66).
  const usable = tcb.sndWnd - seqDiff(tcb.sndNxt, tcb.sndUna);
  if (usable <= 0) tcb.ackOwed = 'now';
}

/**
 * Whether unacknowledged urgent data remains. Meanwhile segments are not gathered into
 * super-segments, because each needs its own urgent pointer.
 */
export function isSendingUrgent(tcb: Tcb): boolean {
  const { urgent } = tcb;
  if (!urgent.isSending) return false;
  if (seqGe(tcb.sndUna, urgent.sndUp)) urgent.isSending = false;
  return urgent.isSending;
}

/** The urgent pointer of a segment that starts at `sequence`; 0: none. */
export function urgentPointer(tcb: Tcb, sequence: number): number {
  if (!isSendingUrgent(tcb) || !seqLt(sequence, tcb.urgent.sndUp)) return 0;
  const ahead = seqDiff(tcb.urgent.sndUp, sequence);
  if (ahead <= 0xffff) return ahead;
  // SND.UP is more than 65,535 octets ahead. Send 65,535 only if that octet has not been sent yet,
  // as in Linux's __tcp_transmit_skb(): the pointer must not name an octet that is not urgent.
  return seqGt(seqAdd(sequence, 0xffff), tcb.sndNxt) ? 0xffff : 0;
}

/**
 * The sixth step of RFC 9293 3.10.7.4, also with a window of 0 (MUST-66). Called before the
 * segment's data is processed.
 */
export function takeUrgentPointer(context: TcpContext, tcb: Tcb, segment: ArrivedSegment): void {
  if ((segment.flags & TCP_URG) === 0) return;
  const { urgent } = tcb;
  // RFC 6093 3.1: the pointer names the octet after the urgent octet, unless tcp_stdurg asks for
  // the meaning of RFC 1122.
  const isBehind = context.sysctl.tcp_stdurg === 0 && segment.segUp > 0;
  const mark = seqAdd(segment.segSeq, segment.segUp - (isBehind ? 1 : 0));
  if (seqLt(mark, tcb.rcvNxt)) return;
  if (urgent.rcvState === 'awaited' && !seqGt(mark, urgent.mark)) return;
  urgent.mark = mark;
  // If an earlier urgent octet has not arrived yet, it stays in the stream, as in Linux's
  // tcp_check_urg(): only one mark is kept.
  urgent.markOffset = tcb.deliveredOctets + tcb.receive.inOrderOctets + seqDiff(mark, tcb.rcvNxt);
  urgent.rcvState = 'awaited';
  urgent.isMarkNews = true;
  tellUrgent(context, tcb);
}

/**
 * Takes the urgent octet out of the stream once it has arrived. Called after RCV.NXT has advanced
 * and before data goes to the application.
 */
export function takeUrgentOctet(context: TcpContext, tcb: Tcb): void {
  const { urgent } = tcb;
  if (urgent.rcvState !== 'awaited' || !seqLt(urgent.mark, tcb.rcvNxt)) return;
  urgent.rcvState = 'come';
  if (tcb.options.urgentInline === true) return;
  urgent.octetNews = removeInOrder(tcb.receive, urgent.markOffset - tcb.deliveredOctets);
  tellUrgent(context, tcb);
}

/** Indicates to the application what is new about urgent data (MUST-32). */
export function tellUrgent(context: TcpContext, tcb: Tcb): void {
  const { urgent } = tcb;
  if (!tcb.accepted || tcb.orphaned) return;
  const to = { kind: 'urgent', socket: tcb.socket, endpoint: tcb.endpoint } as const;
  if (urgent.isMarkNews) {
    urgent.isMarkNews = false;
    context.indicate({ ...to, offset: urgent.markOffset });
  }
  if (urgent.octetNews !== undefined) {
    context.indicate({ ...to, offset: urgent.markOffset, octet: urgent.octetNews });
    urgent.octetNews = undefined;
  }
}
