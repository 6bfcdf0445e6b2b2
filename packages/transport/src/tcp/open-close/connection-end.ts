import type { ResetReason } from '../../outcomes.ts';
import { emitAck } from '../send/emit.ts';
import { resetConnection } from '../send/reset.ts';
import type { CloseReason } from '../state/socket.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TimeWait } from '../state/time-wait.ts';
import { createDeadlines } from '../state/timers.ts';
import type { TcpContext } from '../tcp-context.ts';
import type { TcpTables } from '../tcp-tables.ts';
import { type ConnectionEvent, changeState } from '../transitions.ts';
import { isInAcceptQueue, type PassiveOpen } from './passive-open.ts';
import type { TimeWaits } from './time-wait.ts';

/**
 * Removes connections from the tables: aborted, closed, or finished on the wire while the
 * application still reads.
 */
export class ConnectionEnd {
  readonly #context: TcpContext;
  readonly #tables: TcpTables;
  readonly #passiveOpen: PassiveOpen;
  readonly #timeWaits: TimeWaits;
  #orphans = 0;

  constructor(
    context: TcpContext,
    tables: TcpTables,
    passiveOpen: PassiveOpen,
    timeWaits: TimeWaits,
  ) {
    this.#context = context;
    this.#tables = tables;
    this.#passiveOpen = passiveOpen;
    this.#timeWaits = timeWaits;
  }

  /** Sends a RST and closes the connection. */
  abort(tcb: Tcb, nowMs: number, reset: ResetReason, reason: CloseReason, detail: string): void {
    this.#resetPeer(tcb, nowMs, reset);
    const isGivenUp = reset === 'TCP_KEEPALIVE_TIMEOUT';
    this.close(tcb, isGivenUp ? 'strata/GIVEN_UP' : 'strata/ABORT', reason, detail);
  }

  /** Sends the peer a RST, in the states that have one (RFC 9293 3.10.5). */
  #resetPeer(tcb: Tcb, nowMs: number, reset: ResetReason): void {
    if (tcb.state === 'SYN-SENT' || tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return;
    resetConnection(this.#context, tcb, nowMs, reset);
  }

  /**
   * Removes the connection from the tables: it is CLOSED. Tells the application, unless it has been
   * told.
   */
  close(tcb: Tcb, on: ConnectionEvent, reason: CloseReason, detail: string): void {
    if (tcb.state === 'CLOSED' && tcb.closeIndicated) return;
    this.#passiveOpen.leaveAcceptQueue(tcb);
    changeState(this.#context, tcb, 'CLOSED', on);
    this.#tables.connections.delete(tcb);
    this.#forget(tcb, reason, detail);
  }

  /** The connection is finished on the wire except for the wait of 2 MSL. */
  enterTimeWait(tcb: Tcb, on: ConnectionEvent, nowMs: number): void {
    if (tcb.state === 'TIME-WAIT') return;
    changeState(this.#context, tcb, 'TIME-WAIT', on);
    this.#leaveTo('TIME-WAIT', tcb, nowMs);
    this.#finishIfTaken(tcb);
  }

  /** Replaces the TCB on the wire by a much smaller record. */
  #leaveTo(state: TimeWait['state'], tcb: Tcb, nowMs: number): void {
    this.#tables.connections.delete(tcb);
    tcb.deadlines = createDeadlines();
    this.#timeWaits.enter(tcb, state, nowMs);
  }

  /**
   * Marks the connection as an orphan: the application has closed it (RFC 9293 3.10.4).
   * `tcp_max_orphans` limits their number.
   */
  orphan(tcb: Tcb): void {
    if (tcb.orphaned) return;
    tcb.orphaned = true;
    this.#orphans += 1;
  }

  /** Removes a connection that is handed over to another stack, without an indication. */
  release(tcb: Tcb): void {
    const { timers, awake, sockets, connections } = this.#tables;
    this.#passiveOpen.leaveAcceptQueue(tcb);
    timers.remove(tcb);
    awake.delete(tcb);
    sockets.delete(tcb.socket);
    connections.delete(tcb);
    if (tcb.orphaned) this.#orphans -= 1;
  }

  /** Adds a connection handed over from another stack, unchanged. */
  restore(tcb: Tcb): void {
    const { timers, sockets, connections, listeners } = this.#tables;
    sockets.set(tcb.socket, tcb);
    // If it is finished on the wire, its addresses are free or belong to its TIME-WAIT record.
    if (tcb.state !== 'TIME-WAIT' && tcb.state !== 'CLOSED') connections.set(tcb);
    timers.schedule(tcb);
    if (tcb.orphaned) this.#orphans += 1;
    const member = isInAcceptQueue(tcb) ? listeners.get(tcb.listener)?.member : undefined;
    if (member !== undefined) member.waiting += 1;
  }

  /**
   * Runs after a connection had an event and has sent what it may: removes it where nothing is left
   * to do.
   */
  settle(tcb: Tcb, nowMs: number): void {
    if (tcb.orphaned && tcb.state === 'FIN-WAIT-2') {
      // The smaller record has no delayed ACK timer: acknowledge now.
      if (tcb.ackOwed !== 'none') emitAck(this.#context, tcb, nowMs);
      this.#leaveTo('FIN-WAIT-2', tcb, nowMs);
      this.#socketDone(tcb);
    } else this.#finishIfTaken(tcb);
  }

  /**
   * Number of orphans: connections that the application has closed, with data or a FIN still to
   * deliver.
   */
  get orphans(): number {
    return this.#orphans;
  }

  /**
   * The connection is finished on the wire without TIME-WAIT: LAST-ACK becomes CLOSED (RFC 9293
   * 3.3.2, figure 5).
   */
  finish(tcb: Tcb, on: ConnectionEvent): void {
    this.#tables.connections.delete(tcb);
    changeState(this.#context, tcb, 'CLOSED', on);
    tcb.deadlines = createDeadlines();
    this.#finishIfTaken(tcb);
  }

  /** Removes the socket once both sides are finished and the application has taken everything. */
  #finishIfTaken(tcb: Tcb): void {
    const isDone = tcb.state === 'TIME-WAIT' || tcb.state === 'CLOSED';
    if (!isDone || tcb.closeIndicated) return;
    if (!tcb.orphaned && !tcb.endIndicated) return;
    this.#socketDone(tcb);
  }

  #socketDone(tcb: Tcb): void {
    this.#forget(tcb, 'finished', '');
    changeState(this.#context, tcb, 'CLOSED', 'strata/SOCKET_DONE');
  }

  #forget(tcb: Tcb, reason: CloseReason, detail: string): void {
    const { timers, awake, sockets } = this.#tables;
    timers.remove(tcb);
    awake.delete(tcb);
    sockets.delete(tcb.socket);
    if (tcb.closeIndicated) return;
    tcb.closeIndicated = true;
    if (tcb.orphaned) this.#orphans -= 1;
    // The application does not know a connection that was never offered to it.
    if (tcb.listener !== 0 && tcb.sendCreditOctets === 0) return;
    this.#context.indicate({
      kind: 'closed',
      socket: tcb.socket,
      endpoint: tcb.endpoint,
      reason,
      detail,
    });
  }
}
