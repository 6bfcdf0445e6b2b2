/** The SYN queues of all listeners: the connection requests and their timers. */

import { expired, resending } from '../../outcomes.ts';
import type { ConnectionRequest } from '../state/connection-request.ts';
import type { ListenerMember } from '../state/listener.ts';
import type { TcpSocketOptions } from '../state/socket.ts';
import { INITIAL_RTO_MS } from '../state/timers.ts';
import type { TcpLayer } from '../tcp-tables.ts';
import { tellState } from '../transitions.ts';
import { sendSynAck } from './connection-request.ts';

/** Whether the queue is full: by the backlog, or by `tcp_max_syn_backlog`. */
export function isSynQueueFull(tcp: TcpLayer, { requests, backlog }: ListenerMember): boolean {
  return requests > backlog || requests >= tcp.sysctl.tcp_max_syn_backlog;
}

/**
 * Whether only the last quarter of `tcp_max_syn_backlog` is left. Without cookies it is reserved
 * for proven peers, as in Linux's tcp_conn_request().
 */
export function isSynQueueNearlyFull(tcp: TcpLayer, { requests }: ListenerMember): boolean {
  const limit = tcp.sysctl.tcp_max_syn_backlog;
  return limit - requests < limit >> 2;
}

/** Adds a request and sends its SYN,ACK. */
export function addRequest(
  tcp: TcpLayer,
  member: ListenerMember,
  request: ConnectionRequest,
  nowMs: number,
): void {
  member.requests += 1;
  member.young += 1;
  tcp.tables.connections.set(request);
  sendSynAck(tcp, request, member.options, nowMs);
  request.deadlineMs = nowMs + timeoutMs(tcp, request);
  tcp.tables.timers.schedule(request);
}

/** Adds a request handed over from another stack, unchanged. Its listener may be missing here. */
export function restoreRequest(tcp: TcpLayer, request: ConnectionRequest): void {
  const member = memberOf(tcp, request);
  if (member !== undefined) {
    member.requests += 1;
    if (request.timeouts === 0) member.young += 1;
  }
  tcp.tables.connections.set(request);
  tcp.tables.timers.schedule(request);
}

/** Removes a request: it has ended, or becomes a TCB. */
export function removeRequest(tcp: TcpLayer, request: ConnectionRequest): void {
  tcp.tables.connections.delete(request);
  tcp.tables.timers.remove(request);
  const member = memberOf(tcp, request);
  if (member === undefined) return;
  member.requests -= 1;
  if (request.timeouts === 0) member.young -= 1;
}

/** The peer retransmitted its SYN: retransmits the SYN,ACK and restarts the timer. */
export function repeatSynAck(tcp: TcpLayer, request: ConnectionRequest, nowMs: number): void {
  resending(tcp, 'strata/SYN_REPEATED');
  resend(tcp, request, nowMs);
  request.deadlineMs = nowMs + timeoutMs(tcp, request);
  tcp.tables.timers.schedule(request);
}

/**
 * The timer has expired: retransmits the SYN,ACK, or removes the request (`tcp_synack_retries`).
 */
export function synAckDue(tcp: TcpLayer, request: ConnectionRequest, nowMs: number): void {
  const { counters } = tcp;
  if (request.deadlineMs > nowMs) return tcp.tables.timers.schedule(request);
  expired(tcp, 'SYN,ACK', 'strata/SYN_ACK_TIMER', request.listener, nowMs);
  const member = memberOf(tcp, request);
  if (member === undefined || request.timeouts >= retriesNow(tcp, member)) {
    counters.TcpAttemptFails += 1;
    tellState(tcp, 'SYN-RECEIVED', 'LISTEN', 'strata/GIVEN_UP');
    return removeRequest(tcp, request);
  }
  if (request.timeouts === 0) member.young -= 1;
  request.timeouts += 1;
  resending(tcp, 'strata/SYN_TIMEOUT');
  resend(tcp, request, nowMs);
  request.deadlineMs = nowMs + timeoutMs(tcp, request);
  tcp.tables.timers.schedule(request);
}

/**
 * `tcp_synack_retries`, or the listener's own value. Fewer if the queue is more than half full of
 * old requests, so that half of it stays free for new ones, whose peers are more likely to answer
 * (Linux's reqsk_timer_handler()).
 */
function retriesNow(tcp: TcpLayer, { requests, backlog, young, options }: ListenerMember): number {
  let retries = options.synRetries ?? tcp.sysctl.tcp_synack_retries;
  if (requests * 2 <= Math.max(8, backlog)) return retries;
  let weight = young * 2;
  while (retries > 2 && requests >= weight) {
    retries -= 1;
    weight *= 2;
  }
  return retries;
}

function resend(tcp: TcpLayer, request: ConnectionRequest, nowMs: number): void {
  const { counters } = tcp;
  counters.TCPSynRetrans += 1;
  counters.TcpRetransSegs += 1;
  sendSynAck(tcp, request, optionsOfRequest(tcp, request), nowMs);
}

/** RFC 6298 2.1 and 5.5: 1 s, doubled for each timeout. */
function timeoutMs(tcp: TcpLayer, { timeouts }: ConnectionRequest): number {
  return Math.min(INITIAL_RTO_MS * 2 ** timeouts, tcp.sysctl.tcp_rto_max_ms);
}

/** The listener's options. */
export function optionsOfRequest(tcp: TcpLayer, request: ConnectionRequest): TcpSocketOptions {
  return memberOf(tcp, request)?.options ?? NO_OPTIONS;
}

function memberOf(tcp: TcpLayer, request: ConnectionRequest): ListenerMember | undefined {
  return tcp.tables.listeners.get(request.listener)?.member;
}

const NO_OPTIONS: TcpSocketOptions = {};
