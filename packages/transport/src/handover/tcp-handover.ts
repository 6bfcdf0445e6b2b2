import { isUnspecified, PROTOCOL_TCP } from '@strata/wire';
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
import { CONNECTION } from './connection-fields.ts';
import { malformed } from './plain.ts';
import { inUse, type ProtocolHandover } from './protocol-handover.ts';
import type { HandoverRecord, HandoverSubject } from './record.ts';
import { CONNECTION_REQUEST, LISTENER, STACK, type StackState, TIME_WAIT } from './table-fields.ts';
import { read, write } from './walk.ts';

/** A listener with only its chosen members. */
interface ChosenListener {
  readonly kind: 'listener';
  readonly state: Listener;
}

type Chosen = ChosenListener | TableEntry;

/** How TCP's objects are carried. */
export function tcpHandover(tcp: TcpLayer): ProtocolHandover {
  return {
    choose: (which) =>
      (typeof which === 'number' ? ofSocket(tcp, which) : where(tcp, which)).map((chosen) => ({
        record: (nowMs) => recordOf(chosen, nowMs),
        release: () => release(tcp, chosen),
      })),
    stack: (nowMs) => write(STACK, stackOf(tcp), nowMs),
    takers: takersOf(tcp),
    isTaken: (socket) => isSocketTaken(tcp.tables, socket),
  };
}

function recordOf(chosen: Chosen, nowMs: number): Omit<HandoverRecord, 'version'> {
  switch (chosen.kind) {
    case 'connection':
      return { connection: write(CONNECTION, chosen, nowMs) };
    case 'request':
      return { request: write(CONNECTION_REQUEST, chosen, nowMs) };
    case 'time-wait':
      return { timeWait: write(TIME_WAIT, chosen, nowMs) };
    case 'listener':
      return { listener: write(LISTENER, chosen.state, nowMs) };
  }
}

function takersOf(tcp: TcpLayer): ProtocolHandover['takers'] {
  const { connections, listeners } = tcp.tables;
  const checkPair = (local: SocketAddress, remote: SocketAddress) => {
    if (connections.between(local, remote) !== undefined) throw inUse(local);
  };
  return {
    connection(message, baseMs, checks) {
      const tcb = read(CONNECTION, message, baseMs);
      checks.socket(tcb.socket);
      checks.own(tcb.local);
      if (tcb.state === 'LISTEN') throw malformed('a connection in LISTEN');
      if (tcb.state !== 'TIME-WAIT' && tcb.state !== 'CLOSED') checkPair(tcb.local, tcb.remote);
      restoreConnection(tcp, tcb);
    },
    request(message, baseMs, checks) {
      const request = read(CONNECTION_REQUEST, message, baseMs);
      checks.own(request.local);
      checkPair(request.local, request.remote);
      restoreRequest(tcp, request);
    },
    timeWait(message, baseMs, checks) {
      const wait = read(TIME_WAIT, message, baseMs);
      checks.own(wait.local);
      checkPair(wait.local, wait.remote);
      restoreTimeWait(tcp, wait);
    },
    listener(message, baseMs, checks) {
      const listener = read(LISTENER, message, baseMs);
      const { local, reusePort, members } = listener;
      if (members.length === 0) throw malformed('a listener without a member');
      for (const { socket } of members) checks.socket(socket);
      if (!isUnspecified(local.address)) checks.own(local);
      if (listeners.conflicts(local, reusePort)) throw inUse(local);
      restoreListener(tcp, listener);
    },
    stack: (message, baseMs) => restoreStack(tcp, read(STACK, message, baseMs)),
  };
}

/**
 * The objects of a socket id: a connection, also with its TIME-WAIT record, or a listener with
 * its SYN queue and its accept queue.
 */
function ofSocket(tcp: TcpLayer, socket: SocketId): Chosen[] {
  const { tables } = tcp;
  const tcb = tables.sockets.get(socket);
  if (tcb !== undefined) return [tcb, ...timeWaitOf(tcp, tcb)];
  const found = tables.listeners.get(socket);
  if (found === undefined) return [];
  const state = { ...found.listener, members: [found.member], next: 0 };
  const queued = [...tables.connections].filter(
    (entry) => entry.kind === 'request' && entry.listener === socket,
  );
  const waiting = [...tables.sockets.values()].filter(
    (one) => one.listener === socket && !one.accepted,
  );
  const left = waiting.flatMap((one) => [one, ...timeWaitOf(tcp, one)]);
  return [{ kind: 'listener', state }, ...queued, ...left];
}

/** The TIME-WAIT record of a connection whose application has not taken everything yet. */
function timeWaitOf(tcp: TcpLayer, { state, local, remote }: Tcb): TimeWait[] {
  if (state !== 'TIME-WAIT') return [];
  const { connections } = tcp.tables;
  const entry = connections.between(local, remote);
  return entry?.kind === 'time-wait' ? [entry] : [];
}

/** All chosen objects, listeners first. */
function where(tcp: TcpLayer, isMeant: (subject: HandoverSubject) => boolean): Chosen[] {
  const { tables } = tcp;
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
  for (const tcb of tables.sockets.values()) if (isMeant(subjectOf(tcp, tcb))) chosen.push(tcb);
  for (const entry of tables.connections) {
    if (entry.kind !== 'connection' && isMeant(subjectOf(tcp, entry))) chosen.push(entry);
  }
  return chosen;
}

function subjectOf(tcp: TcpLayer, entry: TableEntry): HandoverSubject {
  const { kind, local, remote } = entry;
  const { shards } = tcp;
  const shard = shards.of(PROTOCOL_TCP, local.address, local.port, remote.address, remote.port);
  return { kind, socket: kind === 'connection' ? entry.socket : 0, local, remote, shard };
}

/** Removes an object, without a segment or an indication. */
function release(tcp: TcpLayer, chosen: Chosen): void {
  if (chosen.kind === 'connection') releaseConnection(tcp, chosen);
  else if (chosen.kind === 'request') removeRequest(tcp, chosen);
  else if (chosen.kind === 'time-wait') forgetTimeWait(tcp, chosen);
  else for (const { socket } of chosen.state.members) tcp.tables.listeners.remove(socket);
}

/**
 * Requests and connections may have been added before their listener: its counts include them.
 */
function restoreListener(tcp: TcpLayer, listener: Listener): void {
  const { local, reusePort, members, next, cookieSentMs } = listener;
  const { tables } = tcp;
  const isNew = !tables.listeners.isListeningOn(local);
  for (const member of members) tables.listeners.add(local, reusePort, member);
  const restored = tables.listeners.at(local)!;
  if (isNew) restored.next = next;
  restored.cookieSentMs = Math.max(restored.cookieSentMs, cookieSentMs);
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

function stackOf(tcp: TcpLayer): StackState {
  const { ports, proven, challenges } = tcp.tables;
  return {
    nextEphemeral: ports.next,
    challengeSecondMs: challenges.budget.secondStartMs,
    challengesLeft: challenges.budget.left,
    provenPeers: proven.list(),
  };
}

/** Merges the state of another stack's whole: the later port counter and the later second win. */
function restoreStack(tcp: TcpLayer, state: StackState): void {
  const { ports, proven, challenges } = tcp.tables;
  ports.goOnFrom(state.nextEphemeral);
  for (const peer of state.provenPeers) proven.add(peer);
  if (state.challengeSecondMs <= challenges.budget.secondStartMs) return;
  challenges.budget.secondStartMs = state.challengeSecondMs;
  challenges.budget.left = state.challengesLeft;
}
