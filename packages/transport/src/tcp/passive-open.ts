import { TCP_ACK, TCP_RST, TCP_SYN } from '@strata/wire';
import { sendBufferLimit } from './delivery.ts';
import type { TcpEnvironment } from './environment.ts';
import { takeSyn } from './handshake.ts';
import type { Listener, ListenerMember } from './listeners.ts';
import { newSocketId, openTcb, type ShardOf } from './open.ts';
import { sendSyn } from './output.ts';
import type { ArrivedSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';
import type { TcpTables } from './tcp-tables.ts';

/** Connections that peers open: from a SYN that reaches a listener to the offer to the application. */
export class PassiveOpen {
  readonly #env: TcpEnvironment;
  readonly #tables: TcpTables;
  readonly #shardOf: ShardOf;

  constructor(env: TcpEnvironment, tables: TcpTables, shardOf: ShardOf) {
    this.#env = env;
    this.#tables = tables;
    this.#shardOf = shardOf;
  }

  /** RFC 9293 3.10.7.2 (LISTEN) and 3.10.7.1 (CLOSED). */
  arrive(segment: ArrivedSegment, nowMs: number): void {
    const { flags } = segment;
    const listener = this.#tables.listeners.find(segment.destination, segment.destinationPort);
    if (listener === undefined) return this.#env.refuse(segment);
    if ((flags & TCP_RST) !== 0) return;
    if ((flags & TCP_ACK) !== 0) return this.#env.refuse(segment);
    if ((flags & TCP_SYN) === 0) return;
    const member = this.#memberWithRoom(listener);
    if (member !== undefined) this.#answerSyn(member, segment, nowMs);
  }

  #memberWithRoom(listener: Listener): ListenerMember | undefined {
    const { counters, sysctl } = this.#env;
    const { listeners } = this.#tables;
    const notFull = listeners.choose(listener, (one) => one.waiting < one.backlog);
    if (notFull === undefined) {
      counters.ListenOverflows += 1;
      counters.ListenDrops += 1;
      return undefined;
    }
    if (notFull.halfOpen >= sysctl.tcp_max_syn_backlog) {
      counters.TCPReqQFullDrop += 1;
      counters.ListenDrops += 1;
      return undefined;
    }
    return notFull;
  }

  #answerSyn(member: ListenerMember, segment: ArrivedSegment, nowMs: number): void {
    const tables = this.#tables;
    const local = { address: segment.destination, port: segment.destinationPort };
    const remote = { address: segment.source, port: segment.sourcePort };
    const socket = newSocketId(this.#env.random, this.#shardOf(local, remote), (id) =>
      tables.isTaken(id),
    );
    const tcb = openTcb(
      this.#env,
      {
        socket,
        endpoint: member.endpoint,
        listener: member.socket,
        local,
        remote,
        state: 'SYN-RECEIVED',
        options: { ...member.options },
      },
      nowMs,
    );
    takeSyn(this.#env, tcb, segment, nowMs);
    member.halfOpen += 1;
    tables.register(tcb);
    sendSyn(this.#env, tcb, TCP_SYN | TCP_ACK, nowMs);
    tables.timers.schedule(tcb);
  }

  /** A connection is ESTABLISHED: offers it. False where the accept queue is full: the ACK is as if it never came. */
  admit(tcb: Tcb): boolean {
    const member = this.#tables.listeners.get(tcb.listener)?.member;
    if (member === undefined) return false;
    const { counters, sysctl } = this.#env;
    if (member.waiting >= member.backlog) {
      counters.ListenOverflows += 1;
      if (sysctl.tcp_abort_on_overflow !== 0) {
        this.#env.abort(tcb, 'overflow', 'the backlog is full');
      }
      return false;
    }
    member.halfOpen -= 1;
    member.waiting += 1;
    counters.TcpPassiveOpens += 1;
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
    return true;
  }

  /** Takes a connection that was not accepted yet off the listener's counts. */
  leaveQueues(tcb: Tcb): void {
    if (tcb.listener === 0 || tcb.accepted) return;
    const member = this.#tables.listeners.get(tcb.listener)?.member;
    if (member === undefined) return;
    if (tcb.state === 'SYN-RECEIVED') member.halfOpen -= 1;
    else if (tcb.state !== 'CLOSED') member.waiting -= 1;
  }
}
