import type { NetworkErrorIndication } from '@strata/network';
import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_FRAGMENTATION_NEEDED,
  readUint32,
  TCP_ACK,
  TCP_RST,
  TCP_SYN,
} from '@strata/wire';
import { timestampOffset } from '../../isn.ts';
import { checkHalfOpen } from '../arrive/arrives-request.ts';
import { arrivesInSynchronized } from '../arrive/arrives-synchronized.ts';
import { mayAnswerInvalid } from '../arrive/challenge-limit.ts';
import { sendBufferLimit } from '../arrive/hand-up.ts';
import type { ArrivedSegment } from '../arrive/segment.ts';
import type { HalfOpen } from '../state/connection-request.ts';
import type { Listener, ListenerMember } from '../state/listener.ts';
import type { SocketId } from '../state/socket.ts';
import type { Tcb } from '../state/tcb.ts';
import type { TcpEnvironment } from '../tcp-context.ts';
import type { TcpTables } from '../tcp-tables.ts';
import { acknowledgeHalfOpen, createHalfOpen } from './connection-request.ts';
import { agreedSyn } from './handshake.ts';
import { dropsSynInQuiet, firstSequence, newSocketId, openHalfOpen, type ShardOf } from './open.ts';
import { ProvenPeers } from './proven-peers.ts';
import { connectionOfCookie, sendCookie } from './syn-cookies.ts';
import { SynQueue } from './syn-queue.ts';

/** Connections that peers open: from a SYN that reaches a listener, by the SYN queue or a cookie, to the accept queue. */
export class PassiveOpen {
  readonly queue: SynQueue;
  readonly #env: TcpEnvironment;
  readonly #tables: TcpTables;
  readonly #shardOf: ShardOf;
  readonly #proven = new ProvenPeers();

  constructor(env: TcpEnvironment, tables: TcpTables, shardOf: ShardOf) {
    this.queue = new SynQueue(env, tables);
    this.#env = env;
    this.#tables = tables;
    this.#shardOf = shardOf;
  }

  /**
   * RFC 9293 3.10.7.2 (LISTEN) and 3.10.7.1 (CLOSED). `beyond`: SND.NXT of the connection in TIME-WAIT that the SYN takes the place of; the
   * new one starts beyond it.
   */
  arrive(segment: ArrivedSegment, nowMs: number, beyond?: number): void {
    const { flags } = segment;
    const listener = this.#tables.listeners.find(segment.destination, segment.destinationPort);
    if (listener === undefined) return this.#env.refuse(segment);
    if ((flags & TCP_RST) !== 0) return;
    if ((flags & TCP_ACK) !== 0) return this.#arriveWithAck(listener, segment, nowMs);
    if ((flags & TCP_SYN) === 0) return;
    if (dropsSynInQuiet(this.#env, nowMs)) return;
    const member = this.#memberWithRoom(listener);
    if (member === undefined) return;
    if (beyond === undefined && this.#wantsCookie(member)) {
      if (this.#env.sysctl.tcp_syncookies === 0) return this.#dropSyn();
      return sendCookie(this.#env, listener, member, segment, nowMs);
    }
    if (beyond === undefined && this.#isKeptForProven(member, segment)) return this.#dropSyn();
    this.#answerSyn(member, segment, beyond, nowMs);
  }

  #dropSyn(): void {
    this.#env.counters.ListenDrops += 1;
  }

  #memberWithRoom(listener: Listener): ListenerMember | undefined {
    const { counters } = this.#env;
    const member = this.#tables.listeners.choose(listener, hasRoom);
    if (member !== undefined) return member;
    counters.ListenOverflows += 1;
    this.#dropSyn();
    return undefined;
  }

  /** Whether nothing is to be kept of this SYN; counts why. */
  #wantsCookie(member: ListenerMember): boolean {
    const { counters, sysctl } = this.#env;
    if (sysctl.tcp_syncookies !== 2 && !this.queue.isFull(member)) return false;
    if (sysctl.tcp_syncookies === 0) counters.TCPReqQFullDrop += 1;
    else counters.TCPReqQFullDoCookies += 1;
    return true;
  }

  #isKeptForProven(member: ListenerMember, { source }: ArrivedSegment): boolean {
    if (this.#env.sysctl.tcp_syncookies !== 0 || !this.queue.isNearlyFull(member)) return false;
    return !this.#proven.has(source);
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
      iss: firstSequence(this.#env.secret, local, remote, beyond, nowMs),
      timestampOffset: timestampOffset(this.#env.secret, local.address, remote.address),
      syn: agreedSyn(this.#env.sysctl, segment),
      options: member.options,
    };
    this.queue.add(member, createHalfOpen(this.#env, seed, nowMs), nowMs);
  }

  /** In LISTEN an ACK is answered by RST, unless it brings a cookie back. */
  #arriveWithAck(listener: Listener, segment: ArrivedSegment, nowMs: number): void {
    const member = this.#tables.listeners.choose(listener, hasRoom) ?? listener.members[0]!;
    const isSyn = (segment.flags & TCP_SYN) !== 0;
    const halfOpen = isSyn
      ? undefined
      : connectionOfCookie(this.#env, listener, member, segment, nowMs);
    if (halfOpen === undefined) return this.#env.refuse(segment);
    // Where it overflows all is forgotten again; the peer's data brings the cookie once more.
    if (hasRoom(member)) this.#complete(member, halfOpen, segment, nowMs);
    else this.#countOverflow();
  }

  #countOverflow(): void {
    this.#env.counters.ListenOverflows += 1;
    this.#dropSyn();
  }

  /** A segment arrives for a connection of the SYN queue. */
  arriveHalfOpen(halfOpen: HalfOpen, segment: ArrivedSegment, nowMs: number): void {
    const env = this.#env;
    switch (checkHalfOpen(env, halfOpen, segment, nowMs)) {
      case 'complete':
        return this.#leaveQueue(halfOpen, segment, nowMs);
      case 'repeat':
        if (!mayAnswerInvalid(env, halfOpen, 'TCPACKSkippedSynRecv', nowMs)) return;
        return this.queue.repeat(halfOpen, nowMs);
      case 'acknowledge':
        if (!mayAnswerInvalid(env, halfOpen, 'TCPACKSkippedSynRecv', nowMs)) return;
        return acknowledgeHalfOpen(env, halfOpen, this.queue.optionsOf(halfOpen), nowMs);
      case 'challenge':
        return this.#challenge(halfOpen, nowMs);
      case 'refuse':
        return env.refuse(segment);
      case 'end':
        return this.#end(halfOpen);
      case 'drop':
        return;
    }
  }

  #challenge(halfOpen: HalfOpen, nowMs: number): void {
    const env = this.#env;
    if (!mayAnswerInvalid(env, halfOpen, 'TCPACKSkippedChallenge', nowMs)) return;
    if (!env.mayChallenge(nowMs)) return;
    env.counters.TCPChallengeACK += 1;
    acknowledgeHalfOpen(env, halfOpen, this.queue.optionsOf(halfOpen), nowMs);
  }

  /** Back to LISTEN: the listener is another object, this one goes. */
  #end(halfOpen: HalfOpen): void {
    this.#env.counters.TcpAttemptFails += 1;
    this.#env.counters.EmbryonicRsts += 1;
    this.queue.remove(halfOpen);
  }

  /** The last ACK of the handshake: into the accept queue, where that has room. */
  #leaveQueue(halfOpen: HalfOpen, segment: ArrivedSegment, nowMs: number): void {
    const member = this.#tables.listeners.get(halfOpen.listener)?.member;
    if (member === undefined) return;
    if (hasRoom(member)) {
      this.queue.remove(halfOpen);
      return this.#complete(member, halfOpen, segment, nowMs);
    }
    // The ACK is as if it had never come: SYN,ACK goes out again, and the peer's next segment is the next trial.
    this.#countOverflow();
    if (this.#env.sysctl.tcp_abort_on_overflow === 0) return;
    this.#env.refuse(segment);
    this.#end(halfOpen);
  }

  #complete(
    member: ListenerMember,
    halfOpen: HalfOpen,
    segment: ArrivedSegment,
    nowMs: number,
  ): void {
    const tables = this.#tables;
    const { local, remote } = halfOpen;
    const socket = newSocketId(this.#env.random, this.#shardOf(local, remote), (id) =>
      tables.isTaken(id),
    );
    const tcb = openHalfOpen(this.#env, halfOpen, socket, member, nowMs);
    this.#proven.add(remote.address);
    tables.register(tcb);
    arrivesInSynchronized(this.#env, tcb, segment, nowMs);
    this.#env.wake(tcb);
  }

  /** A connection is ESTABLISHED: offers it. */
  offer(tcb: Tcb): void {
    const member = this.#tables.listeners.get(tcb.listener)?.member;
    if (member !== undefined) member.waiting += 1;
    this.#env.counters.TcpPassiveOpens += 1;
    tcb.sendCreditOctets = sendBufferLimit(this.#env, tcb);
    this.#env.indicate({
      kind: 'offer',
      socket: tcb.socket,
      endpoint: tcb.endpoint,
      listener: tcb.listener,
      local: tcb.local,
      remote: tcb.remote,
      sendCreditOctets: tcb.sendCreditOctets,
    });
  }

  /** Takes a connection that was not accepted yet off the listener's count. */
  leaveAcceptQueue(tcb: Tcb): void {
    if (tcb.listener === 0 || tcb.accepted) return;
    // Before SYN-RECEIVED is over it is not in; one that is done on the wire still waits for accept.
    if (tcb.state === 'SYN-RECEIVED') return;
    const member = this.#tables.listeners.get(tcb.listener)?.member;
    if (member !== undefined) member.waiting -= 1;
  }

  /** The listener goes: so do its half-open connections, as in Linux without a word. What still comes for them is answered by RST. */
  forget(listener: SocketId): void {
    for (const entry of this.#tables.connections) {
      if (entry.kind === 'half-open' && entry.listener === listener) this.queue.remove(entry);
    }
  }

  /** An ICMP error about SYN,ACK: believed where it quotes its very number (RFC 5927 4.1), it ends the connection. */
  handleError(halfOpen: HalfOpen, error: NetworkErrorIndication): void {
    const { counters } = this.#env;
    if (readUint32(error.quoted, 4) !== halfOpen.iss) {
      counters.OutOfWindowIcmps += 1;
      return;
    }
    if (error.type !== ICMP_DESTINATION_UNREACHABLE) return;
    if (error.code === ICMP_FRAGMENTATION_NEEDED) return;
    counters.TcpAttemptFails += 1;
    this.queue.remove(halfOpen);
  }
}

/** Whether the accept queue takes one more. */
function hasRoom({ waiting, backlog }: ListenerMember): boolean {
  return waiting < backlog;
}
