import type { NetworkErrorIndication, NetworkSegmentIndication } from '@strata/network';
import type { ProtocolHandover } from './handover/protocol-handover.ts';
import type { TransportRequest } from './pdu.ts';
import type { SocketFilter, SocketInfo } from './socket-info.ts';

/**
 * A protocol of transport: an entry of the core's table. All it knows of the others is what they
 * share, the context.
 */
export interface TransportProtocol {
  /** In the IPv4 header. */
  readonly number: number;
  /** What its sockets are listed as. */
  readonly name: SocketInfo['protocol'];
  /** Takes a segment or datagram; its bytes are the protocol's from here on. */
  handleSegment(indication: NetworkSegmentIndication, nowMs: number): void;
  /** Takes an ICMP error about what it sent. */
  handleError(indication: NetworkErrorIndication, nowMs: number): void;
  /** Whether a request is for this protocol: by its kind, or by its socket. */
  takes(request: TransportRequest): boolean;
  /** Does what the application asks. */
  handleRequest(request: TransportRequest, nowMs: number): void;
  /**
   * Whether a request opens, or is about, a socket that every core of a stack has, whichever shards
   * it owns.
   */
  isOfAllShards(request: TransportRequest): boolean;
  /** Runs what is due by `nowMs`. */
  handleTimeout(nowMs: number): void;
  /** When `handleTimeout` has something to do; Infinity: never. */
  nextDeadlineMs(): number;
  /** Sends what the inputs so far owe. */
  flush(nowMs: number): void;
  /** Whether there is something that it has to send, or that the peer has not acknowledged. */
  isBusy(): boolean;
  /** The sockets that pass the filter, as `ss` shows them. */
  sockets(filter: SocketFilter, nowMs: number): SocketInfo[];
  /** How its objects are carried to another stack. */
  readonly handover: ProtocolHandover;
  /** Ends all sockets, since the stack goes down. */
  shutDown(nowMs: number): void;
}
