import type { SocketAddress, SocketId, TransportIndication } from '@strata/transport';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import {
  type CallResult,
  done,
  failed,
  immediate,
  type OpenFile,
  type PendingCall,
  type PollEvents,
} from './calls.ts';
import { type Errno, errnoOf } from './errno.ts';
import { ENDPOINT, type SocketOwner, type SocketPort } from './socket-port.ts';

/** More octets than any script reads. */
const CREDIT_OCTETS = 2 ** 40;

/** A UDP socket with the behaviour of Linux's socket layer, on the transport boundary. */
export class DatagramSocket implements OpenFile, SocketOwner {
  nonBlocking = false;
  wakes = 0;
  /** Options of the bind. They have an effect only before it. */
  reuseAddress = false;
  broadcast = false;
  receiveBufferOctets: number | undefined;
  readonly #port: SocketPort;
  #id: SocketId = 0;
  #local: SocketAddress | undefined;
  #peer: SocketAddress | undefined;
  readonly #received: number[] = [];
  #error: Errno | undefined;

  constructor(port: SocketPort) {
    this.#port = port;
  }

  get id(): SocketId {
    return this.#id;
  }

  takeError(): Errno | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  bind(local: SocketAddress): CallResult {
    if (this.#id !== 0) return failed('EINVAL');
    this.#id = this.#port.open(this);
    this.#port.request({
      kind: 'bind',
      socket: this.#id,
      endpoint: ENDPOINT,
      local,
      receiveBufferOctets: this.receiveBufferOctets,
      reuseAddress: this.reuseAddress,
      broadcast: this.broadcast,
      creditOctets: CREDIT_OCTETS,
    });
    const error = this.takeError();
    return error === undefined ? done(0) : failed(error);
  }

  connect(peer: SocketAddress): PendingCall {
    const failure = this.#bindIfNeeded();
    if (failure !== undefined) return immediate(failure);
    this.#peer = peer;
    this.#follow(peer);
    return immediate(done(0));
  }

  #bindIfNeeded(): CallResult | undefined {
    const bound = this.#id === 0 ? this.bind({ address: UNSPECIFIED_IPV4, port: 0 }) : done(0);
    return bound.value < 0 ? bound : undefined;
  }

  #follow(peer: SocketAddress): void {
    if (this.#local !== undefined) this.#port.flows.follow(this.#local.port, peer.port);
  }

  /** `to`: undefined if the socket is connected, or if the script has `...`. */
  send(octets: number, to: SocketAddress | undefined): PendingCall {
    const error = this.takeError();
    if (error !== undefined) return immediate(failed(error));
    const failure = this.#bindIfNeeded();
    if (failure !== undefined) return immediate(failure);
    const remote = to ?? this.#peer;
    if (remote === undefined) return immediate(failed('EDESTADDRREQ'));
    if (octets > 65_507) return immediate(failed('EMSGSIZE'));
    if (this.#peer === undefined && this.#port.flows.current === undefined) this.#follow(remote);
    const data = new Uint8Array(octets);
    this.#port.request({
      kind: 'datagram',
      socket: this.#id,
      source: UNSPECIFIED_IPV4,
      remote,
      data,
    });
    return immediate(done(octets));
  }

  /** Reads a datagram. Octets beyond the buffer are lost. */
  read(octets: number, { dontWait = false, peek = false } = {}): PendingCall {
    return {
      attempt: () => {
        const error = this.takeError();
        if (error !== undefined) return failed(error);
        const next = peek ? this.#received[0] : this.#received.shift();
        if (next !== undefined) return done(Math.min(octets, next));
        return this.nonBlocking || dontWait ? failed('EAGAIN') : undefined;
      },
    };
  }

  /** Octets of the next datagram. */
  available(): number {
    return this.#received[0] ?? 0;
  }

  /** A datagram socket has no TCP_INQ. */
  readonly tellsUnread = false;

  /** Always 0: datagrams have no unread rest. */
  unreadHint(): number {
    return 0;
  }

  /** The address that `...` stands for in sendto. Undefined if the socket is connected. */
  get openAddress(): SocketAddress | undefined {
    if (this.#peer !== undefined) return undefined;
    const { flows, remoteAddress } = this.#port;
    return { ...remoteAddress, port: flows.current?.remotePort ?? remoteAddress.port };
  }

  poll(): PollEvents {
    const events: PollEvents = new Set(['OUT']);
    if (this.#received.length > 0) events.add('IN');
    if (this.#error !== undefined) events.add('ERR');
    return events;
  }

  close(): void {
    if (this.#id !== 0) this.#port.request({ kind: 'close', socket: this.#id });
  }

  tell(indication: TransportIndication): void {
    switch (indication.kind) {
      case 'bound':
        this.#local = indication.local;
        break;
      case 'datagram':
        this.#received.push(indication.data.byteLength);
        this.wakes += 1;
        break;
      case 'error':
        // An unconnected socket gets no ICMP errors (RFC 1122 4.1.3.3; Linux's __udp4_lib_err()
        // without IP_RECVERR).
        if (this.#peer !== undefined) this.#error = errnoOf(indication.reason);
        this.wakes += 1;
        break;
      case 'closed':
        this.#error = errnoOf(indication.reason);
        break;
      default:
        break;
    }
  }
}
