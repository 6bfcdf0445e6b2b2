import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import { moderateReceiveBuffer } from './receive-buffer.ts';
import { takeInOrder } from './receive-queue.ts';
import { windowUpdateDue } from './receive-window.ts';
import { tellUrgent } from './urgent.ts';

/** Largest data size of one indication, octets. */
const MAX_INDICATION_OCTETS = 65536;

/**
 * Gives the application the data in order, as far as its credit allows, and then the end of the
 * stream.
 */
export function deliver(context: TcpContext, tcb: Tcb, nowMs: number): void {
  if (!tcb.accepted || tcb.orphaned) return;
  tellUrgent(context, tcb);
  const { receive } = tcb;
  let taken = 0;
  while (receive.inOrderOctets > 0 && tcb.deliveredOctets < tcb.creditOctets) {
    const room = Math.min(MAX_INDICATION_OCTETS, tcb.creditOctets - tcb.deliveredOctets);
    const data = takeInOrder(receive, room)!;
    context.indicate({
      kind: 'data',
      socket: tcb.socket,
      endpoint: tcb.endpoint,
      offset: tcb.deliveredOctets,
      data,
    });
    tcb.deliveredOctets += data.byteLength;
    taken += data.byteLength;
  }
  if (tcb.finReceived && receive.inOrderOctets === 0 && !tcb.endIndicated) {
    tcb.endIndicated = true;
    context.indicate({
      kind: 'end',
      socket: tcb.socket,
      endpoint: tcb.endpoint,
      offset: tcb.deliveredOctets,
    });
  }
  if (taken === 0) return;
  moderateReceiveBuffer(tcb, context.sysctl, nowMs);
  if (!tcb.finReceived && windowUpdateDue(tcb)) {
    tcb.ackOwed = 'now';
    context.wake(tcb);
  }
}

/** Largest number of octets that the application may have in the send buffer. */
export function sendBufferLimit(context: TcpContext, tcb: Tcb): number {
  const { sendBufferOctets } = tcb.options;
  if (sendBufferOctets !== undefined) return sendBufferOctets;
  const [, initial, largest] = context.sysctl.tcp_wmem;
  // Room for the window in flight and as much again. At first as much as Linux's
  // tcp_sndbuf_expand() gives.
  return Math.min(
    largest,
    Math.max(initial, FIRST_SEND_BUFFER_OCTETS, 4 * Math.floor(tcb.congestion.cwnd)),
  );
}

const FIRST_SEND_BUFFER_OCTETS = 87040;

/** Gives the application more credit to write, if the gain is worth a message. */
export function grantSendCredit(context: TcpContext, tcb: Tcb): void {
  if (!tcb.accepted || tcb.orphaned || tcb.finQueued) return;
  const limit = tcb.send.startOffset + sendBufferLimit(context, tcb);
  const gain = limit - tcb.sendCreditOctets;
  const left = tcb.sendCreditOctets - tcb.send.endOffset;
  if (gain <= 0 || (gain < left && gain < FIRST_SEND_BUFFER_OCTETS)) return;
  tcb.sendCreditOctets = limit;
  context.indicate({
    kind: 'credit',
    socket: tcb.socket,
    endpoint: tcb.endpoint,
    limitOctets: limit,
    acknowledgedOctets: tcb.send.startOffset,
  });
}
