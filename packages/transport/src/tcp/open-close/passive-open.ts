import type { NetworkErrorIndication } from '@strata/network';
import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  PROTOCOL_TCP,
  readUint32,
  TCP_ACK,
  TCP_RST,
  TCP_SYN,
} from '@strata/wire';
import { timestampOffset } from '../../isn.ts';
import { answering, dropTcp, took } from '../../outcomes.ts';
import { arrivesOnRequest } from '../arrive/arrives-request.ts';
import { arrivesInSynchronized } from '../arrive/arrives-synchronized.ts';
import { mayAnswerInvalid } from '../arrive/challenge-limit.ts';
import { sendBufferLimit } from '../arrive/hand-up.ts';
import type { ArrivedSegment } from '../arrive/segment.ts';
import type { ConnectionRequest } from '../state/connection-request.ts';
import type { Listener, ListenerMember } from '../state/listener.ts';
import type { SocketId } from '../state/socket.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpContext } from '../tcp-context.ts';
import type { TcpTables } from '../tcp-tables.ts';
import { type ConnectionEvent, tellState } from '../transitions.ts';
import { acknowledgeRequest, createConnectionRequest } from './connection-request.ts';
import { agreedSyn } from './handshake.ts';
import { dropsSynInQuiet, firstSequence, newSocketId, openFromRequest } from './open.ts';
import { ProvenPeers } from './proven-peers.ts';
import { connectionOfCookie, sendCookie } from './syn-cookies.ts';
import { SynQueue } from './syn-queue.ts';

/**
 * Connections that peers open: from a SYN for a listener, through the SYN queue or a SYN cookie, to
 * the accept queue.
 */
export class PassiveOpen {
  readonly queue: SynQueue;
  readonly proven = new ProvenPeers();
  readonly #context: TcpContext;
  readonly #tables: TcpTables;

  constructor(context: TcpContext, tables: TcpTables) {
    this.queue = new SynQueue(context, tables);
    this.#context = context;
    this.#tables = tables;
  }

  /**
   * SEGMENT ARRIVES in LISTEN (RFC 9293 3.10.7.2) and CLOSED (3.10.7.1). `beyond`: SND.NXT of the
   * connection in TIME-WAIT that the SYN replaces; the new sequence numbers start beyond it.
   */
  arrive(segment: ArrivedSegment, nowMs: number, beyond?: number): void {
    const { flags } = segment;
    const listener = this.#tables.listeners.find(segment.destination, segment.destinationPort);
    if (listener === undefined) {
      dropTcp(this.#context, 'NO_SOCKET');
      return this.#context.refuse(segment, 'NO_SOCKET');
    }
    if ((flags & TCP_RST) !== 0) return dropTcp(this.#context, 'TCP_RESET');
    if ((flags & TCP_ACK) !== 0) return this.#arriveWithAck(listener, segment, nowMs);
    if ((flags & TCP_SYN) === 0) return dropTcp(this.#context, 'TCP_FLAGS');
    if (dropsSynInQuiet(this.#context, nowMs)) return;
    const member = this.#tables.listeners.choose(listener, hasRoom);
    if (member === undefined) return dropTcp(this.#context, 'TCP_LISTEN_OVERFLOW');
    if (beyond === undefined && this.#wantsCookie(member)) {
      if (this.#context.sysctl.tcp_syncookies === 0) {
        return dropTcp(this.#context, 'strata/TCP_REQ_QUEUE_FULL');
      }
      this.#context.counters.TCPReqQFullDoCookies += 1;
      took(this.#context);
      return sendCookie(this.#context, listener, member, segment, nowMs);
    }
    if (beyond === undefined && this.#isKeptForProven(member, segment)) {
      return dropTcp(this.#context, 'strata/TCP_UNPROVEN_PEER');
    }
    took(this.#context);
    this.#answerSyn(member, segment, beyond, nowMs);
  }

  /** Whether this SYN is answered with a cookie, without a connection request. */
  #wantsCookie(member: ListenerMember): boolean {
    return this.#context.sysctl.tcp_syncookies === 2 || this.queue.isFull(member);
  }

  #isKeptForProven(member: ListenerMember, { source }: ArrivedSegment): boolean {
    if (this.#context.sysctl.tcp_syncookies !== 0 || !this.queue.isNearlyFull(member)) return false;
    return !this.proven.has(source);
  }

  #answerSyn(
    member: ListenerMember,
    segment: ArrivedSegment,
    beyond: number | undefined,
    nowMs: number,
  ): void {
    const local = { address: segment.destination, port: segment.destinationPort };
    const remote = { address: segment.source, port: segment.sourcePort };
    const seed = {
      local,
      remote,
      listener: member.socket,
      iss: firstSequence(this.#context.secret, local, remote, beyond, nowMs),
      timestampOffset: timestampOffset(this.#context.secret, local.address, remote.address),
      syn: agreedSyn(this.#context.sysctl, segment),
      options: member.options,
    };
    tellState(this.#context, 'LISTEN', 'SYN-RECEIVED', 'strata/RECEIVED_SYN');
    answering(this.#context, 'strata/SYN_ACK');
    this.queue.add(member, createConnectionRequest(this.#context, seed, nowMs), nowMs);
  }

  /** In LISTEN an ACK is answered by a RST, unless it returns a valid cookie. */
  #arriveWithAck(listener: Listener, segment: ArrivedSegment, nowMs: number): void {
    const member = this.#tables.listeners.choose(listener, hasRoom) ?? listener.members[0]!;
    const isSyn = (segment.flags & TCP_SYN) !== 0;
    if (isSyn) dropTcp(this.#context, 'TCP_FLAGS');
    const request = isSyn
      ? undefined
      : connectionOfCookie(this.#context, listener, member, segment, nowMs);
    if (request === undefined) return this.#context.refuse(segment, 'TCP_FLAGS');
    // If the accept queue is full, the ACK is dropped; the peer's first data returns the cookie
    // again.
    if (!hasRoom(member)) return dropTcp(this.#context, 'TCP_LISTEN_OVERFLOW');
    tellState(this.#context, 'LISTEN', 'SYN-RECEIVED', 'strata/RECEIVED_ACK_OF_SYN');
    this.#complete(member, request, segment, nowMs);
  }

  /** A segment arrives for a connection request. */
  arriveOnRequest(request: ConnectionRequest, segment: ArrivedSegment, nowMs: number): void {
    const context = this.#context;
    switch (arrivesOnRequest(context, request, segment, nowMs)) {
      case 'complete':
        return this.#leaveQueue(request, segment, nowMs);
      case 'repeat':
        if (!mayAnswerInvalid(context, request, 'strata/ACK_SKIPPED_SYN_RECEIVED', nowMs)) return;
        return this.queue.repeat(request, nowMs);
      case 'acknowledge':
        if (!mayAnswerInvalid(context, request, 'strata/ACK_SKIPPED_SYN_RECEIVED', nowMs)) return;
        return acknowledgeRequest(context, request, this.queue.optionsOf(request), nowMs);
      case 'challenge':
        return this.#challenge(request, nowMs);
      case 'refuse':
        return context.refuse(segment, 'TCP_INVALID_ACK_SEQUENCE');
      case 'end':
        return this.#end(request, 'strata/RECEIVED_RST');
      case 'drop':
        return;
    }
  }

  #challenge(request: ConnectionRequest, nowMs: number): void {
    const context = this.#context;
    if (!mayAnswerInvalid(context, request, 'strata/ACK_SKIPPED_CHALLENGE', nowMs)) return;
    if (!context.mayChallenge(nowMs)) return;
    answering(context, 'strata/CHALLENGE_ACK');
    acknowledgeRequest(context, request, this.queue.optionsOf(request), nowMs);
  }

  /** Return to LISTEN: the listener is a separate object, so only the request is removed. */
  #end(request: ConnectionRequest, on: ConnectionEvent): void {
    this.#context.counters.TcpAttemptFails += 1;
    this.#context.counters.EmbryonicRsts += 1;
    tellState(this.#context, 'SYN-RECEIVED', 'LISTEN', on);
    this.queue.remove(request);
  }

  /** The last ACK of the handshake: the connection enters the accept queue if there is room. */
  #leaveQueue(request: ConnectionRequest, segment: ArrivedSegment, nowMs: number): void {
    const member = this.#tables.listeners.get(request.listener)?.member;
    if (member === undefined) return dropTcp(this.#context, 'strata/TCP_LISTENER_GONE');
    if (hasRoom(member)) {
      this.queue.remove(request);
      return this.#complete(member, request, segment, nowMs);
    }
    // The ACK is dropped: the SYN,ACK is retransmitted, and the peer's next segment tries again.
    dropTcp(this.#context, 'TCP_LISTEN_OVERFLOW');
    if (this.#context.sysctl.tcp_abort_on_overflow === 0) return;
    this.#context.refuse(segment, 'TCP_LISTEN_OVERFLOW');
    this.#end(request, 'strata/ABORT');
  }

  #complete(
    member: ListenerMember,
    request: ConnectionRequest,
    segment: ArrivedSegment,
    nowMs: number,
  ): void {
    const tables = this.#tables;
    const { local, remote } = request;
    const { random, shards } = this.#context;
    const shard = shards.of(PROTOCOL_TCP, local.address, local.port, remote.address, remote.port);
    const socket = newSocketId(random, shard, (id) => tables.isTaken(id));
    const tcb = openFromRequest(this.#context, request, socket, member, nowMs);
    this.proven.add(remote.address);
    tables.register(tcb);
    arrivesInSynchronized(this.#context, tcb, segment, nowMs);
    this.#context.wake(tcb);
  }

  /** Offers an ESTABLISHED connection to the application. */
  offer(tcb: Tcb): void {
    const member = this.#tables.listeners.get(tcb.listener)?.member;
    if (member !== undefined) member.waiting += 1;
    this.#context.counters.TcpPassiveOpens += 1;
    tcb.sendCreditOctets = sendBufferLimit(this.#context, tcb);
    this.#context.indicate({
      kind: 'offer',
      socket: tcb.socket,
      endpoint: tcb.endpoint,
      listener: tcb.listener,
      local: tcb.local,
      remote: tcb.remote,
      sendCreditOctets: tcb.sendCreditOctets,
    });
  }

  /** Subtracts a connection that was not accepted from the listener's count. */
  leaveAcceptQueue(tcb: Tcb): void {
    if (!isInAcceptQueue(tcb)) return;
    const member = this.#tables.listeners.get(tcb.listener)?.member;
    if (member !== undefined) member.waiting -= 1;
  }

  /**
   * Removes the connection requests of a closing listener without a RST, as in Linux's
   * inet_csk_listen_stop(). Later segments for them are answered by a RST.
   */
  forget(listener: SocketId): void {
    for (const entry of this.#tables.connections) {
      if (entry.kind === 'request' && entry.listener === listener) {
        tellState(this.#context, 'SYN-RECEIVED', 'CLOSED', 'strata/LISTENER_CLOSED');
        this.queue.remove(entry);
      }
    }
  }

  /**
   * An ICMP error about a SYN,ACK ends the request, if it quotes the SYN,ACK's sequence number (RFC
   * 5927 4.1).
   */
  handleError(request: ConnectionRequest, error: NetworkErrorIndication): void {
    const { counters } = this.#context;
    if (readUint32(error.quoted, 4) !== request.iss) {
      return dropTcp(this.#context, 'strata/ICMP_OUT_OF_WINDOW');
    }
    const isUnreachable = error.type === ICMP_DESTINATION_UNREACHABLE;
    if (!isUnreachable || error.code === ICMP_FRAGMENTATION_NEEDED) {
      return dropTcp(this.#context, 'strata/ICMP_TYPE_IGNORED');
    }
    took(this.#context);
    counters.TcpAttemptFails += 1;
    tellState(this.#context, 'SYN-RECEIVED', 'LISTEN', 'strata/UNREACHABLE');
    this.queue.remove(request);
  }
}

/**
 * Whether a connection waits for accept. It does from the end of SYN-RECEIVED on, and still when it
 * is finished on the wire.
 */
export function isInAcceptQueue(tcb: Tcb): boolean {
  return tcb.listener !== 0 && !tcb.accepted && tcb.state !== 'SYN-RECEIVED';
}

/** Whether the accept queue has room for one more. */
function hasRoom({ waiting, backlog }: ListenerMember): boolean {
  return waiting < backlog;
}
