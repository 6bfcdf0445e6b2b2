import type { NetworkIndication, NetworkRequest } from '@strata/network';
import {
  type Allocate,
  allocateWithHeadroom,
  Fifo,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  readUint16,
} from '@strata/wire';
import { type LocalAddress, LocalAddresses } from './addresses.ts';
import type { TransportContext } from './context.ts';
import { createTransportCounters, type TransportCounters } from './counters.ts';
import type { TransportIndication, TransportRequest } from './pdu.ts';
import { EphemeralPorts } from './ports.ts';
import { type ShardOf, Shards } from './shards.ts';
import { listSockets, type SocketFilter, type SocketInfo } from './socket-info.ts';
import { defaultTransportSysctl, type TransportSysctl } from './sysctl.ts';
import type { Tcb } from './tcp/state/tcb.ts';
import { TcpLayer } from './tcp/tcp-layer.ts';
import { type TcpRequest, TcpRequests } from './tcp/tcp-requests.ts';
import { isSending } from './tcp/timers/run-timers.ts';
import { UdpLayer, type UdpRequest } from './udp/udp-layer.ts';

/** What a transport core is made of. */
export interface TransportConfig {
  /** The stack's own addresses, the default one first. 127.0.0.0/8 is always its own. */
  readonly addresses: readonly LocalAddress[];
  /** Knobs that differ from Linux's defaults. */
  readonly sysctl?: Partial<TransportSysctl> | undefined;
  /** 16 octets that nobody else knows, from a good source: what cannot be guessed depends on it (RFC 6528). */
  readonly secret: Uint8Array;
  /** When the stack began, on the clock of `nowMs`: `tcp_quiet_time` counts from then. Default 0, where that clock began. */
  readonly startedAtMs?: number | undefined;
  /** Octets of a segment's data at most, 1 to 65,160: more than one MSS makes super-segments. Default 16,384. */
  readonly maxPduOctets?: number | undefined;
  /**
   * The shard, 0 to 63, of a flow: the same that network computes from its packets. The socket id of a connection carries it, and the port
   * of a connect is chosen to suit it. Default: always 0.
   */
  readonly shardOf?: ShardOf | undefined;
}

const DEFAULT_MAX_PDU_OCTETS = 16384;

/**
 * Transport: TCP (RFC 9293) and UDP (RFC 768), without I/O, clock or randomness of its own.
 *
 * Order of calls: any number of `handleIndication`, `handleRequest` and, when `nextDeadlineMs()` has come, `handleTimeout`; then
 * `pollNetworkRequest` and `pollIndication` until both give undefined; then `nextDeadlineMs`. What the inputs of one batch owe is sent at
 * the first poll, so that one acknowledgment answers many segments. `nowMs` never goes back.
 */
export class TransportCore {
  readonly counters: TransportCounters = createTransportCounters();
  readonly sysctl: TransportSysctl;
  readonly #requests = new Fifo<NetworkRequest>();
  readonly #indications = new Fifo<TransportIndication>();
  readonly #tcp: TcpLayer;
  readonly #tcpRequests: TcpRequests;
  readonly #udp: UdpLayer;
  readonly #shards: Shards;
  #nowMs = 0;

  /** `random`: uniform in [0, 1), not to be guessed by a peer. `allocate`: memory for what goes to network. */
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
      addresses: new LocalAddresses(config.addresses),
      secret: config.secret,
      startedAtMs: config.startedAtMs ?? 0,
      maxPduOctets: config.maxPduOctets ?? DEFAULT_MAX_PDU_OCTETS,
      shards: this.#shards,
      random,
      allocate,
      emit: (request) => this.#requests.push(request),
      indicate: (indication) => this.#indications.push(indication),
    };
    this.#tcp = new TcpLayer(context);
    this.#tcpRequests = new TcpRequests(this.#tcp, new EphemeralPorts(config.secret));
    this.#udp = new UdpLayer(context);
  }

  /**
   * From now on the core takes the flows and the sockets of these shards alone; undefined: of all. What comes for others is discarded and
   * counted (`StrataNotOwner`), and nothing is answered. Listeners and UDP ports belong to no shard: every core of a stack knows them all.
   */
  ownShards(shards: Iterable<number> | undefined): void {
    this.#shards.own(shards);
  }

  /** Takes what network brings; its bytes are the core's from here on. */
  handleIndication(indication: NetworkIndication, nowMs: number): void {
    this.#nowMs = nowMs;
    if (!this.#isOwn(indication)) {
      this.counters.StrataNotOwner += 1;
      return;
    }
    if (indication.protocol === PROTOCOL_TCP) {
      if (indication.kind === 'segment') this.#tcp.handleSegment(indication, nowMs);
      else this.#tcp.handleError(indication, nowMs);
    } else if (indication.protocol === PROTOCOL_UDP) {
      if (indication.kind === 'segment') this.#udp.handleSegment(indication, nowMs);
      else this.#udp.handleError(indication);
    }
  }

  /** Takes what the application asks. A request about a socket that is gone is ignored: its `closed` is on the way. */
  handleRequest(request: TransportRequest, nowMs: number): void {
    this.#nowMs = nowMs;
    if (!this.#isOwnSocket(request)) {
      this.counters.StrataNotOwner += 1;
      return;
    }
    const isUdp =
      request.kind === 'bind' || request.kind === 'datagram' || this.#udp.owns(request.socket);
    if (isUdp) this.#udp.handleRequest(request as UdpRequest);
    else this.#tcpRequests.handle(request as TcpRequest, nowMs);
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

  #isOwnSocket({ kind, socket }: TransportRequest): boolean {
    if (this.#shards.takesSocket(socket) || kind === 'listen' || kind === 'bind') return true;
    return this.#udp.owns(socket) || this.#tcp.listeners.get(socket) !== undefined;
  }

  /** Runs the timers that are due. */
  handleTimeout(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#tcp.handleTimeout(nowMs);
  }

  /**
   * The stack goes down: connections are reset (RFC 9293 3.10.5), listeners and UDP ports closed, and the application is told of each. No
   * input follows; poll once more.
   */
  shutDown(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#tcpRequests.shutDown(nowMs);
    this.#udp.shutDown();
  }

  /** The next PDU for network, or undefined. */
  pollNetworkRequest(): NetworkRequest | undefined {
    this.#tcp.flush(this.#nowMs);
    return this.#requests.shift();
  }

  /** The next PDU for the application, or undefined. */
  pollIndication(): TransportIndication | undefined {
    this.#tcp.flush(this.#nowMs);
    return this.#indications.shift();
  }

  /** When `handleTimeout` has to be called, on the caller's clock; Infinity: not at all. */
  nextDeadlineMs(): number {
    return this.#tcp.nextDeadlineMs();
  }

  /** Whether a connection has something to send, or that the peer has not acknowledged. */
  isBusy(): boolean {
    for (const tcb of this.#tcp.sockets.values()) if (isSending(tcb)) return true;
    return false;
  }

  /** The control blocks of all connections but those in TIME-WAIT: to be looked at, and not changed. */
  connections(): Iterable<Tcb> {
    return this.#tcp.sockets.values();
  }

  /**
   * The sockets, as `ss` shows them. `nowMs`: from when ages and timers count; default: the last input. `filter`: what it passes over
   * costs nothing, and one by its id is found without a walk.
   */
  sockets(nowMs = this.#nowMs, filter: SocketFilter = {}): SocketInfo[] {
    return listSockets(this.#tcp, this.#udp, Math.max(nowMs, this.#nowMs), filter);
  }
}
