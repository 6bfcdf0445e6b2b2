import type { NetworkErrorIndication, NetworkSegmentIndication } from '@strata/network';
import { isParseError, TCP_ACK, TCP_RST, TCP_SYN, TcpSegment } from '@strata/wire';
import type { TransportContext } from '../context.ts';
import type { CloseReason, SocketId } from '../pdu.ts';
import { arrivesInSynSent } from './arrives-syn-sent.ts';
import { arrivesInSynchronized } from './arrives-synchronized.ts';
import { ChallengeLimit } from './challenge-limit.ts';
import { ConnectionTable } from './connection-table.ts';
import { DeadlineHeap } from './deadline-heap.ts';
import { sendBufferLimit } from './delivery.ts';
import type { TcpEnvironment } from './environment.ts';
import { takeSyn } from './handshake.ts';
import { applyIcmpError } from './icmp-error.ts';
import { type Listener, type ListenerMember, Listeners } from './listeners.ts';
import { newSocketId, openTcb } from './open.ts';
import { output, sendSyn } from './output.ts';
import { refuseSegment, resetConnection } from './reset.ts';
import { type ArrivedSegment, arrivedSegment } from './segment.ts';
import type { Tcb } from './tcb.ts';
import { arrivesInTimeWait, createTimeWait, type TimeWait } from './time-wait.ts';
import { nextDeadline, runTimers } from './timers.ts';

/**
 * All connections of a stack: takes segments, finds their connection, and keeps the tables and the timers. What the application asks is in
 * TcpRequests.
 */
export class TcpLayer {
  readonly env: TcpEnvironment;
  readonly listeners = new Listeners();
  readonly connections = new ConnectionTable<Tcb | TimeWait>();
  /** Connections that the application may still hear of. */
  readonly sockets = new Map<SocketId, Tcb>();
  readonly #context: TransportContext;
  readonly #shardOf: ShardOf;
  readonly #awake = new Set<Tcb>();
  readonly #timers = new DeadlineHeap<Tcb | TimeWait>(deadlineOf);
  readonly #challenges = new ChallengeLimit();
  #timeWaits = 0;

  constructor(context: TransportContext, shardOf: ShardOf) {
    this.#context = context;
    this.#shardOf = shardOf;
    this.env = {
      ...context,
      wake: (tcb) => this.#awake.add(tcb),
      close: (tcb, reason, detail) => this.#close(tcb, reason, detail),
      enterTimeWait: (tcb, nowMs) => this.#enterTimeWait(tcb, nowMs),
      finish: (tcb) => this.#finish(tcb),
      admit: (tcb) => this.#admit(tcb),
      refuse: (segment) => refuseSegment(context, segment),
      mayChallenge: (nowMs) => this.#challenges.take(context, nowMs),
    };
  }

  handleSegment(indication: NetworkSegmentIndication, nowMs: number): void {
    const { counters } = this.#context;
    counters.TcpInSegs += 1;
    const view = TcpSegment.parse(indication.segment);
    if (isParseError(view)) {
      counters.TcpInErrs += 1;
      return;
    }
    if (
      indication.checksum === 'complete' &&
      !view.hasValidChecksum(indication.source, indication.destination)
    ) {
      counters.TcpInErrs += 1;
      counters.TcpInCsumErrors += 1;
      return;
    }
    // RFC 9293 3.9.2.3, MUST-57: not to or from many.
    if (indication.cast !== 'unicast' || indication.destination >>> 28 === 14) return;
    this.#arrive(arrivedSegment(view, indication), nowMs);
  }

  handleError(indication: NetworkErrorIndication, nowMs: number): void {
    const { source, destination, quoted } = indication;
    if (quoted.byteLength < 8) return;
    const localPort = (quoted[0]! << 8) | quoted[1]!;
    const remotePort = (quoted[2]! << 8) | quoted[3]!;
    const found = this.connections.get(source, localPort, destination, remotePort);
    if (found === undefined || found.state === 'TIME-WAIT') return;
    applyIcmpError(this.env, found as Tcb, indication);
    this.#settle(found as Tcb, nowMs);
  }

  /** Runs what is due by `nowMs`. */
  handleTimeout(nowMs: number): void {
    for (;;) {
      const item = this.#timers.takeDue(nowMs);
      if (item === undefined) return;
      if (isTimeWait(item)) {
        if (item.deadlineMs <= nowMs) this.#endTimeWait(item);
        else this.#timers.schedule(item);
      } else {
        runTimers(this.env, item, nowMs);
        this.#settle(item, nowMs);
      }
    }
  }

  /** Lets the connections that something happened to send what they may. */
  flush(nowMs: number): void {
    for (const tcb of this.#awake) {
      this.#awake.delete(tcb);
      this.#settle(tcb, nowMs);
    }
  }

  nextDeadlineMs(): number {
    return this.#timers.nextMs();
  }

  /** Puts a new connection on the tables. */
  register(tcb: Tcb): void {
    this.connections.set(tcb);
    this.sockets.set(tcb.socket, tcb);
  }

  /** Called after something happened outside of a segment: sends and arms timers. */
  settle(tcb: Tcb, nowMs: number): void {
    this.#settle(tcb, nowMs);
  }

  #settle(tcb: Tcb, nowMs: number): void {
    output(this.env, tcb, nowMs);
    this.#finishIfTaken(tcb);
    if (tcb.state !== 'CLOSED') this.#timers.schedule(tcb);
  }

  #arrive(segment: ArrivedSegment, nowMs: number): void {
    const found = this.connections.get(
      segment.destination,
      segment.destinationPort,
      segment.source,
      segment.sourcePort,
    );
    if (found === undefined) return this.#arriveAtListener(segment, nowMs);
    if (isTimeWait(found)) return this.#arriveInTimeWait(found, segment, nowMs);
    if (found.state === 'SYN-SENT') arrivesInSynSent(this.env, found, segment, nowMs);
    else arrivesInSynchronized(this.env, found, segment, nowMs);
    this.#awake.add(found);
  }

  /** RFC 9293 3.10.7.2 (LISTEN) and 3.10.7.1 (CLOSED). */
  #arriveAtListener(segment: ArrivedSegment, nowMs: number): void {
    const { flags } = segment;
    const listener = this.listeners.find(segment.destination, segment.destinationPort);
    if (listener === undefined) return this.env.refuse(segment);
    if ((flags & TCP_RST) !== 0) return;
    if ((flags & TCP_ACK) !== 0) return this.env.refuse(segment);
    if ((flags & TCP_SYN) === 0) return;
    const member = this.#memberWithRoom(listener);
    if (member !== undefined) this.#answerSyn(listener, member, segment, nowMs);
  }

  #memberWithRoom(listener: Listener): ListenerMember | undefined {
    const { counters, sysctl } = this.#context;
    const notFull = this.listeners.choose(listener, (one) => one.waiting < one.backlog);
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

  #answerSyn(
    _listener: Listener,
    member: ListenerMember,
    segment: ArrivedSegment,
    nowMs: number,
  ): void {
    const local = { address: segment.destination, port: segment.destinationPort };
    const remote = { address: segment.source, port: segment.sourcePort };
    const socket = newSocketId(this.#context.random, this.#shardOf(local, remote), (id) =>
      this.isTaken(id),
    );
    const tcb = openTcb(
      this.#context,
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
    takeSyn(this.env, tcb, segment, nowMs);
    member.halfOpen += 1;
    this.register(tcb);
    sendSyn(this.env, tcb, TCP_SYN | TCP_ACK, nowMs);
    this.#timers.schedule(tcb);
  }

  /** Whether a socket has this id. */
  isTaken(socket: SocketId): boolean {
    return this.sockets.has(socket) || this.listeners.get(socket) !== undefined;
  }

  #admit(tcb: Tcb): boolean {
    const member = this.listeners.get(tcb.listener)?.member;
    if (member === undefined) return false;
    const { counters, sysctl } = this.#context;
    if (member.waiting >= member.backlog) {
      counters.ListenOverflows += 1;
      if (sysctl.tcp_abort_on_overflow !== 0) this.abort(tcb, 'overflow', 'the backlog is full');
      return false;
    }
    member.halfOpen -= 1;
    member.waiting += 1;
    counters.TcpPassiveOpens += 1;
    tcb.sendCreditOctets = sendBufferLimit(this.env, tcb);
    this.env.indicate({
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

  /** Sends RST and closes. */
  abort(tcb: Tcb, reason: CloseReason, detail: string): void {
    this.resetPeer(tcb);
    this.#close(tcb, reason, detail);
  }

  /** RST to the peer, where the state has one (RFC 9293 3.10.5). */
  resetPeer(tcb: Tcb): void {
    if (tcb.state === 'SYN-SENT' || tcb.state === 'CLOSED' || tcb.state === 'TIME-WAIT') return;
    resetConnection(this.#context, tcb);
  }

  #close(tcb: Tcb, reason: CloseReason, detail: string): void {
    if (tcb.state === 'CLOSED' && tcb.closeIndicated) return;
    this.#leaveQueues(tcb);
    tcb.state = 'CLOSED';
    this.connections.delete(tcb);
    this.#forget(tcb, reason, detail);
  }

  /** Takes a connection that was not accepted yet off the listener's counts. */
  #leaveQueues(tcb: Tcb): void {
    if (tcb.listener === 0 || tcb.accepted) return;
    const member = this.listeners.get(tcb.listener)?.member;
    if (member === undefined) return;
    if (tcb.state === 'SYN-RECEIVED') member.halfOpen -= 1;
    else if (tcb.state !== 'CLOSED') member.waiting -= 1;
  }

  #forget(tcb: Tcb, reason: CloseReason, detail: string): void {
    this.#timers.remove(tcb);
    this.#awake.delete(tcb);
    this.sockets.delete(tcb.socket);
    if (tcb.closeIndicated) return;
    tcb.closeIndicated = true;
    // A connection that never was offered is unknown to the application.
    if (tcb.listener !== 0 && tcb.sendCreditOctets === 0) return;
    this.env.indicate({
      kind: 'closed',
      socket: tcb.socket,
      endpoint: tcb.endpoint,
      reason,
      detail,
    });
  }

  #enterTimeWait(tcb: Tcb, nowMs: number): void {
    const { counters, sysctl } = this.#context;
    const wasWaiting = tcb.state === 'TIME-WAIT';
    if (wasWaiting) return;
    this.connections.delete(tcb);
    tcb.state = 'TIME-WAIT';
    stopTimers(tcb);
    if (this.#timeWaits >= sysctl.tcp_max_tw_buckets) counters.TCPTimeWaitOverflow += 1;
    else {
      const wait = createTimeWait(tcb, nowMs + sysctl.tcp_timewait_len);
      this.#timeWaits += 1;
      this.connections.set(wait);
      this.#timers.schedule(wait);
    }
    this.#finishIfTaken(tcb);
  }

  #endTimeWait(wait: TimeWait): void {
    this.#timers.remove(wait);
    this.connections.delete(wait);
    this.#timeWaits -= 1;
    this.#context.counters.TW += 1;
  }

  #finish(tcb: Tcb): void {
    this.connections.delete(tcb);
    tcb.state = 'TIME-WAIT';
    stopTimers(tcb);
    this.#finishIfTaken(tcb);
  }

  /** Once both sides are done and the application has all: the socket goes. */
  #finishIfTaken(tcb: Tcb): void {
    if (tcb.state !== 'TIME-WAIT' || tcb.closeIndicated) return;
    if (!tcb.orphaned && !tcb.endIndicated) return;
    this.#forget(tcb, 'finished', '');
    tcb.state = 'CLOSED';
  }

  #arriveInTimeWait(wait: TimeWait, segment: ArrivedSegment, nowMs: number): void {
    switch (arrivesInTimeWait(this.#context, wait, segment, nowMs)) {
      case 'end':
        return this.#endTimeWait(wait);
      case 'restart':
        wait.deadlineMs = nowMs + this.#context.sysctl.tcp_timewait_len;
        return;
      case 'reopen':
        if (this.listeners.find(segment.destination, segment.destinationPort) === undefined) return;
        this.#endTimeWait(wait);
        return this.#arriveAtListener(segment, nowMs);
      case 'stay':
        return;
    }
  }

  /** Connections in TIME-WAIT. */
  get timeWaits(): number {
    return this.#timeWaits;
  }
}

/** The shard that a connection's socket id carries: the same that network computes from its packets. */
export type ShardOf = (
  local: { readonly address: number; readonly port: number },
  remote: { readonly address: number; readonly port: number },
) => number;

function isTimeWait(entry: Tcb | TimeWait): entry is TimeWait {
  return 'deadlineMs' in entry;
}

function deadlineOf(item: Tcb | TimeWait): number {
  return isTimeWait(item) ? item.deadlineMs : nextDeadline(item);
}

function stopTimers(tcb: Tcb): void {
  tcb.deadlines = {
    retransmit: Infinity,
    persist: Infinity,
    delayedAck: Infinity,
    finWait2: Infinity,
  };
}
