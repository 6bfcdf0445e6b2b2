import type { Fifo, FilterMode, IpAddress, TraceContext } from '@strata/wire';
import type { SocketAddress, SocketId } from '../tcp/state/socket.ts';

/**
 * Octets that a waiting datagram counts in addition to its data, so that a flood of empty datagrams
 * is limited too. (Linux counts the packet's memory for the same reason.)
 */
export const DATAGRAM_OVERHEAD_OCTETS = 64;

/** Smallest and largest receive buffer, octets (SOCK_MIN_RCVBUF; 64 Mi). */
const RECEIVE_BUFFER_RANGE = [2304, 67108864] as const;

/** A datagram that waits for the application's credit. */
export interface QueuedDatagram {
  /** The destination: the socket's address, or a broadcast or multicast address. */
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly ttl: number;
  /** The socket's own copy. */
  readonly data: Uint8Array;
  readonly trace: TraceContext | undefined;
}

/** A group that a socket listens to. */
export interface UdpGroup {
  readonly group: IpAddress;
  /** An address of the interface. 0.0.0.0: the interface that the group is routed to. */
  readonly interfaceAddress: IpAddress;
  readonly mode: FilterMode;
  readonly sources: IpAddress[];
}

/** The state of a UDP socket. */
export interface UdpSocketState {
  readonly socket: SocketId;
  readonly endpoint: string;
  /** Address 0.0.0.0: any of the stack's. */
  readonly local: SocketAddress;
  readonly reuseAddress: boolean;
  readonly broadcast: boolean;
  /** Limit of the queue: each datagram counts for its data and {@link DATAGRAM_OVERHEAD_OCTETS}. */
  receiveBufferOctets: number;
  /** Time to live of datagrams that give none; undefined: `ip_default_ttl`. */
  ttl: number | undefined;
  tos: number;
  /** Octets of data that the application takes, absolute. */
  creditOctets: number;
  /** Octets of data delivered. */
  deliveredOctets: number;
  /** Octets in `queue`, overhead included. */
  queuedOctets: number;
  /** Datagrams dropped because the queue was full. */
  drops: number;
  readonly queue: Fifo<QueuedDatagram>;
  /** The groups that it listens to. */
  groups: UdpGroup[];
}

/**
 * Whether the credit covers a datagram of `dataOctets` octets. An empty one needs credit for one
 * octet, so that it is limited too.
 */
export function hasCredit(state: UdpSocketState, dataOctets: number): boolean {
  return state.deliveredOctets + Math.max(dataOctets, 1) <= state.creditOctets;
}

/** Queues a datagram. Returns false and counts a drop if the queue has no room. */
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

/** Removes and returns the next waiting datagram that the credit covers; undefined: none. */
export function dequeue(state: UdpSocketState): QueuedDatagram | undefined {
  const first = state.queue.at(0);
  if (first === undefined || !hasCredit(state, first.data.byteLength)) return undefined;
  state.queue.shift();
  state.queuedOctets -= first.data.byteLength + DATAGRAM_OVERHEAD_OCTETS;
  return first;
}

/** The requested buffer size, limited to {@link RECEIVE_BUFFER_RANGE}. */
export function clampReceiveBuffer(octets: number): number {
  return Math.min(Math.max(octets, RECEIVE_BUFFER_RANGE[0]), RECEIVE_BUFFER_RANGE[1]);
}
