import type { NetworkErrorIndication, NetworkSegmentIndication } from '@strata/network';
import { flowKey, isMulticastIpv4, isParseError, TcpSegment } from '@strata/wire';
import type { TransportContext } from '../context.ts';
import { dropTcp } from '../outcomes.ts';
import { arrivesInSynSent } from './arrive/arrives-syn-sent.ts';
import { arrivesInSynchronized } from './arrive/arrives-synchronized.ts';
import { ChallengeLimit } from './arrive/challenge-limit.ts';
import { applyIcmpError } from './arrive/icmp-error.ts';
import { type ArrivedSegment, arrivedSegment } from './arrive/segment.ts';
import { ConnectionEnd } from './open-close/connection-end.ts';
import type { ConnectionTable } from './open-close/connection-table.ts';
import type { Listeners } from './open-close/listeners.ts';
import { PassiveOpen } from './open-close/passive-open.ts';
import { TimeWaits } from './open-close/time-wait.ts';
import { output } from './send/output.ts';
import { refuseSegment } from './send/reset.ts';
import type { SocketId } from './state/socket.ts';
import type { TableEntry } from './state/tables.ts';
import type { Tcb } from './state/tcb.ts';
import type { TcpContext } from './tcp-context.ts';
import { TcpTables } from './tcp-tables.ts';
import { runTimers } from './timers/run-timers.ts';

/** The parts of a {@link TcpLayer}. */
interface TcpParts {
  readonly tables: TcpTables;
  readonly passiveOpen: PassiveOpen;
  readonly timeWaits: TimeWaits;
  readonly end: ConnectionEnd;
  readonly challenges: ChallengeLimit;
}

/**
 * All TCP connections of a stack: delivers segments to their connection, and runs the timers.
 * PassiveOpen opens connections of listeners, TcpRequests serves the application, ConnectionEnd and
 * TimeWaits end connections.
 */
export class TcpLayer {
  readonly context: TcpContext;
  readonly #tables = new TcpTables();
  readonly #passiveOpen: PassiveOpen;
  readonly timeWaits: TimeWaits;
  readonly #end: ConnectionEnd;
  /** All parts that hold state, for a handover to another stack. */
  readonly parts: TcpParts;

  constructor(transport: TransportContext) {
    const challenges = new ChallengeLimit();
    const tables = this.#tables;
    this.context = {
      ...transport,
      wake: (tcb) => this.#wake(tcb),
      abort: (tcb, nowMs, reset, reason, detail) =>
        this.#end.abort(tcb, nowMs, reset, reason, detail),
      close: (tcb, on, reason, detail) => this.#end.close(tcb, on, reason, detail),
      enterTimeWait: (tcb, on, nowMs) => this.#end.enterTimeWait(tcb, on, nowMs),
      finish: (tcb, on) => this.#end.finish(tcb, on),
      offer: (tcb) => this.#passiveOpen.offer(tcb),
      refuse: (segment, reset) => refuseSegment(transport, segment, reset),
      mayChallenge: (nowMs) => challenges.take(transport, nowMs),
    };
    this.#passiveOpen = new PassiveOpen(this.context, tables);
    this.timeWaits = new TimeWaits(this.context, tables);
    this.#end = new ConnectionEnd(this.context, tables, this.#passiveOpen, this.timeWaits);
    const [passiveOpen, timeWaits, end] = [this.#passiveOpen, this.timeWaits, this.#end];
    this.parts = { tables, passiveOpen, timeWaits, end, challenges };
  }

  get listeners(): Listeners {
    return this.#tables.listeners;
  }

  get connections(): ConnectionTable<TableEntry> {
    return this.#tables.connections;
  }

  /** Connections that may still have indications for the application. */
  get sockets(): ReadonlyMap<SocketId, Tcb> {
    return this.#tables.sockets;
  }

  /** The application has closed the connection. */
  orphan(tcb: Tcb): void {
    this.#end.orphan(tcb);
  }

  get orphans(): number {
    return this.#end.orphans;
  }

  /** Whether a socket has this id. */
  isTaken(socket: SocketId): boolean {
    return this.#tables.isTaken(socket);
  }

  /** Removes the connection requests of a closing listener. */
  forgetRequests(listener: SocketId): void {
    this.#passiveOpen.forget(listener);
  }

  /** Adds a new connection to the tables. */
  register(tcb: Tcb): void {
    this.#tables.register(tcb);
  }

  handleSegment(indication: NetworkSegmentIndication, nowMs: number): void {
    const { counters } = this.context;
    counters.TcpInSegs += 1;
    const view = TcpSegment.parse(indication.segment);
    if (isParseError(view)) return dropTcp(this.context, 'PKT_TOO_SMALL');
    if (
      indication.checksum === 'complete' &&
      !view.hasValidChecksum(indication.source, indication.destination)
    ) {
      return dropTcp(this.context, 'TCP_CSUM');
    }
    // RFC 9293 3.9.2.3, MUST-57: drop segments to or from multicast and broadcast addresses.
    if (indication.cast !== 'unicast' || isMulticastIpv4(indication.destination)) {
      return dropTcp(this.context, 'strata/TCP_NOT_UNICAST');
    }
    this.#arrive(arrivedSegment(view, indication), nowMs);
  }

  handleError(indication: NetworkErrorIndication, nowMs: number): void {
    const { source, destination, quoted } = indication;
    if (quoted.byteLength < 8) return dropTcp(this.context, 'strata/ICMP_TOO_SHORT');
    const localPort = (quoted[0]! << 8) | quoted[1]!;
    const remotePort = (quoted[2]! << 8) | quoted[3]!;
    const found = this.connections.get(
      flowKey(source, localPort),
      flowKey(destination, remotePort),
    );
    if (found === undefined) return dropTcp(this.context, 'NO_SOCKET');
    if (found.kind === 'time-wait') return dropTcp(this.context, 'TCP_CLOSE');
    if (found.kind === 'request') return this.#passiveOpen.handleError(found, indication);
    this.#concern(found);
    applyIcmpError(this.context, found, indication, nowMs);
    this.#settle(found, nowMs);
  }

  /** Runs the timers that expire at or before `nowMs`. */
  handleTimeout(nowMs: number): void {
    const { timers } = this.#tables;
    // At most one timer run for each entry: an item that is due again at once waits for the next
    // call, so that it cannot delay the others.
    for (let left = timers.size; left > 0; left -= 1) {
      const item = timers.takeDue(nowMs);
      if (item === undefined) return;
      if (item.kind === 'time-wait') this.timeWaits.due(item, nowMs);
      else if (item.kind === 'request') this.#passiveOpen.queue.due(item, nowMs);
      else {
        runTimers(this.context, item, nowMs);
        this.#settle(item, nowMs);
      }
    }
  }

  /** Runs output() for the connections that had an event. */
  flush(nowMs: number): void {
    const { awake } = this.#tables;
    for (const tcb of awake) {
      awake.delete(tcb);
      const { outcomes } = this.context;
      if (outcomes.isOn) {
        outcomes.resume(tcb, nowMs);
        outcomes.concern(tcb.socket);
      }
      this.#settle(tcb, nowMs);
    }
  }

  nextDeadlineMs(): number {
    return this.#tables.timers.nextMs();
  }

  #settle(tcb: Tcb, nowMs: number): void {
    output(this.context, tcb, nowMs);
    this.#end.settle(tcb, nowMs);
    if (tcb.state !== 'CLOSED') this.#tables.timers.schedule(tcb);
  }

  #arrive(segment: ArrivedSegment, nowMs: number): void {
    const { source, sourcePort, destination, destinationPort } = segment;
    const found = this.connections.get(
      flowKey(destination, destinationPort),
      flowKey(source, sourcePort),
    );
    if (found === undefined) return this.#passiveOpen.arrive(segment, nowMs);
    if (found.kind === 'request') {
      return this.#passiveOpen.arriveOnRequest(found, segment, nowMs);
    }
    if (found.kind === 'time-wait') {
      const isNew = this.timeWaits.arrive(found, segment, nowMs);
      return isNew ? this.#passiveOpen.arrive(segment, nowMs, found.sndNxt) : undefined;
    }
    this.#concern(found);
    if (found.state === 'SYN-SENT') arrivesInSynSent(this.context, found, segment, nowMs);
    else arrivesInSynchronized(this.context, found, segment, nowMs);
    this.#wake(found);
  }

  #wake(tcb: Tcb): void {
    this.#tables.awake.add(tcb);
    const { outcomes } = this.context;
    if (outcomes.isOn) outcomes.keep(tcb);
  }

  /** Tells the observer which connection the segment concerns. */
  #concern(tcb: Tcb): void {
    const { outcomes } = this.context;
    if (outcomes.isOn) outcomes.concern(tcb.socket);
  }
}
