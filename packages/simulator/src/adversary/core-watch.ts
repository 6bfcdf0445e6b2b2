import { type NetworkRequest, wholeRequest } from '@strata/network';
import type { SocketId, Tcb, TcpState, TransportCore } from '@strata/transport';
import { PROTOCOL_TCP, TCP_ACK, TCP_RST, TCP_SYN, type TcpSegment } from '@strata/wire';
import { segmentText } from '../segment-text.ts';
import {
  type Before,
  connectionFault,
  controlFault,
  parseEmitted,
  windowEdge,
} from './emitted-faults.ts';
import { FlowBook, keyOf } from './flow-book.ts';
import { type HostileApplication, InvariantError } from './hostile-application.ts';
import { mayBecome, tcbFaults } from './tcb-faults.ts';

/** Checks a core's connections, timers, sockets and segments after each input. */

/** Timeouts that the core may ask for at the same instant. More counts as an endless loop. */
const TIMEOUTS_PER_INSTANT = 8;

/**
 * Segments without data that one input may cause for each connection. More would amplify an attack.
 */
const BARE_SEGMENTS_PER_INPUT = 3;

function beforeOf(tcb: Tcb, sndNxt: number): Before {
  const { sndMss, probes } = tcb;
  return { sndNxt, sndMss, isProbing: probes > 0, batchEdge: undefined };
}

/** Checks a core's invariants. Call {@link CoreWatch.settle} after each input. */
export class CoreWatch {
  readonly core: TransportCore;
  readonly application: HostileApplication;
  readonly flows = new FlowBook();
  /** The events so far, one line each. */
  readonly lines: string[] = [];
  readonly #states = new Map<SocketId, TcpState>();
  readonly #largestBuffers = new Map<SocketId, number>();
  #before = new Map<SocketId, Before>();
  /** The virtual clock. */
  nowMs: number;

  constructor(core: TransportCore, application: HostileApplication, startMs: number) {
    this.core = core;
    this.application = application;
    this.nowMs = startMs;
  }

  /** The connections by their addresses, without those in TIME-WAIT and CLOSED. */
  connections(): Map<string, Tcb> {
    const found = new Map<string, Tcb>();
    for (const tcb of this.core.connections()) {
      if (tcb.state === 'TIME-WAIT' || tcb.state === 'CLOSED') continue;
      found.set(keyOf(tcb.local, tcb.remote), tcb);
    }
    return found;
  }

  /**
   * Polls all output of the core, and checks the output and the core. `inputs`: number of inputs
   * since the last call. Throws {@link InvariantError}.
   */
  settle(inputs = 1): void {
    const { core } = this;
    // The core makes the segments that it owes at the first poll, so poll network requests first.
    const requests: NetworkRequest[] = [];
    for (let sent = core.pollNetworkRequest(); sent; sent = core.pollNetworkRequest()) {
      requests.push(wholeRequest(sent));
    }
    const connections = this.connections();
    const bare = new Map<string, number>();
    for (const request of requests) this.#checkRequest(request, connections, bare);
    for (const [key, count] of bare) {
      const bound = BARE_SEGMENTS_PER_INPUT * inputs;
      if (count > bound) this.#fail(`${count} segments without data after ${inputs} inputs`, key);
    }
    for (let told = core.pollIndication(); told; told = core.pollIndication()) {
      const detail = told.kind === 'closed' ? ` ${told.reason} ${told.detail}` : '';
      this.lines.push(`    told ${told.socket} ${told.kind}${detail}`);
      this.application.take(told);
    }
    this.#checkConnections();
    this.#checkDeadline();
    this.#checkListeners();
  }

  /** Call it between the inputs of a batch, which are not settled one by one. */
  noteBatched(): void {
    for (const tcb of this.core.connections()) {
      const before = this.#before.get(tcb.socket);
      if (before === undefined) continue;
      const edge = windowEdge(tcb);
      const isFarther = before.batchEdge === undefined || ((edge - before.batchEdge) | 0) > 0;
      if (isFarther) before.batchEdge = edge;
    }
  }

  /** Moves the clock to `endMs`, and runs each timer at its time. */
  advanceTo(endMs: number): void {
    for (let turns = 0; this.core.nextDeadlineMs() <= endMs; turns += 1) {
      if (turns > 20_000) this.#fail('timers never come to rest');
      this.nowMs = Math.max(this.nowMs, this.core.nextDeadlineMs());
      this.runTimers();
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  /** Runs the timers that are due now, until none is due. */
  runTimers(): void {
    for (let turns = 0; this.core.nextDeadlineMs() <= this.nowMs; turns += 1) {
      if (turns > TIMEOUTS_PER_INSTANT) this.#fail(`a timer is due again and again`);
      const connections = this.core.sockets().length;
      this.core.handleTimeout(this.nowMs);
      this.settle(1 + connections);
    }
  }

  /** Checks that no socket, connection or timer is left. */
  checkNothingLeft(): void {
    const left = this.core.sockets().map(({ state, socket }) => `${state} ${socket}`);
    if (left.length > 0) this.#fail(`sockets are left: ${left.join(', ')}`);
    const open = this.application.sockets.map(({ kind, socket }) => `${kind} ${socket}`);
    if (open.length > 0) this.#fail(`sockets never were closed: ${open.join(', ')}`);
    if (this.core.nextDeadlineMs() !== Infinity) this.#fail('a timer is left');
    if ([...this.core.connections()].length > 0) this.#fail('connections are left');
  }

  #checkRequest(
    request: NetworkRequest,
    connections: ReadonlyMap<string, Tcb>,
    bare: Map<string, number>,
  ): void {
    if (request.kind !== 'send' || request.protocol !== PROTOCOL_TCP) return;
    const segment = parseEmitted(request);
    if (typeof segment === 'string') return this.#fail(`a segment was sent: ${segment}`);
    const local = { address: request.source, port: segment.sourcePort };
    const remote = { address: request.destination, port: segment.destinationPort };
    const key = keyOf(local, remote);
    const tcb = connections.get(key);
    this.flows.note(local, remote, segment);
    const { iss = 0, irs = 0 } = tcb ?? {};
    this.lines.push(`    sent ${key} ${segmentText(segment, iss, irs)}`);
    const control = controlFault(segment);
    if (control !== undefined) this.#fail(`a segment was sent with ${control}`, key);
    if (segment.payload.byteLength === 0) bare.set(key, (bare.get(key) ?? 0) + 1);
    if (tcb === undefined) return;
    const isItsSyn = (segment.flags & TCP_SYN) !== 0 && segment.sequence === tcb.iss;
    // For a connection that is new in this batch, segments before its SYN belong to an earlier
    // connection.
    if (!this.#before.has(tcb.socket) && !isItsSyn) return;
    // Several SYN cookies may be out, and one of them came back.
    const isSyn = (segment.flags & TCP_SYN) !== 0;
    if (isSyn && !isItsSyn && this.#mayBeCookie(tcb)) return;
    const before = this.#before.get(tcb.socket) ?? beforeOf(tcb, tcb.iss);
    this.#before.set(tcb.socket, before);
    const fault = connectionFault(tcb, segment, request, before);
    if (fault !== undefined) this.#fail(`a segment was sent: ${fault}`, key);
    this.#checkEdge(tcb, segment, key);
    this.#checkOctets(tcb, segment, key);
  }

  #mayBeCookie(tcb: Tcb): boolean {
    return tcb.listener !== 0 && this.core.sysctl.tcp_syncookies !== 0;
  }

  get #mayShrink(): boolean {
    return this.core.sysctl.tcp_shrink_window !== 0;
  }

  #checkEdge(tcb: Tcb, segment: TcpSegment, key: string): void {
    if ((segment.flags & (TCP_RST | TCP_SYN)) !== 0 || (segment.flags & TCP_ACK) === 0) return;
    const edge = (segment.acknowledgment + segment.window * 2 ** tcb.rcvWndShift) >>> 0;
    const back = this.flows.noteEdge(tcb, edge);
    // The shift may round the edge down (RFC 7323 2.4).
    if (!this.#mayShrink && ((edge - tcb.rcvAdv) | 0) > 0) {
      this.#fail('a segment announces more than the edge that is noted', key);
    }
    if (!this.#mayShrink && back >= 2 ** tcb.rcvWndShift)
      this.#fail(`the window's edge moved back by ${back}`, key);
    // A SYN cookie does not encode the shift that it offered, and the listener's options may have
    // changed since.
    const offered = this.#mayBeCookie(tcb) ? undefined : this.flows.shiftOf(tcb);
    if (tcb.windowScalingOn && offered !== undefined && offered !== tcb.rcvWndShift) {
      this.#fail(`the window is shifted by ${tcb.rcvWndShift}, ${offered} was offered`, key);
    }
  }

  /**
   * Checks that the segment's octets are those that the application wrote at that offset, in
   * retransmissions too.
   */
  #checkOctets(tcb: Tcb, segment: TcpSegment, key: string): void {
    const { payload } = segment;
    if (payload.byteLength === 0) return;
    const offset = (segment.sequence - tcb.iss - 1) >>> 0;
    const expected = this.application.octetsOf(tcb.socket, offset, payload.byteLength);
    for (let i = 0; i < expected.byteLength; i += 1) {
      if (payload[i] === expected[i]) continue;
      this.#fail(`octet ${offset + i} of the stream was sent as ${payload[i]}`, key);
    }
  }

  #checkConnections(): void {
    const before = new Map<SocketId, Before>();
    const seen = new Set<SocketId>();
    for (const tcb of this.core.connections()) {
      const key = keyOf(tcb.local, tcb.remote);
      seen.add(tcb.socket);
      before.set(tcb.socket, beforeOf(tcb, tcb.sndNxt));
      const from = this.#states.get(tcb.socket);
      if (from !== undefined && from !== tcb.state) {
        this.lines.push(`    ${key} ${from} -> ${tcb.state}`);
        if (!mayBecome(from, tcb.state)) this.#fail(`${from} became ${tcb.state}`, key);
      }
      this.#states.set(tcb.socket, tcb.state);
      const faults = tcbFaults(tcb, this.#mayShrink);
      this.#checkMemory(tcb, key);
      if (faults.length > 0) this.#fail(`${tcb.state}: ${faults.join('; ')}`, key);
    }
    for (const socket of this.#states.keys()) if (!seen.has(socket)) this.#states.delete(socket);
    this.#before = before;
  }

  /**
   * Checks the octets held. The peer can send what was announced: at most the largest buffer so
   * far, and a rounding.
   */
  #checkMemory(tcb: Tcb, key: string): void {
    const { socket, receive, rcvBufferOctets, rcvWndShift } = tcb;
    const largest = Math.max(this.#largestBuffers.get(socket) ?? 0, rcvBufferOctets);
    this.#largestBuffers.set(socket, largest);
    const held = receive.inOrderOctets + receive.outOfOrderOctets;
    const bound = largest + 2 ** rcvWndShift;
    if (held > bound) this.#fail(`${held} octets are held in a buffer of ${largest}`, key);
    if (receive.outOfOrder.length > 4096) {
      this.#fail(`${receive.outOfOrder.length} blocks lie beyond holes`, key);
    }
  }

  #checkDeadline(): void {
    const next = this.core.nextDeadlineMs();
    if (Number.isNaN(next)) this.#fail('the next deadline is NaN');
    for (const { socket, deadlines } of this.core.connections()) {
      const own = Math.min(...Object.values(deadlines));
      if (own < next) this.#fail(`${socket} has a timer at ${own}, the core wakes at ${next}`);
    }
  }

  /** Checks each listener's count of connections in its backlog. */
  #checkListeners(): void {
    const waiting = new Map<SocketId, number>();
    for (const { listener, accepted, state } of this.core.connections()) {
      if (listener === 0 || accepted || state === 'SYN-RECEIVED') continue;
      waiting.set(listener, (waiting.get(listener) ?? 0) + 1);
    }
    for (const { state, socket, receiveQueueOctets, sendQueueOctets } of this.core.sockets()) {
      if (state !== 'LISTEN') continue;
      const count = waiting.get(socket) ?? 0;
      if (receiveQueueOctets !== count) {
        this.#fail(`listener ${socket} counts ${receiveQueueOctets} waiting, there are ${count}`);
      }
      // One more than the backlog may wait, as Linux's sk_acceptq_is_full() counts.
      if (count > sendQueueOctets + 1) {
        this.#fail(`${count} connections wait on a backlog of ${sendQueueOctets}`);
      }
    }
  }

  #fail(what: string, key?: string): never {
    throw new InvariantError(key === undefined ? what : `${key}: ${what}`);
  }
}
