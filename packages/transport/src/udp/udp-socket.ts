import type { TraceContext } from '@strata/wire';
import type { SocketAddress, SocketId } from '../tcp/state/socket.ts';

/**
 * Octets that a waiting datagram counts for beside its data, so that a flood of empty datagrams is bounded too (Linux counts the
 * memory of the packet for the same reason).
 */
export const DATAGRAM_OVERHEAD_OCTETS = 64;

/** Least and largest receive buffer, octets (SOCK_MIN_RCVBUF; 64 Mi). */
const RECEIVE_BUFFER_RANGE = [2304, 67108864] as const;

/** A datagram that waits for the application's credit. */
export interface QueuedDatagram {
  /** Where it was sent to: the socket's address, or a broadcast address. */
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly ttl: number;
  /** The socket's own copy. */
  readonly data: Uint8Array;
  readonly trace: TraceContext | undefined;
}

/** The state of a UDP socket: plain data. */
export interface UdpSocketState {
  readonly socket: SocketId;
  readonly endpoint: string;
  /** Address 0.0.0.0: any of the stack's. */
  readonly local: SocketAddress;
  readonly reuseAddress: boolean;
  readonly broadcast: boolean;
  /** What waits at most: each datagram counts for its data and {@link DATAGRAM_OVERHEAD_OCTETS}. */
  receiveBufferOctets: number;
  /** Time to live where the datagram says none; undefined: `ip_default_ttl`. */
  ttl: number | undefined;
  tos: number;
  /** Octets of data up to which the application takes datagrams, absolute. */
  creditOctets: number;
  /** Octets of data that went up. */
  deliveredOctets: number;
  /** What `queue` counts for, overhead included. */
  queuedOctets: number;
  /** Datagrams that found the queue full. */
  drops: number;
  readonly queue: QueuedDatagram[];
}

/** Whether the application takes a datagram of that many octets now. An empty one needs credit for one octet: it is bounded too. */
export function hasCredit(state: UdpSocketState, dataOctets: number): boolean {
  return state.deliveredOctets + Math.max(dataOctets, 1) <= state.creditOctets;
}

/** Queues the datagram; false, and a drop counted, where the queue has no room for it. */
export function enqueue(state: UdpSocketState, datagram: QueuedDatagram): boolean {
  const octets = datagram.data.byteLength + DATAGRAM_OVERHEAD_OCTETS;
  if (state.queuedOctets + octets > state.receiveBufferOctets) {
    state.drops += 1;
    return false;
  }
  state.queuedOctets += octets;
  state.queue.push(datagram);
  return true;
}

/** The next waiting datagram that the credit covers; undefined where there is none. */
export function dequeue(state: UdpSocketState): QueuedDatagram | undefined {
  const first = state.queue[0];
  if (first === undefined || !hasCredit(state, first.data.byteLength)) return undefined;
  state.queue.shift();
  state.queuedOctets -= first.data.byteLength + DATAGRAM_OVERHEAD_OCTETS;
  return first;
}

/** The buffer size asked for, brought into {@link RECEIVE_BUFFER_RANGE}. */
export function clampReceiveBuffer(octets: number): number {
  return Math.min(Math.max(octets, RECEIVE_BUFFER_RANGE[0]), RECEIVE_BUFFER_RANGE[1]);
}
