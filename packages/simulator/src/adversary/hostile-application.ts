import type {
  SocketAddress,
  SocketId,
  TcpSocketOptions,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import { patternOctets } from '../pattern.ts';
import type { SeededRandom } from '../seeded-random.ts';

/** What the application knows of one socket. */
export interface AppSocket {
  readonly socket: SocketId;
  readonly kind: 'listener' | 'connecting' | 'offered' | 'open';
  /** Offsets: octets received, receive credit, octets written, send credit. */
  readonly received: number;
  readonly credit: number;
  readonly sent: number;
  readonly sendLimit: number;
  readonly ended: boolean;
}

interface MutableSocket {
  readonly socket: SocketId;
  kind: AppSocket['kind'];
  received: number;
  credit: number;
  sent: number;
  sendLimit: number;
  acknowledged: number;
  ended: boolean;
  /** The application has closed or aborted the socket: only `closed` may follow. */
  left: boolean;
}

/** Thrown if the core breaks an invariant. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
  readonly code = 'ERR_SIMULATED_INVARIANT';
}

/**
 * An application that uses transport in every legal way, at odd times. It checks transport's
 * contract: data within the credit and without gaps, no indications for unknown sockets, and
 * exactly one `closed`.
 */
export class HostileApplication {
  readonly #sockets = new Map<SocketId, MutableSocket>();
  readonly #gone = new Set<SocketId>();
  readonly #mayCookie: boolean;
  #nextId = 1;

  /** `mayCookie`: the core may use SYN cookies. */
  constructor(mayCookie: boolean) {
    this.#mayCookie = mayCookie;
  }

  /** Sockets that are not closed. */
  get sockets(): readonly AppSocket[] {
    return [...this.#sockets.values()];
  }

  /**
   * Takes an indication of the core. Throws {@link InvariantError} if the indication breaks the
   * contract.
   */
  take(told: TransportIndication): void {
    const { socket } = told;
    if (this.#gone.has(socket)) this.#fail(told, 'after closed');
    if (told.kind === 'offer') return this.#takeOffer(told);
    const known = this.#sockets.get(socket);
    if (known === undefined) return this.#fail(told, 'about a socket that nobody knows');
    if (known.left && ['data', 'end', 'credit'].includes(told.kind)) {
      this.#fail(told, 'after it closed');
    }
    switch (told.kind) {
      case 'listening':
        if (known.kind !== 'listener') this.#fail(told, 'about a connection');
        return;
      case 'connected':
        if (known.kind !== 'connecting') this.#fail(told, `about a socket that is ${known.kind}`);
        known.kind = 'open';
        known.sendLimit = told.sendCreditOctets;
        return;
      case 'data':
        return this.#takeData(known, told);
      case 'end':
        if (known.ended) this.#fail(told, 'twice');
        if (told.offset !== known.received) this.#fail(told, `at ${told.offset}`);
        known.ended = true;
        return;
      case 'credit':
        return this.#takeCredit(known, told);
      case 'closed':
        this.#sockets.delete(socket);
        this.#gone.add(socket);
        return;
      case 'info':
        if (told.entry.socket !== socket) this.#fail(told, `of socket ${told.entry.socket}`);
        return;
      case 'error':
      case 'urgent':
        return;
      default:
        this.#fail(told, 'about a TCP socket');
    }
  }

  /** Whether the socket has been closed. */
  isGone(socket: SocketId): boolean {
    return this.#gone.has(socket);
  }

  /** A request for a listening socket. */
  listen(random: SeededRandom, local: SocketAddress): TransportRequest {
    const socket = this.#open('listener', 0);
    const backlog = random.pick([1, 2, 16]);
    const options = anyOptions(random);
    const reusePort = random.chance(0.5);
    return { kind: 'listen', socket, endpoint: 'app', local, backlog, options, reusePort };
  }

  connect(random: SeededRandom, local: SocketAddress, remote: SocketAddress): TransportRequest {
    const creditOctets = random.pick([0, 1, 1000, 1_000_000]);
    const socket = this.#open('connecting', creditOctets);
    const options = anyOptions(random);
    return { kind: 'connect', socket, endpoint: 'app', local, remote, options, creditOctets };
  }

  /**
   * Any legal request for one of the application's sockets. Undefined if there is no socket or no
   * request. `endChance`: the probability that the request ends the socket.
   */
  anything(random: SeededRandom, endChance: number): TransportRequest | undefined {
    const all = [...this.#sockets.values()];
    if (all.length === 0) return undefined;
    return this.#askOf(random, random.pick(all), endChance);
  }

  /** Accepts the first offered connection. Undefined if there is none. */
  accept(creditOctets: number): TransportRequest | undefined {
    const one = [...this.#sockets.values()].find(({ kind }) => kind === 'offered');
    return one === undefined ? undefined : this.#accept(one, creditOctets);
  }

  /** Half-closes the newest connection. Undefined if there is none. */
  shutdown(): TransportRequest | undefined {
    const one = [...this.#sockets.values()].findLast(({ kind }) => kind === 'open');
    return one === undefined ? undefined : { kind: 'shutdown', socket: one.socket };
  }

  /**
   * A SYN cookie does not encode the window shift that it offered (as Linux's cookie_v4_check()
   * recomputes it): the listener's receive buffer must not change.
   */
  #listenerOptions(random: SeededRandom): TcpSocketOptions {
    const { receiveBufferOctets, ...rest } = anyOptions(random);
    return this.#mayCookie ? rest : { ...rest, receiveBufferOctets };
  }

  #accept(one: MutableSocket, creditOctets: number): TransportRequest {
    one.kind = 'open';
    one.credit = creditOctets;
    return { kind: 'accept', socket: one.socket, endpoint: 'app', creditOctets };
  }

  #askOf(
    random: SeededRandom,
    one: MutableSocket,
    endChance: number,
  ): TransportRequest | undefined {
    const { socket } = one;
    if (one.kind === 'listener') {
      if (random.chance(0.05)) return this.#leave(one, 'close');
      return { kind: 'set-options', socket, options: this.#listenerOptions(random) };
    }
    if (one.kind === 'offered') {
      if (random.chance(0.15)) return this.#leave(one, random.pick(['close', 'abort']));
      return this.#accept(one, random.pick([0, 1, 5000, 1_000_000]));
    }
    if (random.chance(endChance)) {
      if (random.chance(0.4)) return { kind: 'shutdown', socket };
      return this.#leave(one, random.chance(0.75) ? 'close' : 'abort');
    }
    const choice = random.next();
    if (choice < 0.5) return this.#write(random, one);
    if (choice < 0.85) {
      one.credit = Math.max(
        one.credit,
        one.received + random.pick([0, 1, 100, 5000, 100_000, 2_000_000]),
      );
      return { kind: 'credit', socket, limitOctets: one.credit };
    }
    if (choice > 0.97) return { kind: 'get-info', socket };
    return { kind: 'set-options', socket, options: anyOptions(random) };
  }

  /** The last request for each socket, at the end of a run. */
  abortAll(): TransportRequest[] {
    const all = [...this.#sockets.values()];
    const order = [...all.filter(isConnection), ...all.filter((one) => !isConnection(one))];
    return order.map((one) => this.#leave(one, 'abort'));
  }

  /** The octets of the pattern that the socket sends. */
  octetsOf(socket: SocketId, offset: number, octets: number): Uint8Array {
    return patternOctets(socket & 0xffff, offset, octets);
  }

  #write(random: SeededRandom, one: MutableSocket): TransportRequest | undefined {
    const room = one.sendLimit - one.sent;
    if (room <= 0) return undefined;
    const octets = Math.min(room, random.pick([1, 1, 100, 1460, 20_000, room]));
    const data = this.octetsOf(one.socket, one.sent, octets);
    const offset = one.sent;
    one.sent += octets;
    const push = random.chance(0.8);
    return { kind: 'send', socket: one.socket, offset, data, push, urgent: random.chance(0.1) };
  }

  #leave(one: MutableSocket, kind: 'close' | 'abort'): TransportRequest {
    one.left = true;
    return { kind, socket: one.socket };
  }

  #open(kind: AppSocket['kind'], credit: number): SocketId {
    // Small ids: the core's ids for offers usually differ. Ids in use are skipped.
    let socket = this.#nextId;
    while (this.#sockets.has(socket) || this.#gone.has(socket)) socket += 1;
    this.#nextId = socket + 1;
    this.#add(socket, kind, credit, 0);
    return socket;
  }

  #add(socket: SocketId, kind: AppSocket['kind'], credit: number, sendLimit: number): void {
    const offsets = { received: 0, sent: 0, acknowledged: 0 };
    const state = { ended: false, left: false };
    this.#sockets.set(socket, { socket, kind, credit, sendLimit, ...offsets, ...state });
  }

  #takeOffer(told: Extract<TransportIndication, { kind: 'offer' }>): void {
    if (this.#sockets.has(told.socket)) this.#fail(told, 'of a socket that is in use');
    if (!this.#sockets.has(told.listener)) this.#fail(told, `of listener ${told.listener}`);
    this.#add(told.socket, 'offered', 0, told.sendCreditOctets);
  }

  #takeData(known: MutableSocket, told: Extract<TransportIndication, { kind: 'data' }>): void {
    const octets = told.data.byteLength;
    if (known.kind !== 'open') this.#fail(told, `to a socket that is ${known.kind}`);
    if (known.ended) this.#fail(told, 'after the end');
    if (octets === 0) this.#fail(told, 'of no octets');
    if (told.offset !== known.received) {
      this.#fail(told, `at ${told.offset}, not at ${known.received}`);
    }
    known.received += octets;
    if (known.received > known.credit) {
      this.#fail(told, `up to ${known.received} with a credit of ${known.credit}`);
    }
  }

  #takeCredit(known: MutableSocket, told: Extract<TransportIndication, { kind: 'credit' }>): void {
    if (told.limitOctets < known.sendLimit) this.#fail(told, 'that shrinks');
    if (told.acknowledgedOctets > known.sent) this.#fail(told, 'for octets that nobody wrote');
    if (told.acknowledgedOctets < known.acknowledged) this.#fail(told, 'that goes back');
    known.sendLimit = told.limitOctets;
    known.acknowledged = told.acknowledgedOctets;
  }

  #fail(told: TransportIndication, what: string): never {
    throw new InvariantError(
      `the application of socket ${told.socket} is told ${told.kind} ${what}`,
    );
  }
}

function isConnection(one: MutableSocket): boolean {
  return one.kind !== 'listener';
}

function anyOptions(random: SeededRandom): TcpSocketOptions {
  const some = <Value>(value: Value) => (random.chance(0.25) ? value : undefined);
  return {
    noDelay: some(random.chance(0.5)),
    sendBufferOctets: some(random.pick([4096, 20_000, 1_000_000])),
    receiveBufferOctets: some(random.pick([2304, 4096, 100_000, 8_000_000])),
    congestionControl: some(random.pick(['reno', 'cubic'])),
    maximumSegmentSizeOctets: some(random.pick([88, 536, 1460, 65_495])),
    tos: some(0x10),
    ttl: some(random.integer(1, 255)),
    keepAlive: some(random.chance(0.5)),
    keepAliveIdleMs: some(random.pick([1000, 60_000])),
    keepAliveIntervalMs: some(random.pick([1000, 75_000])),
    keepAliveProbes: some(random.pick([1, 9, 127])),
    cork: some(random.chance(0.5)),
    urgentInline: some(random.chance(0.5)),
    userTimeoutMs: some(random.pick([0, 1, 5000, 1_000_000])),
    userTimeoutOption: some(random.chance(0.5)),
    synRetries: some(random.pick([1, 6, 127])),
  };
}
