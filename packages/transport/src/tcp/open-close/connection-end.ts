/**
 * Removes connections from the tables: aborted, closed, or finished on the wire while the
 * application still reads.
 */

import type { ResetReason } from '../../outcomes.ts';
import { emitAck } from '../send/emit.ts';
import { resetConnection } from '../send/reset.ts';
import type { CloseReason } from '../state/socket.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TimeWait } from '../state/time-wait.ts';
import { createDeadlines } from '../state/timers.ts';
import type { TcpLayer } from '../tcp-tables.ts';
import { type ConnectionEvent, changeState } from '../transitions.ts';
import { isInAcceptQueue, leaveAcceptQueue } from './passive-open.ts';
import { keepTimeWait } from './time-wait.ts';

/** Sends a RST and closes the connection. */
export function abortConnection(
  tcp: TcpLayer,
  tcb: Tcb,
  nowMs: number,
  reset: ResetReason,
  reason: CloseReason,
  detail: string,
): void {
  resetPeer(tcp, tcb, nowMs, reset);
  const isGivenUp = reset === 'TCP_KEEPALIVE_TIMEOUT';
  closeConnection(tcp, tcb, isGivenUp ? 'strata/GIVEN_UP' : 'strata/ABORT', reason, detail);
}

/** Sends the peer a RST, in the states that have one (RFC 9293 3.10.5). */
function resetPeer(tcp: TcpLayer, tcb: Tcb, nowMs: number, reset: ResetReason): void {
  if (tcb.state === 'SYN-SENT' || tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return;
  resetConnection(tcp, tcb, nowMs, reset);
}

/**
 * Removes the connection from the tables: it is CLOSED. Tells the application, unless it has been
 * told.
 */
export function closeConnection(
  tcp: TcpLayer,
  tcb: Tcb,
  on: ConnectionEvent,
  reason: CloseReason,
  detail: string,
): void {
  if (tcb.state === 'CLOSED' && tcb.closeIndicated) return;
  leaveAcceptQueue(tcp, tcb);
  changeState(tcp, tcb, 'CLOSED', on);
  tcp.tables.connections.delete(tcb);
  forget(tcp, tcb, reason, detail);
}

/** The connection is finished on the wire except for the wait of 2 MSL. */
export function enterTimeWait(tcp: TcpLayer, tcb: Tcb, on: ConnectionEvent, nowMs: number): void {
  if (tcb.state === 'TIME-WAIT') return;
  changeState(tcp, tcb, 'TIME-WAIT', on);
  leaveTo(tcp, 'TIME-WAIT', tcb, nowMs);
  finishIfTaken(tcp, tcb);
}

/** Replaces the TCB on the wire by a much smaller record. */
function leaveTo(tcp: TcpLayer, state: TimeWait['state'], tcb: Tcb, nowMs: number): void {
  tcp.tables.connections.delete(tcb);
  tcb.deadlines = createDeadlines();
  keepTimeWait(tcp, tcb, state, nowMs);
}

/**
 * Marks the connection as an orphan: the application has closed it (RFC 9293 3.10.4).
 * `tcp_max_orphans` limits their number.
 */
export function orphan(tcp: TcpLayer, tcb: Tcb): void {
  if (tcb.orphaned) return;
  tcb.orphaned = true;
  tcp.tables.orphans += 1;
}

/** Removes a connection that is handed over to another stack, without an indication. */
export function releaseConnection(tcp: TcpLayer, tcb: Tcb): void {
  const { timers, awake, sockets, connections } = tcp.tables;
  leaveAcceptQueue(tcp, tcb);
  timers.remove(tcb);
  awake.delete(tcb);
  sockets.delete(tcb.socket);
  connections.delete(tcb);
  if (tcb.orphaned) tcp.tables.orphans -= 1;
}

/** Adds a connection handed over from another stack, unchanged. */
export function restoreConnection(tcp: TcpLayer, tcb: Tcb): void {
  const { timers, sockets, connections, listeners } = tcp.tables;
  sockets.set(tcb.socket, tcb);
  // If it is finished on the wire, its addresses are free or belong to its TIME-WAIT record.
  if (tcb.state !== 'TIME-WAIT' && tcb.state !== 'CLOSED') connections.set(tcb);
  timers.schedule(tcb);
  if (tcb.orphaned) tcp.tables.orphans += 1;
  const member = isInAcceptQueue(tcb) ? listeners.get(tcb.listener)?.member : undefined;
  if (member !== undefined) member.waiting += 1;
}

/**
 * Runs after a connection had an event and has sent what it may: removes it where nothing is left
 * to do.
 */
export function removeIfDone(tcp: TcpLayer, tcb: Tcb, nowMs: number): void {
  if (tcb.orphaned && tcb.state === 'FIN-WAIT-2') {
    // The smaller record has no delayed ACK timer: acknowledge now.
    if (tcb.ackOwed !== 'none') emitAck(tcp, tcb, nowMs);
    leaveTo(tcp, 'FIN-WAIT-2', tcb, nowMs);
    socketDone(tcp, tcb);
  } else finishIfTaken(tcp, tcb);
}

/**
 * The connection is finished on the wire without TIME-WAIT: LAST-ACK becomes CLOSED (RFC 9293
 * 3.3.2, figure 5).
 */
export function finishConnection(tcp: TcpLayer, tcb: Tcb, on: ConnectionEvent): void {
  tcp.tables.connections.delete(tcb);
  changeState(tcp, tcb, 'CLOSED', on);
  tcb.deadlines = createDeadlines();
  finishIfTaken(tcp, tcb);
}

/** Removes the socket once both sides are finished and the application has taken everything. */
function finishIfTaken(tcp: TcpLayer, tcb: Tcb): void {
  const isDone = tcb.state === 'TIME-WAIT' || tcb.state === 'CLOSED';
  if (!isDone || tcb.closeIndicated) return;
  if (!tcb.orphaned && !tcb.endIndicated) return;
  socketDone(tcp, tcb);
}

function socketDone(tcp: TcpLayer, tcb: Tcb): void {
  forget(tcp, tcb, 'finished', '');
  changeState(tcp, tcb, 'CLOSED', 'strata/SOCKET_DONE');
}

function forget(tcp: TcpLayer, tcb: Tcb, reason: CloseReason, detail: string): void {
  const { timers, awake, sockets } = tcp.tables;
  timers.remove(tcb);
  awake.delete(tcb);
  sockets.delete(tcb.socket);
  if (tcb.closeIndicated) return;
  tcb.closeIndicated = true;
  if (tcb.orphaned) tcp.tables.orphans -= 1;
  // The application does not know a connection that was never offered to it.
  if (tcb.listener !== 0 && tcb.sendCreditOctets === 0) return;
  tcp.indicate({
    kind: 'closed',
    socket: tcb.socket,
    endpoint: tcb.endpoint,
    reason,
    detail,
  });
}
