import type { EphemeralPorts } from '../ports.ts';
import { ChallengeLimit } from './arrive/challenge-limit.ts';
import { ConnectionTable } from './open-close/connection-table.ts';
import { Listeners } from './open-close/listeners.ts';
import { ProvenPeers } from './open-close/proven-peers.ts';
import type { SocketId } from './state/socket.ts';
import type { TableEntry } from './state/tables.ts';
import type { Tcb } from './state/tcb.ts';
import type { TcpContext } from './tcp-context.ts';
import { DeadlineHeap } from './timers/deadline-heap.ts';
import { nextDeadline } from './timers/run-timers.ts';

/** All that TCP remembers beyond a single connection. */
export interface TcpTables {
  readonly listeners: Listeners;
  readonly connections: ConnectionTable<TableEntry>;
  /** Connections that may still have indications for the application. */
  readonly sockets: Map<SocketId, Tcb>;
  /** Connections that had an event since output() last ran for them. */
  readonly awake: Set<Tcb>;
  readonly timers: DeadlineHeap<TableEntry>;
  readonly challenges: ChallengeLimit;
  readonly proven: ProvenPeers;
  readonly ports: EphemeralPorts;
  /**
   * Number of orphans: connections that the application has closed, with data or a FIN still to
   * deliver.
   */
  orphans: number;
  /** Number of TIME-WAIT records. */
  timeWaits: number;
}

/** What the functions of the TCP layer work on: its tables, and what it shares with UDP. */
export interface TcpLayer extends TcpContext {
  readonly tables: TcpTables;
}

export function createTcpTables(ports: EphemeralPorts): TcpTables {
  return {
    listeners: new Listeners(),
    connections: new ConnectionTable(),
    sockets: new Map(),
    awake: new Set(),
    timers: new DeadlineHeap(deadlineOf),
    challenges: new ChallengeLimit(),
    proven: new ProvenPeers(),
    ports,
    orphans: 0,
    timeWaits: 0,
  };
}

/** Whether a socket has this id. */
export function isSocketTaken({ sockets, listeners }: TcpTables, socket: SocketId): boolean {
  return sockets.has(socket) || listeners.get(socket) !== undefined;
}

/** Adds a new connection. */
export function register({ connections, sockets }: TcpTables, tcb: Tcb): void {
  connections.set(tcb);
  sockets.set(tcb.socket, tcb);
}

function deadlineOf(item: TableEntry): number {
  return item.kind === 'connection' ? nextDeadline(item) : item.deadlineMs;
}
