import type { SocketAddress, SocketId, TransportIndication } from '@strata/transport';
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

/** More than any script reads. */
const CREDIT_OCTETS = 2 ** 40;

/** A UDP socket as Linux's socket layer has it, over the transport boundary. */
export class DatagramSocket implements OpenFile, SocketOwner {
  nonBlocking = false;
  wakes = 0;
  /** Options of the bind; they count while the socket is not bound. */
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
    const bound = this.#id === 0 ? this.bind({ address: 0, port: 0 }) : done(0);
    return bound.value < 0 ? bound : undefined;
  }

  #follow(peer: SocketAddress): void {
    if (this.#local !== undefined) this.#port.flows.follow(this.#local.port, peer.port);
  }

  /** `to`: undefined where the socket is connected or the script leaves it open. */
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
    this.#port.request({ kind: 'datagram', socket: this.#id, source: 0, remote, data });
    return immediate(done(octets));
  }

  /** The octets beyond the buffer are lost. */
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

  /** Octets of the datagram that comes next. */
  available(): number {
    return this.#received[0] ?? 0;
  }

  /** A datagram socket has no TCP_INQ. */
  readonly tellsUnread = false;

  /** As of a stream: a datagram has none. */
  unreadHint(): number {
    return 0;
  }

  /** Where `...` means to send to: to the peer that the script is about, or to where it would connect. */
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
        // A socket that is not connected hears of no errors (RFC 1122 4.1.3.3; as in Linux without IP_RECVERR).
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
