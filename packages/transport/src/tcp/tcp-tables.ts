import { ConnectionTable } from './open-close/connection-table.ts';
import { Listeners } from './open-close/listeners.ts';
import type { SocketId } from './state/socket.ts';
import type { TableEntry } from './state/tables.ts';
import type { Tcb } from './state/tcb.ts';
import { DeadlineHeap } from './timers/deadline-heap.ts';
import { nextDeadline } from './timers/run-timers.ts';

/** The tables that the parts of the TCP layer share. */
export class TcpTables {
  readonly listeners = new Listeners();
  readonly connections = new ConnectionTable<TableEntry>();
  /** Connections that may still have indications for the application. */
  readonly sockets = new Map<SocketId, Tcb>();
  /** Connections that had an event since output() last ran for them. */
  readonly awake = new Set<Tcb>();
  readonly timers = new DeadlineHeap<TableEntry>(deadlineOf);

  /** Whether a socket has this id. */
  isTaken(socket: SocketId): boolean {
    return this.sockets.has(socket) || this.listeners.get(socket) !== undefined;
  }

  /** Adds a new connection. */
  register(tcb: Tcb): void {
    this.connections.set(tcb);
    this.sockets.set(tcb.socket, tcb);
  }
}

function deadlineOf(item: TableEntry): number {
  return item.kind === 'connection' ? nextDeadline(item) : item.deadlineMs;
}
