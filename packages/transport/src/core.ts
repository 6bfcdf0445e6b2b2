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
import {
  copySockets,
  copyStack,
  type HandoverContext,
  takeRecordIn,
  takeSocketsOut,
} from './handover/handover.ts';
import type { HandoverRecord, HandoverResult, HandoverSelection } from './handover/record.ts';
import { dropOther, dropTcp, took } from './outcomes.ts';
import type { TransportIndication, TransportRequest } from './pdu.ts';
import { EphemeralPorts } from './ports.ts';
import type { TransportProtocol } from './protocol.ts';
import { type ShardOf, Shards } from './shards.ts';
import type { SocketFilter, SocketInfo } from './socket-info.ts';
import { defaultTransportSysctl, type TransportSysctl } from './sysctl.ts';
import type { SocketId } from './tcp/state/socket.ts';
import type { Tcb } from './tcp/state/tcb.ts';
import { createTcpLayer } from './tcp/tcp-layer.ts';
import { tcpProtocol } from './tcp/tcp-protocol.ts';
import type { TcpLayer } from './tcp/tcp-tables.ts';
import { toSocketEntry } from './to-socket-entry.ts';
import { udpProtocol } from './udp/udp-protocol.ts';
import { UdpTable } from './udp/udp-table.ts';

/** Configuration of a transport core. */
export interface TransportConfig {
  /** The stack's own addresses, the default one first. 127.0.0.0/8 is always its own. */
  readonly addresses: readonly LocalAddress[];
  /** Sysctls that differ from Linux's defaults. */
  readonly sysctl?: Partial<TransportSysctl> | undefined;
  /**
   * 16 octets from a good random source, known to nobody else. Sequence numbers, ports and cookies
   * cannot be guessed without it (RFC 6528).
   */
  readonly secret: Uint8Array;
  /**
   * When the stack started, on the clock of `nowMs`, which is never before it. Default 0.
   * `tcp_quiet_time`, initial sequence numbers, timestamps and SYN cookies count from then. All
   * replicas of a stack must name the same moment, each on its own clock, and have the same
   * `secret`.
   */
  readonly startedAtMs?: number | undefined;
  /**
   * Largest data size of a PDU, 1 to 65,160 octets: more than one MSS makes super-segments. Default
   * 16,384.
   */
  readonly maxPduOctets?: number | undefined;
  /**
   * The shard of a flow, 0 to 63: the same as the network layer computes from its packets. A
   * connection's socket id carries its shard, and a connect chooses its port to match. Default:
   * always 0.
   */
  readonly shardOf?: ShardOf | undefined;
}

const DEFAULT_MAX_PDU_OCTETS = 16384;

/**
 * Transport: TCP (RFC 9293) and UDP (RFC 768), without I/O, clock or randomness of its own.
 *
 * Order of calls: any number of `handleIndication`, `handleRequest` and, at `nextDeadlineMs()`,
 * `handleTimeout`; then `pollNetworkRequest` and `pollIndication` until both return undefined, and
 * `pollOutcome` if outcomes are observed; then `nextDeadlineMs`. The first poll after a batch of
 * inputs sends what the batch owes, so that one acknowledgment answers many segments. `nowMs` never
 * goes back.
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
  readonly #handover: HandoverContext;
  readonly #startedAtMs: number;
  /** The time of the last input, counted from the stack's start. */
  #nowMs = 0;

  /**
   * `random`: uniform in [0, 1), not predictable by a peer. `allocate`: memory for PDUs to the
   * network layer.
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
      // The inner clock starts with the stack, so that it reads the same in all replicas.
      startedAtMs: 0,
      maxPduOctets: config.maxPduOctets ?? DEFAULT_MAX_PDU_OCTETS,
      shards: this.#shards,
      random,
      allocate,
      emit: (request) => this.#emit(request),
      indicate: (indication) => this.#indicate(indication),
    };
    this.#tcp = createTcpLayer(context, new EphemeralPorts(config.secret));
    const udp = { ...context, sockets: new UdpTable() };
    this.#protocols = [tcpProtocol(this.#tcp), udpProtocol(udp)];
    this.#handover = { protocols: this.#protocols, addresses: context.addresses };
    this.#startedAtMs = config.startedAtMs ?? 0;
  }

  /**
   * From now on the core accepts only flows and sockets of these shards; undefined: of all. PDUs of
   * other shards are dropped and counted (`StrataNotOwner`), without an answer. Listeners and UDP
   * ports belong to no shard: every core of a stack knows them all.
   */
  ownShards(shards: Iterable<number> | undefined): void {
    this.#shards.own(shards);
  }

  /**
   * Replaces the stack's own addresses. Sockets keep theirs: a connection whose address is gone
   * sends in vain until it times out, as in Linux.
   */
  setAddresses(addresses: readonly LocalAddress[]): void {
    this.#handover.addresses.set(addresses);
  }

  /** Processes a PDU from the network layer. Its bytes belong to the core from here on. */
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
   * Processes a request of the application. A request for a removed socket is ignored: its `closed`
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
    if (request.kind === 'get-info') return this.#tellInfo(request.socket, nowMs);
    for (let i = this.#protocols.length - 1; i >= 0; i -= 1) {
      const protocol = this.#protocols[i]!;
      if (protocol.takes(request)) return protocol.handleRequest(request, nowMs);
    }
  }

  #tellInfo(socket: SocketId, nowMs: number): void {
    for (const protocol of this.#protocols) {
      const info = protocol.sockets({ socket }, nowMs)[0];
      if (info === undefined) continue;
      took(this.#reporter);
      const entry = toSocketEntry(info);
      return this.#indicate({ kind: 'info', socket, endpoint: info.endpoint, entry });
    }
    dropTcp(this.#reporter, 'TCP_CLOSE');
  }

  #protocolOf(number: number): TransportProtocol | undefined {
    for (const protocol of this.#protocols) if (protocol.number === number) return protocol;
    return undefined;
  }

  #isOwn(indication: NetworkIndication): boolean {
    if (this.#shards.ownsAll) return true;
    const { protocol, source, destination } = indication;
    // TCP and UDP headers begin with the two ports. An ICMP error quotes a packet that we sent, so
    // its source is ours.
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

  /** Runs the timers that have expired. */
  handleTimeout(nowMs: number): void {
    const stackMs = this.#setNow(nowMs);
    for (const protocol of this.#protocols) protocol.handleTimeout(stackMs);
  }

  /**
   * Shuts the stack down: resets connections (RFC 9293 3.10.5), closes listeners and UDP ports, and
   * tells the application about each. No input may follow; poll once more.
   */
  shutDown(nowMs: number): void {
    const stackMs = this.#setNow(nowMs);
    if (this.#outcomes.isOn) {
      this.#outcomes.begin('control', 'shut down', undefined, stackMs);
      this.#outcomes.report('delivered', 'strata/COMMANDED');
    }
    for (const protocol of this.#protocols) protocol.shutDown(stackMs);
  }

  /** The next PDU for the network layer, or undefined. */
  pollNetworkRequest(): NetworkRequest | undefined {
    this.#flush();
    return this.#requests.shift();
  }

  /** The next PDU for the application, or undefined. */
  pollIndication(): TransportIndication | undefined {
    this.#flush();
    return this.#indications.shift();
  }

  /** Turns outcomes on or off. Default off, which costs nothing. */
  observe(on: boolean): void {
    this.#outcomes.observe(on);
  }

  /**
   * The next outcome, or undefined: what the core did with an input or at a timer, and why. Poll it
   * after the PDUs. At most 65,536 outcomes wait.
   */
  pollOutcome(): Outcome<TransportPdu> | undefined {
    return this.#outcomes.poll();
  }

  /** Number of outcomes lost so far because too many were waiting. */
  lostOutcomes(): number {
    return this.#outcomes.lost;
  }

  /** When to call `handleTimeout`, on the caller's clock; Infinity: never. */
  nextDeadlineMs(): number {
    let deadlineMs = Infinity;
    for (const protocol of this.#protocols) {
      const nextMs = protocol.nextDeadlineMs();
      if (nextMs < deadlineMs) deadlineMs = nextMs;
    }
    const atMs = deadlineMs + this.#startedAtMs;
    // If the sum is rounded down, the timer would not have expired at that time.
    const isDue = atMs - this.#startedAtMs >= deadlineMs;
    return isDue ? atMs : atMs + Math.abs(atMs) * Number.EPSILON;
  }

  /** Whether a connection has data to send, or data that the peer has not acknowledged. */
  isBusy(): boolean {
    return this.#protocols.some((protocol) => protocol.isBusy());
  }

  /**
   * The TCBs of all connections, except those in TIME-WAIT: to read, not to change. Times count
   * from the stack's start.
   */
  connections(): Iterable<Tcb> {
    return this.#tcp.tables.sockets.values();
  }

  /**
   * The sockets, as `ss` shows them. `nowMs`: the time for ages and timers; default: the last
   * input. `filter`: sockets that it excludes cost nothing, and a single one is found by its id.
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
   * Removes sockets from this stack, for another stack's {@link TransportCore.takeIn}. Neither the
   * peer nor the application notices. The octets in the records belong to the caller.
   *
   * Order of calls: stop inputs for these sockets for good, since they would be answered as for
   * unknown sockets; `takeOut`; then both polls until they return undefined, so that the old stack
   * sends what was due; then `takeIn` at the new stack and its `nextDeadlineMs`; only then inputs
   * there. To go back, the old stack takes the same records in.
   */
  takeOut(which: HandoverSelection, nowMs: number): HandoverRecord[] {
    this.#setNow(nowMs);
    this.#flush();
    return takeSocketsOut(this.#handover, which, this.#nowMs);
  }

  /**
   * Like {@link TransportCore.takeOut}, but the sockets stay. The octets in the records are shared:
   * do not change them.
   */
  exportSockets(which: HandoverSelection, nowMs: number): HandoverRecord[] {
    this.#setNow(nowMs);
    this.#flush();
    return copySockets(this.#handover, which, this.#nowMs);
  }

  /**
   * The state that belongs to no socket: the choice of ports, the limit of challenge ACKs, the
   * proven peers.
   */
  exportStack(nowMs: number): HandoverRecord {
    return copyStack(this.#handover, this.#setNow(nowMs));
  }

  /**
   * Adds the sockets in records of another stack, each by itself. Timers continue, and nothing is
   * sent except what is due. Returns one result for each record, in order. The octets in the
   * records belong to the core from here on.
   *
   * `transitMs`: the time that the records were in transit, as far as known; timers and ages
   * advance by it. Default 0.
   */
  takeIn(records: readonly HandoverRecord[], nowMs: number, transitMs = 0): HandoverResult[] {
    const baseMs = this.#setNow(nowMs) - transitMs;
    return records.map((record) => takeRecordIn(this.#handover, record, baseMs));
  }

  #flush(): void {
    for (const protocol of this.#protocols) protocol.flush(this.#nowMs);
  }

  /** Sets the time of an input, and returns it counted from the stack's start. */
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
