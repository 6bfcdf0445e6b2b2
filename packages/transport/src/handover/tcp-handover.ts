import { PROTOCOL_TCP } from '@strata/wire';
import { releaseConnection, restoreConnection } from '../tcp/open-close/connection-end.ts';
import { isInAcceptQueue } from '../tcp/open-close/passive-open.ts';
import { removeRequest, restoreRequest } from '../tcp/open-close/syn-queue.ts';
import { forgetTimeWait, restoreTimeWait } from '../tcp/open-close/time-wait.ts';
import type { ConnectionRequest } from '../tcp/state/connection-request.ts';
import type { Listener } from '../tcp/state/listener.ts';
import type { SocketAddress, SocketId } from '../tcp/state/socket.ts';
import type { TableEntry } from '../tcp/state/tables.ts';
import type { Tcb } from '../tcp/state/tcb.ts';
import type { TimeWait } from '../tcp/state/time-wait.ts';
import { isSocketTaken, type TcpLayer } from '../tcp/tcp-tables.ts';
import type { HandoverSubject } from './record.ts';
import type { StackState } from './table-fields.ts';

/** A listener with only its chosen members. */
export interface ChosenListener {
  readonly kind: 'listener';
  readonly state: Listener;
}

type Chosen = ChosenListener | TableEntry;

/** Finds TCP's objects, removes them from the tables, and adds those of another stack. */
export class TcpHandover {
  readonly #layer: TcpLayer;

  constructor(layer: TcpLayer) {
    this.#layer = layer;
  }

  /**
   * The objects of a socket id: a connection, also with its TIME-WAIT record, or a listener with
   * its SYN queue and its accept queue.
   */
  ofSocket(socket: SocketId): Chosen[] {
    const { tables } = this.#layer;
    const tcb = tables.sockets.get(socket);
    if (tcb !== undefined) return [tcb, ...this.#timeWaitOf(tcb)];
    const found = tables.listeners.get(socket);
    if (found === undefined) return [];
    const state = { ...found.listener, members: [found.member], next: 0 };
    const queued = [...tables.connections].filter(
      (entry) => entry.kind === 'request' && entry.listener === socket,
    );
    const waiting = [...tables.sockets.values()].filter(
      (one) => one.listener === socket && !one.accepted,
    );
    const left = waiting.flatMap((one) => [one, ...this.#timeWaitOf(one)]);
    return [{ kind: 'listener', state }, ...queued, ...left];
  }

  /** The TIME-WAIT record of a connection whose application has not taken everything yet. */
  #timeWaitOf({ state, local, remote }: Tcb): TimeWait[] {
    if (state !== 'TIME-WAIT') return [];
    const { connections } = this.#layer.tables;
    const entry = connections.between(local, remote);
    return entry?.kind === 'time-wait' ? [entry] : [];
  }

  /** All chosen objects, listeners first. */
  where(isMeant: (subject: HandoverSubject) => boolean): Chosen[] {
    const { tables } = this.#layer;
    const chosen: Chosen[] = [];
    for (const listener of tables.listeners) {
      const { local } = listener;
      const members = listener.members.filter(({ socket }) =>
        isMeant({ kind: 'listener', socket, local, remote: undefined, shard: undefined }),
      );
      if (members.length === 0) continue;
      // The member whose turn is next among the chosen ones.
      const turn = members.findIndex((one) => listener.members.indexOf(one) >= listener.next);
      chosen.push({ kind: 'listener', state: { ...listener, members, next: Math.max(0, turn) } });
    }
    for (const tcb of tables.sockets.values()) if (isMeant(this.#subjectOf(tcb))) chosen.push(tcb);
    for (const entry of tables.connections) {
      if (entry.kind !== 'connection' && isMeant(this.#subjectOf(entry))) chosen.push(entry);
    }
    return chosen;
  }

  /** Removes an object, without a segment or an indication. */
  release(chosen: Chosen): void {
    if (chosen.kind === 'connection') releaseConnection(this.#layer, chosen);
    else if (chosen.kind === 'request') removeRequest(this.#layer, chosen);
    else if (chosen.kind === 'time-wait') forgetTimeWait(this.#layer, chosen);
    else for (const { socket } of chosen.state.members) this.#layer.tables.listeners.remove(socket);
  }

  restoreConnection(tcb: Tcb): void {
    restoreConnection(this.#layer, tcb);
  }

  restoreRequest(request: ConnectionRequest): void {
    restoreRequest(this.#layer, request);
  }

  restoreTimeWait(wait: TimeWait): void {
    restoreTimeWait(this.#layer, wait);
  }

  /**
   * Requests and connections may have been added before their listener: its counts include them.
   */
  restoreListener({ local, reusePort, members, next, cookieSentMs }: Listener): void {
    const { tables } = this.#layer;
    const isNew = !tables.listeners.isListeningOn(local);
    for (const member of members) tables.listeners.add(local, reusePort, member);
    const listener = tables.listeners.at(local)!;
    if (isNew) listener.next = next;
    listener.cookieSentMs = Math.max(listener.cookieSentMs, cookieSentMs);
    const bySocket = new Map(members.map((member) => [member.socket, member]));
    for (const entry of tables.connections) {
      const member = entry.kind === 'request' ? bySocket.get(entry.listener) : undefined;
      if (member === undefined) continue;
      member.requests += 1;
      if ((entry as ConnectionRequest).timeouts === 0) member.young += 1;
    }
    for (const tcb of tables.sockets.values()) {
      const member = isInAcceptQueue(tcb) ? bySocket.get(tcb.listener) : undefined;
      if (member !== undefined) member.waiting += 1;
    }
  }

  isTaken(socket: SocketId): boolean {
    return isSocketTaken(this.#layer.tables, socket);
  }

  isPairTaken(local: SocketAddress, remote: SocketAddress): boolean {
    const { connections } = this.#layer.tables;
    return connections.between(local, remote) !== undefined;
  }

  isListenerInTheWay(local: SocketAddress, reusePort: boolean): boolean {
    return this.#layer.tables.listeners.conflicts(local, reusePort);
  }

  stack(): StackState {
    const { ports, proven, challenges } = this.#layer.tables;
    return {
      nextEphemeral: ports.next,
      challengeSecondMs: challenges.budget.secondStartMs,
      challengesLeft: challenges.budget.left,
      provenPeers: proven.list(),
    };
  }

  /** Merges the state of another stack's whole: the later port counter and the later second win. */
  restoreStack(state: StackState): void {
    const { ports, proven, challenges } = this.#layer.tables;
    ports.goOnFrom(state.nextEphemeral);
    for (const peer of state.provenPeers) proven.add(peer);
    if (state.challengeSecondMs <= challenges.budget.secondStartMs) return;
    challenges.budget.secondStartMs = state.challengeSecondMs;
    challenges.budget.left = state.challengesLeft;
  }

  #subjectOf(entry: TableEntry): HandoverSubject {
    const { kind, local, remote } = entry;
    const { shards } = this.#layer;
    const shard = shards.of(PROTOCOL_TCP, local.address, local.port, remote.address, remote.port);
    return { kind, socket: kind === 'connection' ? entry.socket : 0, local, remote, shard };
  }
}
