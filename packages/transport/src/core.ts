import type { NetworkIndication, NetworkRequest } from '@strata/network';
import {
  type Allocate,
  allocateWithHeadroom,
  Fifo,
  type Outcome,
  OutcomeLog,
  readUint16,
} from '@strata/wire';
import { type LocalAddress, LocalAddresses } from './addresses.ts';
import type { TransportContext, TransportPdu } from './context.ts';
import { createTransportCounters, type TransportCounters } from './counters.ts';
import { Handover } from './handover/handover.ts';
import type { HandoverRecord, HandoverResult, HandoverSelection } from './handover/record.ts';
import { TcpHandover } from './handover/tcp-handover.ts';
import { dropOther } from './outcomes.ts';
import type { TransportIndication, TransportRequest } from './pdu.ts';
import { EphemeralPorts } from './ports.ts';
import type { TransportProtocol } from './protocol.ts';
import { type ShardOf, Shards } from './shards.ts';
import type { SocketFilter, SocketInfo } from './socket-info.ts';
import { defaultTransportSysctl, type TransportSysctl } from './sysctl.ts';
import type { Tcb } from './tcp/state/tcb.ts';
import { TcpLayer } from './tcp/tcp-layer.ts';
import { tcpProtocol } from './tcp/tcp-protocol.ts';
import { TcpRequests } from './tcp/tcp-requests.ts';
import { udpProtocol } from './udp/udp-protocol.ts';
import { UdpTable } from './udp/udp-table.ts';

/** What a transport core is made of. */
export interface TransportConfig {
  /** The stack's own addresses, the default one first. 127.0.0.0/8 is always its own. */
  readonly addresses: readonly LocalAddress[];
  /** Knobs that differ from Linux's defaults. */
  readonly sysctl?: Partial<TransportSysctl> | undefined;
  /**
   * 16 octets that nobody else knows, from a good source: what cannot be guessed depends on it (RFC
   * 6528).
   */
  readonly secret: Uint8Array;
  /**
   * When the stack began, on the clock of `nowMs`, which never is before it. Default 0, where that
   * clock began. `tcp_quiet_time`, initial sequence numbers, timestamps and SYN cookies count from
   * then: all replicas of a stack have to name the same moment, each on its own clock, as they have
   * to have the same `secret`.
   */
  readonly startedAtMs?: number | undefined;
  /**
   * Octets of a segment's data at most, 1 to 65,160: more than one MSS makes super-segments.
   * Default 16,384.
   */
  readonly maxPduOctets?: number | undefined;
  /**
   * The shard, 0 to 63, of a flow: the same that network computes from its packets. The socket id
   * of a connection carries it, and the port of a connect is chosen to suit it. Default: always 0.
   */
  readonly shardOf?: ShardOf | undefined;
}

const DEFAULT_MAX_PDU_OCTETS = 16384;

/**
 * Transport: TCP (RFC 9293) and UDP (RFC 768), without I/O, clock or randomness of its own.
 *
 * Order of calls: any number of `handleIndication`, `handleRequest` and, when `nextDeadlineMs()`
 * has come, `handleTimeout`; then `pollNetworkRequest` and `pollIndication` until both give
 * undefined, and `pollOutcome` where it is observed; then `nextDeadlineMs`. What the inputs of one
 * batch owe is sent at the first poll, so that one acknowledgment answers many segments. `nowMs`
 * never goes back.
 */
export class TransportCore {
  readonly counters: TransportCounters = createTransportCounters();
  readonly sysctl: TransportSysctl;
  readonly #requests = new Fifo<NetworkRequest>();
  readonly #indications = new Fifo<TransportIndication>();
  readonly #outcomes = new OutcomeLog<TransportPdu>('transport');
  readonly #reporter = { counters: this.counters, outcomes: this.#outcomes };
  readonly #tcp: TcpLayer;
  /** A request goes to the last one that takes it. */
  readonly #protocols: readonly TransportProtocol[];
  readonly #shards: Shards;
  readonly #handover: Handover;
  readonly #startedAtMs: number;
  /** The time of the last input, since the stack began. */
  #nowMs = 0;

  /**
   * `random`: uniform in [0, 1), not to be guessed by a peer. `allocate`: memory for what goes to
   * network.
   */
  constructor(
    config: TransportConfig,
    random: () => number,
    allocate: Allocate = allocateWithHeadroom,
  ) {
    this.#shards = new Shards(config.shardOf);
    this.sysctl = { ...defaultTransportSysctl(), ...config.sysctl };
    const context: TransportContext = {
      sysctl: this.sysctl,
      counters: this.counters,
      outcomes: this.#outcomes,
      addresses: new LocalAddresses(config.addresses),
      secret: config.secret,
      // What is inside has a clock that began with the stack: it reads the same in all replicas.
      startedAtMs: 0,
      maxPduOctets: config.maxPduOctets ?? DEFAULT_MAX_PDU_OCTETS,
      shards: this.#shards,
      random,
      allocate,
      emit: (request) => this.#emit(request),
      indicate: (indication) => this.#indicate(indication),
    };
    this.#tcp = new TcpLayer(context);
    const ports = new EphemeralPorts(config.secret);
    const udp = { ...context, sockets: new UdpTable() };
    const requests = new TcpRequests(this.#tcp, ports);
    this.#protocols = [tcpProtocol(this.#tcp, requests), udpProtocol(udp)];
    this.#handover = new Handover(context, new TcpHandover(this.#tcp, ports), udp.sockets);
    this.#startedAtMs = config.startedAtMs ?? 0;
  }

  /**
   * From now on the core takes the flows and the sockets of these shards alone; undefined: of all.
   * What comes for others is discarded and counted (`StrataNotOwner`), and nothing is answered.
   * Listeners and UDP ports belong to no shard: every core of a stack knows them all.
   */
  ownShards(shards: Iterable<number> | undefined): void {
    this.#shards.own(shards);
  }

  /** Takes what network brings; its bytes are the core's from here on. */
  handleIndication(indication: NetworkIndication, atMs: number): void {
    const nowMs = this.#setNow(atMs);
    const outcomes = this.#outcomes;
    if (outcomes.isOn) outcomes.begin('indication', indication.kind, indication, nowMs);
    if (!this.#isOwn(indication)) return dropOther(this.#reporter, 'strata/NOT_OWNER');
    const protocol = this.#protocolOf(indication.protocol);
    if (protocol === undefined) return dropOther(this.#reporter, 'IP_NOPROTO');
    if (indication.kind === 'segment') protocol.handleSegment(indication, nowMs);
    else protocol.handleError(indication, nowMs);
  }

  /**
   * Takes what the application asks. A request about a socket that is gone is ignored: its `closed`
   * is on the way.
   */
  handleRequest(request: TransportRequest, atMs: number): void {
    const nowMs = this.#setNow(atMs);
    if (this.#outcomes.isOn) {
      this.#outcomes.begin('request', request.kind, request, nowMs);
      this.#outcomes.concern(request.socket);
    }
    if (!this.#isOwnSocket(request)) {
      return dropOther(this.#reporter, 'strata/NOT_OWNER');
    }
    for (let i = this.#protocols.length - 1; i >= 0; i -= 1) {
      const protocol = this.#protocols[i]!;
      if (protocol.takes(request)) return protocol.handleRequest(request, nowMs);
    }
  }

  #protocolOf(number: number): TransportProtocol | undefined {
    for (const protocol of this.#protocols) if (protocol.number === number) return protocol;
    return undefined;
  }

  #isOwn(indication: NetworkIndication): boolean {
    if (this.#shards.ownsAll) return true;
    const { protocol, source, destination } = indication;
    // TCP and UDP begin with the two ports. What an error quotes we have sent: its source is ours.
    const isError = indication.kind === 'error';
    const bytes = isError ? indication.quoted : indication.segment;
    if (bytes.byteLength < 4) return true;
    const [first, second] = [readUint16(bytes, 0), readUint16(bytes, 2)];
    return isError
      ? this.#shards.takes(protocol, source, first, destination, second)
      : this.#shards.takes(protocol, destination, second, source, first);
  }

  #isOwnSocket(request: TransportRequest): boolean {
    if (this.#shards.takesSocket(request.socket)) return true;
    for (const protocol of this.#protocols) if (protocol.isOfAllShards(request)) return true;
    return false;
  }

  /** Runs the timers that are due. */
  handleTimeout(nowMs: number): void {
    const stackMs = this.#setNow(nowMs);
    for (const protocol of this.#protocols) protocol.handleTimeout(stackMs);
  }

  /**
   * The stack goes down: connections are reset (RFC 9293 3.10.5), listeners and UDP ports closed,
   * and the application is told of each. No input follows; poll once more.
   */
  shutDown(nowMs: number): void {
    const stackMs = this.#setNow(nowMs);
    if (this.#outcomes.isOn) {
      this.#outcomes.begin('control', 'shut down', undefined, stackMs);
      this.#outcomes.report('delivered', 'strata/COMMANDED');
    }
    for (const protocol of this.#protocols) protocol.shutDown(stackMs);
  }

  /** The next PDU for network, or undefined. */
  pollNetworkRequest(): NetworkRequest | undefined {
    this.#flush();
    return this.#requests.shift();
  }

  /** The next PDU for the application, or undefined. */
  pollIndication(): TransportIndication | undefined {
    this.#flush();
    return this.#indications.shift();
  }

  /**
   * Whether it tells what it does, and why, by `pollOutcome`. Off by default, and then it costs
   * nothing.
   */
  observe(on: boolean): void {
    this.#outcomes.observe(on);
  }

  /**
   * What it did with an input or because of a timer, or undefined; to be polled after the PDUs. At
   * most 65,536 wait.
   */
  pollOutcome(): Outcome<TransportPdu> | undefined {
    return this.#outcomes.poll();
  }

  /** Outcomes that were lost so far, since too many waited. */
  lostOutcomes(): number {
    return this.#outcomes.lost;
  }

  /** When `handleTimeout` has to be called, on the caller's clock; Infinity: not at all. */
  nextDeadlineMs(): number {
    let deadlineMs = Infinity;
    for (const protocol of this.#protocols) {
      const nextMs = protocol.nextDeadlineMs();
      if (nextMs < deadlineMs) deadlineMs = nextMs;
    }
    const atMs = deadlineMs + this.#startedAtMs;
    // Where the sum was rounded down, the timer would not be due then.
    const isDue = atMs - this.#startedAtMs >= deadlineMs;
    return isDue ? atMs : atMs + Math.abs(atMs) * Number.EPSILON;
  }

  /** Whether a connection has something to send, or that the peer has not acknowledged. */
  isBusy(): boolean {
    return this.#protocols.some((protocol) => protocol.isBusy());
  }

  /**
   * The control blocks of all connections but those in TIME-WAIT: to be looked at, and not changed.
   * Times count from the stack's beginning.
   */
  connections(): Iterable<Tcb> {
    return this.#tcp.sockets.values();
  }

  /**
   * The sockets, as `ss` shows them. `nowMs`: from when ages and timers count; default: the last
   * input. `filter`: what it passes over costs nothing, and one by its id is found without a walk.
   */
  sockets(nowMs?: number, filter: SocketFilter = {}): SocketInfo[] {
    const fromMs = nowMs === undefined ? this.#nowMs : nowMs - this.#startedAtMs;
    const atMs = Math.max(fromMs, this.#nowMs);
    const { protocol: only } = filter;
    return this.#protocols
      .filter(({ name }) => only === undefined || name === only)
      .flatMap((protocol) => protocol.sockets(filter, atMs));
  }

  /**
   * Takes sockets out of this stack, to be put into another by its {@link TransportCore.takeIn}:
   * neither the peer nor the application hears of it. The octets in the records are the caller's.
   *
   * Order of calls: no more inputs about these sockets, from here on for good, or they are answered
   * as those of no socket; `takeOut`; then both polls until they give undefined: what was due is
   * sent by the old stack; then `takeIn` at the new one, `nextDeadlineMs`, and only then inputs
   * there. To go back, the old one takes the same records in.
   */
  takeOut(which: HandoverSelection, nowMs: number): HandoverRecord[] {
    this.#setNow(nowMs);
    this.#flush();
    return this.#handover.takeOut(which, this.#nowMs);
  }

  /**
   * As {@link TransportCore.takeOut}, but the sockets stay. The octets in the records are shared:
   * they are not to be changed.
   */
  exportSockets(which: HandoverSelection, nowMs: number): HandoverRecord[] {
    this.#setNow(nowMs);
    this.#flush();
    return this.#handover.copy(which, this.#nowMs);
  }

  /**
   * What this stack has as a whole beside its sockets: the choice of ports, the limit of challenge
   * ACKs, the proven peers.
   */
  exportStack(nowMs: number): HandoverRecord {
    return this.#handover.stack(this.#setNow(nowMs));
  }

  /**
   * Takes records of another stack in, each on its own: timers run on, and nothing is sent but by
   * what was due. The result has an outcome for each record, in order. The octets in the records
   * are the core's from here on.
   *
   * `transitMs`: how long the records were under way, as far as it is known; timers and ages count
   * on by it. Default 0: they stood still meanwhile.
   */
  takeIn(records: readonly HandoverRecord[], nowMs: number, transitMs = 0): HandoverResult[] {
    const baseMs = this.#setNow(nowMs) - transitMs;
    return records.map((record) => this.#handover.takeIn(record, baseMs));
  }

  #flush(): void {
    for (const protocol of this.#protocols) protocol.flush(this.#nowMs);
  }

  /** Takes the time of an input; the same since the stack began. */
  #setNow(nowMs: number): number {
    this.#nowMs = nowMs - this.#startedAtMs;
    return this.#nowMs;
  }

  #emit(request: NetworkRequest): void {
    this.#requests.push(request);
    if (this.#outcomes.isOn) this.#outcomes.emitted(request, 'strata/SENT');
  }

  #indicate(indication: TransportIndication): void {
    this.#indications.push(indication);
    const outcomes = this.#outcomes;
    if (outcomes.isOn) {
      outcomes.reportOf(indication, 'delivered', 'strata/INDICATED', indication.socket);
    }
  }
}
