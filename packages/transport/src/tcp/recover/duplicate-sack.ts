import type { SackBlock } from '@strata/wire';
import { seqDiff, seqGe, seqGt, seqLe, seqLt } from '../state/sequence.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import type { AckSample } from './ack-sample.ts';

/**
 * Processes D-SACK (RFC 2883 4): the first block reports duplicate octets if it lies below SEG.ACK
 * or within the second block. A retransmission that arrived as a duplicate was spurious (RFC 3708).
 * Returns the remaining blocks.
 */
export function takeDuplicateSack(
  context: TcpContext,
  tcb: Tcb,
  blocks: readonly SackBlock[],
  segAck: number,
  sample: AckSample,
): readonly SackBlock[] {
  const [first, second] = blocks;
  if (first === undefined) return blocks;
  const { left, right } = first;
  const isBelow = seqLt(left, segAck);
  const isInside =
    !isBelow && second !== undefined && seqLe(right, second.right) && seqGe(left, second.left);
  if (!isBelow && !isInside) return blocks;
  const octets = seqDiff(right, left);
  if (isCredible(tcb, octets, right)) {
    context.counters[isInside ? 'TCPDSACKOfoRecv' : 'TCPDSACKRecv'] += 1;
    context.counters.TCPDSACKRecvSegs += Math.ceil(octets / tcb.sndMss);
    noteDuplicate(tcb, left, right, sample);
  } else context.counters[ignoredAs(tcb)] += 1;
  return blocks.slice(1);
}

/**
 * Whether the D-SACK is plausible: only retransmitted data can be a duplicate, so there are no more
 * duplicate octets than retransmitted ones, and no more than a window.
 */
function isCredible(tcb: Tcb, octets: number, right: number): boolean {
  if (octets <= 0 || seqGt(right, tcb.sndNxt)) return false;
  if (octets > Math.max(tcb.maxSndWnd, tcb.sndMss)) return false;
  return tcb.statistics.octetsDuplicated + octets <= tcb.statistics.octetsRetransmitted;
}

function ignoredAs(tcb: Tcb): 'TCPDSACKIgnoredOld' | 'TCPDSACKIgnoredNoUndo' {
  return tcb.undo.marker === undefined ? 'TCPDSACKIgnoredNoUndo' : 'TCPDSACKIgnoredOld';
}

function noteDuplicate(tcb: Tcb, left: number, right: number, sample: AckSample): void {
  const octets = seqDiff(right, left);
  sample.duplicateOctets = octets;
  tcb.statistics.octetsDuplicated += octets;
  tcb.statistics.duplicateSacks += 1;
  const { lossProbe, undo } = tcb;
  sample.isProbeDuplicated = lossProbe.endSequence !== undefined && right === lossProbe.endSequence;
  if (undo.marker === undefined || undo.resentOctets <= 0) return;
  if (seqGt(right, undo.marker)) undo.resentOctets = Math.max(0, undo.resentOctets - octets);
}
