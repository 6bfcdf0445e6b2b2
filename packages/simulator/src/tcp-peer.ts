import { type NetworkSegmentIndication, wholeRequest } from '@strata/network';
import type {
  SocketId,
  TcpSocketOptions,
  TransportCore,
  TransportIndication,
  TransportRequest,
  TransportSysctl,
} from '@strata/transport';
import {
  allocateWithHeadroom,
  emitTcpChecksum,
  emitTcpHeader,
  isParseError,
  PROTOCOL_TCP,
  TCP_ACK,
  TCP_FIN,
  TCP_SYN,
  type TcpOptions,
  TcpSegment,
  tcpHeaderOctets,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { bytesOf, indicationOf, type MadeSegment } from './made-segment.ts';
import type { OutcomeWatch } from './outcome-watch.ts';
import { SeededRandom } from './seeded-random.ts';
import { parseFlags, type SegmentTextOptions, segmentText } from './segment-text.ts';
import { ADDRESS_A, ADDRESS_B } from './tcp-pair.ts';
import { WatchedTransportCore } from './watched-core.ts';

export interface TcpPeerOptions {
  readonly sysctl?: Partial<TransportSysctl> | undefined;
  readonly maxPduOctets?: number | undefined;
  readonly mtuOctets?: number | undefined;
  /** The peer's initial sequence number. Default 1,000,000. */
  readonly peerIss?: number | undefined;
  /** Options of the peer's SYN. Default: only MSS 1,460, so later segments have no options. */
  readonly synOptions?: TcpOptions | undefined;
  /** The window of the peer's SYN. Default 65,535. */
  readonly synWindow?: number | undefined;
  /** Options of the core's socket. */
  readonly socketOptions?: TcpSocketOptions | undefined;
  /** Whether the core's listener shares its port. */
  readonly reusePort?: boolean | undefined;
  /** The application's initial credit. Default 10 Mi octets. */
  readonly creditOctets?: number | undefined;
  /**
   * What {@link TcpPeer.sent} prints. Default: neither window nor options. `ecn`: the ECN field
   * comes first (`ECT0 ACK seq=1 …`).
   */
  readonly show?: (SegmentTextOptions & { readonly ecn?: boolean }) | undefined;
  /** Start of the clock. Default 1,000 ms. */
  readonly startMs?: number | undefined;
  /** When the core's stack started, on that clock. Default 0. */
  readonly startedAtMs?: number | undefined;
}

interface EmittedSegment {
  readonly segment: TcpSegment;
  readonly tos: number;
}

/** Names of the ECN field's values (RFC 3168 5) for `show.ecn`. */
const ECN_NAMES = ['-', 'ECT1', 'ECT0', 'CE'] as const;

/** The port of the core and of the peer. */
const CORE_PORT = 80;
export const PEER_PORT = 40_000;
const LISTENER: SocketId = 64;
const CONNECTION: SocketId = 128;

/**
 * A scripted peer, for tests of one core's TCP: it injects segments, and gives the core's as text.
 * Only `advance` moves the clock. The peer sends nothing by itself.
 */
export class TcpPeer {
  #core: TransportCore;
  /** What the core that the peer began with has told of itself. */
  readonly watch: OutcomeWatch;
  /** Indications to the application that `told()` has not returned yet. */
  readonly #told: TransportIndication[] = [];
  readonly #options: TcpPeerOptions;
  readonly #emitted: EmittedSegment[] = [];
  readonly #pathMtus: number[] = [];
  readonly #peerIss: number;
  #coreIss = 0;
  #corePort = CORE_PORT;
  #socket: SocketId = 0;
  /** The next sequence numbers, relative. */
  #peerNext = 0;
  #coreNext = 0;
  #sentOctets = 0;
  #coreTimestamp = 0;
  #nowMs: number;

  constructor(options: TcpPeerOptions = {}) {
    this.#options = options;
    this.#peerIss = options.peerIss ?? 1_000_000;
    this.#nowMs = options.startMs ?? 1000;
    const { sysctl, maxPduOctets, startedAtMs, mtuOctets = 1500 } = options;
    const core = new WatchedTransportCore(
      {
        addresses: [{ address: ADDRESS_B, prefixLength: 24, mtuOctets }],
        secret: new Uint8Array(16).fill(9),
        // A large send buffer: `write` does not wait for credit.
        sysctl: { tcp_wmem: [4096, 4194304, 4194304], ...sysctl },
        maxPduOctets,
        startedAtMs,
      },
      new SeededRandom(1).next,
    );
    this.#core = core;
    this.watch = core.watch;
  }

  get core(): TransportCore {
    return this.#core;
  }

  /** Goes on with another core, which has taken in what this one had. */
  replaceCore(core: TransportCore): void {
    this.#core = core;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** The connection's socket. */
  get socket(): SocketId {
    return this.#socket;
  }

  /** The core's initial sequence number; 0 before its SYN. */
  get coreIss(): number {
    return this.#coreIss;
  }

  /** The last TSval that the core has sent; 0 if there was none. */
  get coreTimestamp(): number {
    return this.#coreTimestamp;
  }

  /** The state of the connection; `CLOSED` if there is none. */
  get state(): string {
    const connection = this.core
      .sockets()
      .find((socket) => socket.protocol === 'tcp' && socket.remote.port === PEER_PORT);
    return connection?.state ?? 'CLOSED';
  }

  /** Sends a request of the application. */
  request(request: TransportRequest): void {
    this.core.handleRequest(request, this.#nowMs);
    this.#poll();
  }

  /** The stack goes down. */
  shutDown(): void {
    this.core.shutDown(this.#nowMs);
    this.#poll();
  }

  /** The application writes this many octets, or these octets, with PSH. */
  write(data: number | string | Uint8Array): void {
    const bytes = bytesOf(data);
    const offset = this.#sentOctets;
    this.#sentOctets += bytes.byteLength;
    this.request({ kind: 'send', socket: this.#socket, offset, data: bytes, push: true });
  }

  /** The application half-closes, closes or aborts the connection. */
  ask(kind: 'shutdown' | 'close' | 'abort'): void {
    this.request({ kind, socket: this.#socket });
  }

  /** The application gives credit up to this offset. */
  credit(limitOctets: number): void {
    this.request({ kind: 'credit', socket: this.#socket, limitOctets });
  }

  /** Injects a segment: `peer.inject('PSH,ACK', { seq: 1, data: 100 })`. */
  inject(flags: string, made: MadeSegment = {}): void {
    this.injectBatch([[flags, made]]);
  }

  /** Injects segments without polling the core in between, as a driver drains a device. */
  injectBatch(segments: readonly (readonly [flags: string, made?: MadeSegment])[]): void {
    for (const [flags, made = {}] of segments) this.#injectOne(parseFlags(flags), made);
    this.#poll();
  }

  /** Injects these bytes as a segment. `more` overrides fields of the indication. */
  injectRaw(segment: Uint8Array, more: Partial<NetworkSegmentIndication> = {}): void {
    this.core.handleIndication({ ...indicationOf(segment), ...more }, this.#nowMs);
    this.#poll();
  }

  /** Injects an ICMP error that quotes the core's last sequence number, or `seq`. */
  injectError(
    type: number,
    code: number,
    { mtu = 0, seq = this.#coreNext - 1, reporter = ADDRESS_A } = {},
  ): void {
    const quoted = new Uint8Array(8);
    const view = new DataView(quoted.buffer);
    view.setUint16(0, this.#corePort);
    view.setUint16(2, PEER_PORT);
    view.setUint32(4, (this.#coreIss + seq) >>> 0);
    const [source, destination] = [ADDRESS_B, ADDRESS_A];
    const about = { protocol: PROTOCOL_TCP, source, destination, quoted };
    this.core.handleIndication({ kind: 'error', reporter, type, code, mtu, ...about }, this.#nowMs);
    this.#poll();
  }

  /** Makes the bytes of a segment of the peer, for {@link TcpPeer.injectRaw}. */
  make(flags: string, made: MadeSegment = {}): Uint8Array {
    return this.#make(parseFlags(flags), made);
  }

  /** The segments that the core has sent since the last call, as text. */
  sent(): string[] {
    const show = { window: false, options: false, ...this.#options.show };
    return this.#emitted.splice(0).map(({ segment, tos }) => {
      const text = this.text(segment, show);
      const dscp = tos < 4 ? '' : `+0x${(tos & ~3).toString(16)}`;
      return show.ecn ? `${ECN_NAMES[tos & 3]}${dscp} ${text}` : text;
    });
  }

  /** Like {@link TcpPeer.sent}, with window and options. */
  sentInFull(): string[] {
    return this.sentSegments().map((segment) => this.text(segment, {}));
  }

  /** The segments that the core has sent since the last call. */
  sentSegments(): TcpSegment[] {
    return this.#emitted.splice(0).map(({ segment }) => segment);
  }

  /** The path MTUs that the core has confirmed to network since the last call. */
  confirmedPathMtus(): number[] {
    return this.#pathMtus.splice(0);
  }

  /** A segment of the core as text, relative to the initial sequence numbers. */
  text(segment: TcpSegment, show: SegmentTextOptions = { window: false, options: false }): string {
    return segmentText(segment, this.#coreIss, this.#peerIss, show);
  }

  /** The indications to the application since the last call. */
  told(): TransportIndication[] {
    return this.#told.splice(0);
  }

  /** The kinds of the indications since the last call, with the reason of `closed`. */
  toldKinds(): string[] {
    return this.told().map((told) =>
      told.kind === 'closed' ? `closed: ${told.reason}` : told.kind,
    );
  }

  /**
   * Lets time pass, timer by timer. Returns a line for each segment that the core sends: the
   * rounded milliseconds since the start of the call, and the segment, as `200 ACK seq=1 ack=101`.
   */
  advance(ms: number): string[] {
    const startMs = this.#nowMs;
    const endMs = startMs + ms;
    const lines: string[] = [];
    const take = () => {
      for (const text of this.sent()) lines.push(`${Math.round(this.#nowMs - startMs)} ${text}`);
    };
    take();
    for (let turns = 0; this.core.nextDeadlineMs() <= endMs; turns += 1) {
      if (turns > 10_000) throw new Error('a timer of the core never comes to rest');
      this.#nowMs = Math.max(this.#nowMs, this.core.nextDeadlineMs());
      this.core.handleTimeout(this.#nowMs);
      this.#poll();
      take();
    }
    this.#nowMs = endMs;
    return lines;
  }

  /** The application listens on port 80. */
  listen(backlog = 16): this {
    const { socketOptions: options = {}, reusePort } = this.#options;
    const local = { address: UNSPECIFIED_IPV4, port: CORE_PORT };
    const listener = { socket: LISTENER, endpoint: 'app', local };
    this.request({ kind: 'listen', ...listener, backlog, options, reusePort });
    this.told();
    return this;
  }

  /** The application connects to the peer. `sent` returns the SYN. */
  connect(): this {
    const { socketOptions: options = {}, creditOctets = 10_485_760 } = this.#options;
    this.#socket = CONNECTION;
    this.request({
      kind: 'connect',
      socket: CONNECTION,
      endpoint: 'app',
      local: { address: UNSPECIFIED_IPV4, port: 0 },
      remote: { address: ADDRESS_A, port: PEER_PORT },
      options,
      creditOctets,
    });
    return this;
  }

  /** The application accepts the offered connection. */
  accept(): this {
    const offer = this.#told.find((told) => told.kind === 'offer');
    if (offer === undefined) throw new Error('no connection is offered');
    this.#socket = offer.socket;
    const { creditOctets = 10_485_760 } = this.#options;
    this.request({ kind: 'accept', socket: offer.socket, endpoint: 'app', creditOctets });
    return this;
  }

  /** The options of the peer's SYN. */
  get synOptions(): TcpOptions {
    return this.#options.synOptions ?? { mss: 1460 };
  }

  /** The window of the peer's SYN. */
  get synWindow(): number {
    return this.#options.synWindow ?? 65_535;
  }

  #injectOne(flags: number, made: MadeSegment): void {
    const seq = made.seq ?? this.#peerNext;
    const octets = bytesOf(made.data ?? 0).byteLength;
    const length = octets + (flags & TCP_SYN ? 1 : 0) + (flags & TCP_FIN ? 1 : 0);
    const bytes = this.#make(flags, made);
    if (made.from === undefined) this.#peerNext = Math.max(this.#peerNext, seq + length);
    const indication = { ...indicationOf(bytes), tos: made.ecn ?? 0 };
    this.core.handleIndication(indication, this.#nowMs);
  }

  #make(flags: number, made: MadeSegment): Uint8Array {
    const data = bytesOf(made.data ?? 0);
    const options = made.options ?? {};
    const seq = made.seq ?? this.#peerNext;
    const headerOctets = tcpHeaderOctets(options);
    const bytes = allocateWithHeadroom(headerOctets + data.byteLength);
    emitTcpHeader(bytes, {
      sourcePort: made.from ?? PEER_PORT,
      destinationPort: made.to ?? this.#corePort,
      sequence: (this.#peerIss + seq) >>> 0,
      acknowledgment: (flags & TCP_ACK) === 0 ? 0 : this.#ackNumber(made.ack),
      flags,
      window: made.win ?? 65_535,
      urgentPointer: made.urg ?? 0,
      options,
    });
    bytes.set(data, headerOctets);
    emitTcpChecksum(bytes, ADDRESS_A, ADDRESS_B);
    return bytes;
  }

  #ackNumber(ack: number | undefined): number {
    return (this.#coreIss + (ack ?? this.#coreNext)) >>> 0;
  }

  #poll(): void {
    for (let it = this.core.pollNetworkRequest(); it; it = this.core.pollNetworkRequest()) {
      const sent = wholeRequest(it);
      if (sent.kind === 'path-mtu') {
        this.#pathMtus.push(sent.mtu);
        continue;
      }
      if (sent.kind !== 'send') throw new Error('TCP asks for an ICMP error');
      const segment = TcpSegment.parse(sent.segment);
      if (isParseError(segment)) throw new Error(`the core sent a bad segment: ${segment}`);
      if (sent.checksum === 'complete' && !segment.hasValidChecksum(ADDRESS_B, ADDRESS_A)) {
        throw new Error('the core sent a bad checksum');
      }
      this.#note(segment, sent.tos);
    }
    for (let told = this.core.pollIndication(); told; told = this.core.pollIndication()) {
      this.#told.push(told);
    }
  }

  #note(segment: TcpSegment, tos: number): void {
    const { flags } = segment;
    if ((flags & TCP_SYN) !== 0 && segment.destinationPort === PEER_PORT) {
      this.#coreIss = segment.sequence;
      this.#corePort = segment.sourcePort;
    }
    const length =
      segment.payload.byteLength + (flags & TCP_SYN ? 1 : 0) + (flags & TCP_FIN ? 1 : 0);
    const next = ((segment.sequence - this.#coreIss) | 0) + length;
    if (segment.destinationPort === PEER_PORT) this.#coreNext = Math.max(this.#coreNext, next);
    this.#coreTimestamp = segment.options.timestamps?.value ?? this.#coreTimestamp;
    this.#emitted.push({ segment, tos });
  }
}
