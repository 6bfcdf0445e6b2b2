/**
 * Connections that peers open: from a SYN for a listener, through the SYN queue or a SYN cookie, to
 * the accept queue.
 */

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
import { isSocketTaken, register, type TcpLayer } from '../tcp-tables.ts';
import { type ConnectionEvent, tellState } from '../transitions.ts';
import { acknowledgeRequest, createConnectionRequest } from './connection-request.ts';
import { agreedSyn } from './handshake.ts';
import { dropsSynInQuiet, firstSequence, newSocketId, openFromRequest } from './open.ts';
import { connectionOfCookie, sendCookie } from './syn-cookies.ts';
import {
  addRequest,
  isSynQueueFull,
  isSynQueueNearlyFull,
  optionsOfRequest,
  removeRequest,
  repeatSynAck,
} from './syn-queue.ts';

/**
 * SEGMENT ARRIVES in LISTEN (RFC 9293 3.10.7.2) and CLOSED (3.10.7.1). `beyond`: SND.NXT of the
 * connection in TIME-WAIT that the SYN replaces; the new sequence numbers start beyond it.
 */
export function arriveWithoutConnection(
  tcp: TcpLayer,
  segment: ArrivedSegment,
  nowMs: number,
  beyond?: number,
): void {
  const { flags } = segment;
  const listener = tcp.tables.listeners.find(segment.destination, segment.destinationPort);
  if (listener === undefined) {
    dropTcp(tcp, 'NO_SOCKET');
    return tcp.refuse(segment, 'NO_SOCKET');
  }
  if ((flags & TCP_RST) !== 0) return dropTcp(tcp, 'TCP_RESET');
  if ((flags & TCP_ACK) !== 0) return arriveWithAck(tcp, listener, segment, nowMs);
  if ((flags & TCP_SYN) === 0) return dropTcp(tcp, 'TCP_FLAGS');
  if (dropsSynInQuiet(tcp, nowMs)) return;
  const member = tcp.tables.listeners.choose(listener, hasRoom);
  if (member === undefined) return dropTcp(tcp, 'TCP_LISTEN_OVERFLOW');
  if (beyond === undefined && wantsCookie(tcp, member)) {
    if (tcp.sysctl.tcp_syncookies === 0) {
      return dropTcp(tcp, 'strata/TCP_REQ_QUEUE_FULL');
    }
    tcp.counters.TCPReqQFullDoCookies += 1;
    took(tcp);
    return sendCookie(tcp, listener, member, segment, nowMs);
  }
  if (beyond === undefined && isKeptForProven(tcp, member, segment)) {
    return dropTcp(tcp, 'strata/TCP_UNPROVEN_PEER');
  }
  took(tcp);
  answerSyn(tcp, member, segment, beyond, nowMs);
}

/** Whether this SYN is answered with a cookie, without a connection request. */
function wantsCookie(tcp: TcpLayer, member: ListenerMember): boolean {
  return tcp.sysctl.tcp_syncookies === 2 || isSynQueueFull(tcp, member);
}

function isKeptForProven(
  tcp: TcpLayer,
  member: ListenerMember,
  { source }: ArrivedSegment,
): boolean {
  if (tcp.sysctl.tcp_syncookies !== 0 || !isSynQueueNearlyFull(tcp, member)) return false;
  return !tcp.tables.proven.has(source);
}

function answerSyn(
  tcp: TcpLayer,
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
    iss: firstSequence(tcp.secret, local, remote, beyond, nowMs),
    timestampOffset: timestampOffset(tcp.secret, local.address, remote.address),
    syn: agreedSyn(tcp.sysctl, segment),
    options: member.options,
  };
  tellState(tcp, 'LISTEN', 'SYN-RECEIVED', 'strata/RECEIVED_SYN');
  answering(tcp, 'strata/SYN_ACK');
  addRequest(tcp, member, createConnectionRequest(tcp, seed, nowMs), nowMs);
}

/** In LISTEN an ACK is answered by a RST, unless it returns a valid cookie. */
function arriveWithAck(
  tcp: TcpLayer,
  listener: Listener,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const member = tcp.tables.listeners.choose(listener, hasRoom) ?? listener.members[0]!;
  const isSyn = (segment.flags & TCP_SYN) !== 0;
  if (isSyn) dropTcp(tcp, 'TCP_FLAGS');
  const request = isSyn ? undefined : connectionOfCookie(tcp, listener, member, segment, nowMs);
  if (request === undefined) return tcp.refuse(segment, 'TCP_FLAGS');
  // If the accept queue is full, the ACK is dropped; the peer's first data returns the cookie
  // again.
  if (!hasRoom(member)) return dropTcp(tcp, 'TCP_LISTEN_OVERFLOW');
  tellState(tcp, 'LISTEN', 'SYN-RECEIVED', 'strata/RECEIVED_ACK_OF_SYN');
  complete(tcp, member, request, segment, nowMs);
}

/** A segment arrives for a connection request. */
export function arriveOnRequest(
  tcp: TcpLayer,
  request: ConnectionRequest,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  switch (arrivesOnRequest(tcp, request, segment, nowMs)) {
    case 'complete':
      return leaveQueue(tcp, request, segment, nowMs);
    case 'repeat':
      if (!mayAnswerInvalid(tcp, request, 'strata/ACK_SKIPPED_SYN_RECEIVED', nowMs)) return;
      return repeatSynAck(tcp, request, nowMs);
    case 'acknowledge':
      if (!mayAnswerInvalid(tcp, request, 'strata/ACK_SKIPPED_SYN_RECEIVED', nowMs)) return;
      return acknowledgeRequest(tcp, request, optionsOfRequest(tcp, request), nowMs);
    case 'challenge':
      return challenge(tcp, request, nowMs);
    case 'refuse':
      return tcp.refuse(segment, 'TCP_INVALID_ACK_SEQUENCE');
    case 'end':
      return endRequest(tcp, request, 'strata/RECEIVED_RST');
    case 'drop':
      return;
  }
}

function challenge(tcp: TcpLayer, request: ConnectionRequest, nowMs: number): void {
  if (!mayAnswerInvalid(tcp, request, 'strata/ACK_SKIPPED_CHALLENGE', nowMs)) return;
  if (!tcp.mayChallenge(nowMs)) return;
  answering(tcp, 'strata/CHALLENGE_ACK');
  acknowledgeRequest(tcp, request, optionsOfRequest(tcp, request), nowMs);
}

/** Return to LISTEN: the listener is a separate object, so only the request is removed. */
function endRequest(tcp: TcpLayer, request: ConnectionRequest, on: ConnectionEvent): void {
  tcp.counters.TcpAttemptFails += 1;
  tcp.counters.EmbryonicRsts += 1;
  tellState(tcp, 'SYN-RECEIVED', 'LISTEN', on);
  removeRequest(tcp, request);
}

/** The last ACK of the handshake: the connection enters the accept queue if there is room. */
function leaveQueue(
  tcp: TcpLayer,
  request: ConnectionRequest,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const member = tcp.tables.listeners.get(request.listener)?.member;
  if (member === undefined) return dropTcp(tcp, 'strata/TCP_LISTENER_GONE');
  if (hasRoom(member)) {
    removeRequest(tcp, request);
    return complete(tcp, member, request, segment, nowMs);
  }
  // The ACK is dropped: the SYN,ACK is retransmitted, and the peer's next segment tries again.
  dropTcp(tcp, 'TCP_LISTEN_OVERFLOW');
  if (tcp.sysctl.tcp_abort_on_overflow === 0) return;
  tcp.refuse(segment, 'TCP_LISTEN_OVERFLOW');
  endRequest(tcp, request, 'strata/ABORT');
}

function complete(
  tcp: TcpLayer,
  member: ListenerMember,
  request: ConnectionRequest,
  segment: ArrivedSegment,
  nowMs: number,
): void {
  const { tables } = tcp;
  const { local, remote } = request;
  const { random, shards } = tcp;
  const shard = shards.of(PROTOCOL_TCP, local.address, local.port, remote.address, remote.port);
  const socket = newSocketId(random, shard, (id) => isSocketTaken(tables, id));
  const tcb = openFromRequest(tcp, request, socket, member, nowMs);
  tables.proven.add(remote.address);
  register(tables, tcb);
  arrivesInSynchronized(tcp, tcb, segment, nowMs);
  tcp.wake(tcb);
}

/** Offers an ESTABLISHED connection to the application. */
export function offer(tcp: TcpLayer, tcb: Tcb): void {
  const member = tcp.tables.listeners.get(tcb.listener)?.member;
  if (member !== undefined) member.waiting += 1;
  tcp.counters.TcpPassiveOpens += 1;
  tcb.sendCreditOctets = sendBufferLimit(tcp, tcb);
  tcp.indicate({
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
export function leaveAcceptQueue(tcp: TcpLayer, tcb: Tcb): void {
  if (!isInAcceptQueue(tcb)) return;
  const member = tcp.tables.listeners.get(tcb.listener)?.member;
  if (member !== undefined) member.waiting -= 1;
}

/**
 * Removes the connection requests of a closing listener without a RST, as in Linux's
 * inet_csk_listen_stop(). Later segments for them are answered by a RST.
 */
export function forgetRequests(tcp: TcpLayer, listener: SocketId): void {
  for (const entry of tcp.tables.connections) {
    if (entry.kind === 'request' && entry.listener === listener) {
      tellState(tcp, 'SYN-RECEIVED', 'CLOSED', 'strata/LISTENER_CLOSED');
      removeRequest(tcp, entry);
    }
  }
}

/**
 * An ICMP error about a SYN,ACK ends the request, if it quotes the SYN,ACK's sequence number (RFC
 * 5927 4.1).
 */
export function handleRequestError(
  tcp: TcpLayer,
  request: ConnectionRequest,
  error: NetworkErrorIndication,
): void {
  const { counters } = tcp;
  if (readUint32(error.quoted, 4) !== request.iss) {
    return dropTcp(tcp, 'strata/ICMP_OUT_OF_WINDOW');
  }
  const isUnreachable = error.type === ICMP_DESTINATION_UNREACHABLE;
  if (!isUnreachable || error.code === ICMP_FRAGMENTATION_NEEDED) {
    return dropTcp(tcp, 'strata/ICMP_TYPE_IGNORED');
  }
  took(tcp);
  counters.TcpAttemptFails += 1;
  tellState(tcp, 'SYN-RECEIVED', 'LISTEN', 'strata/UNREACHABLE');
  removeRequest(tcp, request);
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
