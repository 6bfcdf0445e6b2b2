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
 * How connections leave the tables: aborted, closed, or done on the wire while the application
 * still reads.
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

  /** Sends RST and closes. */
  abort(tcb: Tcb, nowMs: number, reset: ResetReason, reason: CloseReason, detail: string): void {
    this.#resetPeer(tcb, nowMs, reset);
    const isGivenUp = reset === 'TCP_KEEPALIVE_TIMEOUT';
    this.close(tcb, isGivenUp ? 'strata/GIVEN_UP' : 'strata/ABORT', reason, detail);
  }

  /** RST to the peer, where the state has one (RFC 9293 3.10.5). */
  #resetPeer(tcb: Tcb, nowMs: number, reset: ResetReason): void {
    if (tcb.state === 'SYN-SENT' || tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return;
    resetConnection(this.#context, tcb, nowMs, reset);
  }

  /** Takes the connection off the tables: it is CLOSED. Tells the application, unless it knows. */
  close(tcb: Tcb, on: ConnectionEvent, reason: CloseReason, detail: string): void {
    if (tcb.state === 'CLOSED' && tcb.closeIndicated) return;
    this.#passiveOpen.leaveAcceptQueue(tcb);
    changeState(this.#context, tcb, 'CLOSED', on);
    this.#tables.connections.delete(tcb);
    this.#forget(tcb, reason, detail);
  }

  /** The connection is done on the wire but for 2 MSL. */
  enterTimeWait(tcb: Tcb, on: ConnectionEvent, nowMs: number): void {
    if (tcb.state === 'TIME-WAIT') return;
    changeState(this.#context, tcb, 'TIME-WAIT', on);
    this.#leaveTo('TIME-WAIT', tcb, nowMs);
    this.#finishIfTaken(tcb);
  }

  /** Leaves what is still to be done on the wire to something much smaller. */
  #leaveTo(state: TimeWait['state'], tcb: Tcb, nowMs: number): void {
    this.#tables.connections.delete(tcb);
    tcb.deadlines = createDeadlines();
    this.#timeWaits.enter(tcb, state, nowMs);
  }

  /**
   * The application has gone (RFC 9293 3.10.4). Too many of these are not kept (`tcp_max_orphans`).
   */
  orphan(tcb: Tcb): void {
    if (tcb.orphaned) return;
    tcb.orphaned = true;
    this.#orphans += 1;
  }

  /** Takes a connection off the tables that goes to another stack: nobody hears of it. */
  release(tcb: Tcb): void {
    const { timers, awake, sockets, connections } = this.#tables;
    this.#passiveOpen.leaveAcceptQueue(tcb);
    timers.remove(tcb);
    awake.delete(tcb);
    sockets.delete(tcb.socket);
    connections.delete(tcb);
    if (tcb.orphaned) this.#orphans -= 1;
  }

  /** Puts a connection on the tables that comes from another stack, as it is. */
  restore(tcb: Tcb): void {
    const { timers, sockets, connections, listeners } = this.#tables;
    sockets.set(tcb.socket, tcb);
    // Done on the wire: what is left of it has no addresses, or TIME-WAIT has them.
    if (tcb.state !== 'TIME-WAIT' && tcb.state !== 'CLOSED') connections.set(tcb);
    timers.schedule(tcb);
    if (tcb.orphaned) this.#orphans += 1;
    const member = isInAcceptQueue(tcb) ? listeners.get(tcb.listener)?.member : undefined;
    if (member !== undefined) member.waiting += 1;
  }

  /**
   * What is to be done after something has happened to a connection and it has sent what it may.
   */
  settle(tcb: Tcb, nowMs: number): void {
    if (tcb.orphaned && tcb.state === 'FIN-WAIT-2') {
      // What is left behind has no timer for an acknowledgment that is delayed.
      if (tcb.ackOwed !== 'none') emitAck(this.#context, tcb, nowMs);
      this.#leaveTo('FIN-WAIT-2', tcb, nowMs);
      this.#socketDone(tcb);
    } else this.#finishIfTaken(tcb);
  }

  /**
   * Connections whose application has gone, and that still have data or FIN to bring to the peer.
   */
  get orphans(): number {
    return this.#orphans;
  }

  /**
   * The connection is done on the wire, and no TIME-WAIT is needed: LAST-ACK ends in CLOSED (RFC
   * 9293 3.3.2, figure 5).
   */
  finish(tcb: Tcb, on: ConnectionEvent): void {
    this.#tables.connections.delete(tcb);
    changeState(this.#context, tcb, 'CLOSED', on);
    tcb.deadlines = createDeadlines();
    this.#finishIfTaken(tcb);
  }

  /** Once both sides are done and the application has all: the socket goes. */
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
    // A connection that never was offered is unknown to the application.
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
