import { TCP_URG } from '@strata/wire';
import { seqAdd, seqDiff, seqGe, seqGt, seqLt } from '../state/sequence.ts';
import { endOfSendSequence, type Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { removeInOrder } from './receive-queue.ts';
import type { ArrivedSegment } from './segment.ts';

/** The last octet that the application wrote is urgent (RFC 9293 3.10.2). */
export function markUrgent(tcb: Tcb): void {
  const { urgent } = tcb;
  urgent.sndUp = endOfSendSequence(tcb);
  urgent.isSending = true;
  // The peer should know at once, also where its window lets no octet through (RFC 9293 3.8.5,
  // MUST-66).
  const usable = tcb.sndWnd - seqDiff(tcb.sndNxt, tcb.sndUna);
  if (usable <= 0) tcb.ackOwed = 'now';
}

/**
 * Whether urgent data is not acknowledged yet: nothing is gathered then, and each segment has its
 * own pointer.
 */
export function isSendingUrgent(tcb: Tcb): boolean {
  const { urgent } = tcb;
  if (!urgent.isSending) return false;
  if (seqGe(tcb.sndUna, urgent.sndUp)) urgent.isSending = false;
  return urgent.isSending;
}

/** The urgent pointer of a segment from `sequence` on; 0: it has none. */
export function urgentPointer(tcb: Tcb, sequence: number): number {
  if (!isSendingUrgent(tcb) || !seqLt(sequence, tcb.urgent.sndUp)) return 0;
  const ahead = seqDiff(tcb.urgent.sndUp, sequence);
  if (ahead <= 0xffff) return ahead;
  // Too far ahead to be told: only as long as it names no octet that is not urgent, as in Linux.
  return seqGt(seqAdd(sequence, 0xffff), tcb.sndNxt) ? 0xffff : 0;
}

/**
 * The sixth step of RFC 9293 3.10.7.4, also where the window is shut (MUST-66). To be called before
 * the segment's data is taken.
 */
export function takeUrgentPointer(context: TcpContext, tcb: Tcb, segment: ArrivedSegment): void {
  if ((segment.flags & TCP_URG) === 0) return;
  const { urgent } = tcb;
  // RFC 6093 3.1: everybody's pointer is behind the urgent octet, but for who follows RFC 1122.
  const isBehind = context.sysctl.tcp_stdurg === 0 && segment.segUp > 0;
  const mark = seqAdd(segment.segSeq, segment.segUp - (isBehind ? 1 : 0));
  if (seqLt(mark, tcb.rcvNxt)) return;
  if (urgent.rcvState === 'awaited' && !seqGt(mark, urgent.mark)) return;
  urgent.mark = mark;
  // An urgent octet that is still awaited stays in the stream, as in Linux: there is one mark at a
  // time.
  urgent.markOffset = tcb.deliveredOctets + tcb.receive.inOrderOctets + seqDiff(mark, tcb.rcvNxt);
  urgent.rcvState = 'awaited';
  urgent.isMarkNews = true;
  tellUrgent(context, tcb);
}

/**
 * To be called when RCV.NXT has moved, before data is handed up: takes the urgent octet out of the
 * stream where it has come.
 */
export function takeUrgentOctet(context: TcpContext, tcb: Tcb): void {
  const { urgent } = tcb;
  if (urgent.rcvState !== 'awaited' || !seqLt(urgent.mark, tcb.rcvNxt)) return;
  urgent.rcvState = 'come';
  if (tcb.options.urgentInline === true) return;
  urgent.octetNews = removeInOrder(tcb.receive, urgent.markOffset - tcb.deliveredOctets);
  tellUrgent(context, tcb);
}

/** Tells the application what it does not know yet (MUST-32). */
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
