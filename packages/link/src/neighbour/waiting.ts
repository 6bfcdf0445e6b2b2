/** The packets that wait for the address of a neighbour. */
import type { LinkRequest } from '../pdu.ts';
import type { Neighbour } from './neighbour.ts';

/** What Linux counts for a packet in addition to its octets: SKB_TRUESIZE(0) on 64 bits. */
const PACKET_OVERHEAD_OCTETS = 576;

/**
 * Queues a packet. If it does not fit into `mostOctets`, the oldest are dropped by `discard`, as in
 * Linux's __neigh_event_send() (RFC 1122 2.3.2.2: keep the latest).
 */
export function addWaiting(
  neighbour: Neighbour,
  request: LinkRequest,
  mostOctets: number,
  discard: (oldest: LinkRequest) => void,
): void {
  const octets = waitingOctets(request);
  while (neighbour.waiting.length > 0 && neighbour.waitingOctets + octets > mostOctets) {
    const oldest = neighbour.waiting.shift()!;
    neighbour.waitingOctets -= waitingOctets(oldest);
    discard(oldest);
  }
  neighbour.waiting.push(request);
  neighbour.waitingOctets += octets;
}

/** Takes all packets out of the queue. */
export function takeWaiting(neighbour: Neighbour): LinkRequest[] {
  const waiting = neighbour.waiting;
  if (waiting.length > 0) {
    neighbour.waiting = [];
    neighbour.waitingOctets = 0;
  }
  return waiting;
}

/** Octets that a waiting packet takes of `unres_qlen_bytes`. */
export function waitingOctets(request: LinkRequest): number {
  return request.packet.byteLength + PACKET_OVERHEAD_OCTETS;
}
