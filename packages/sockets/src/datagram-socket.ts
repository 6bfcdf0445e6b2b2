import { EventEmitter } from 'node:events';
import type { SocketAddress, SocketId, TransportIndication } from '@strata/transport';
import { type IpAddress, isMulticastIpv4, type MtuDiscover, UNSPECIFIED_IPV4 } from '@strata/wire';
import { type AddressInfo, checkPort, toAddressInfo, toSocketAddress } from './address-info.ts';
import { type Payload, toBytes } from './datagram-bytes.ts';
import { checkMtuDiscover, checkSegmentSize, refusalOf, softErrorFor } from './datagram-error.ts';
import { addressOf, DatagramGroups, type GroupFilter } from './datagram-groups.ts';
import { errorOfReason, systemError, usageError } from './errors.ts';
import { ReceiveCredit } from './net/receive-credit.ts';
import type { SocketHost } from './port/socket-host.ts';

/** Where a datagram came from, in Node's format. */
export interface RemoteInfo extends AddressInfo {
  /** Octets. */
  readonly size: number;
}

export interface DatagramSocketOptions {
  readonly type: 'udp4';
  /** Several sockets may bind the address. Default false. */
  readonly reuseAddr?: boolean | undefined;
  /** Most octets that wait for this process. Default `rmem_default`. */
  readonly recvBufferSize?: number | undefined;
}

export interface BindOptions {
  readonly port?: number | undefined;
  readonly address?: string | undefined;
}

type SendCallback = (error: Error | null, octets: number) => void;
type State = 'new' | 'binding' | 'bound' | 'closed';

/** A UDP port of the stack, with the interface of Node's `dgram.Socket`. */
export class DatagramSocket extends EventEmitter {
  readonly #host: SocketHost;
  readonly #options: DatagramSocketOptions;
  readonly #credit: ReceiveCredit;
  #state: State = 'new';
  #id: SocketId = 0;
  #local: SocketAddress | undefined;
  #remote: SocketAddress | undefined;
  #wanted: SocketAddress = { address: UNSPECIFIED_IPV4, port: 0 };
  #ttl: number | undefined;
  #broadcast = false;
  #segmentSize: number | undefined;
  #mtuDiscover: MtuDiscover | undefined;
  readonly #groups = new DatagramGroups();
  readonly #multicast = { source: UNSPECIFIED_IPV4, ttl: 1, loop: true };
  #referenced = true;
  /** Sends that wait until the port is open. */
  #waiting: (() => void)[] = [];

  constructor(host: SocketHost, options: DatagramSocketOptions) {
    super();
    this.#host = host;
    this.#options = options;
    this.#credit = new ReceiveCredit(host.receiveWindowOctets);
  }

  /** Opens a port. 0: transport chooses one. Emits 'listening' or 'error'. */
  bind(
    port?: number | BindOptions | (() => void) | null,
    address?: string | (() => void) | null,
    callback?: () => void,
  ): this {
    if (this.#state !== 'new')
      throw usageError('ERR_SOCKET_ALREADY_BOUND', 'Socket is already bound');
    const options: BindOptions =
      typeof port === 'object' && port !== null
        ? port
        : {
            port: typeof port === 'number' ? port : 0,
            address: typeof address === 'string' ? address : undefined,
          };
    const listener = [port, address, callback].find((argument) => typeof argument === 'function');
    if (typeof listener === 'function') this.once('listening', listener);
    this.#bind(toSocketAddress(options.address, checkPort(options.port ?? 0)));
    return this;
  }

  /** Sends to this address only, and receives only from it. Emits 'connect'. */
  connect(port: number, address?: string | (() => void), callback?: () => void): void {
    if (this.#remote !== undefined) {
      throw usageError('ERR_SOCKET_DGRAM_IS_CONNECTED', 'Already connected');
    }
    const listener = typeof address === 'function' ? address : callback;
    this.#remote = toSocketAddress(typeof address === 'string' ? address : 'localhost', port);
    if (listener !== undefined) this.once('connect', listener);
    this.#whenBound(() => process.nextTick(() => this.emit('connect')));
  }

  disconnect(): void {
    this.#needRemote();
    this.#remote = undefined;
  }

  /**
   * Sends a datagram: `send(message, [offset, length,] [port, [address,]] [callback])`. The bytes
   * are copied before it returns.
   */
  send(message: Payload, ...args: (number | string | SendCallback | undefined)[]): void {
    this.#checkRunning();
    const callback = args.find(
      (argument): argument is SendCallback => typeof argument === 'function',
    );
    const numbers = args.filter((argument): argument is number => typeof argument === 'number');
    const address = args.find((argument): argument is string => typeof argument === 'string');
    const connected = this.#remote !== undefined;
    const hasRange = numbers.length >= (connected ? 2 : 3);
    const bytes = toBytes(message, hasRange ? numbers[0] : undefined, numbers[1]);
    const port = hasRange ? numbers[2] : numbers[0];
    const remote = connected ? this.#remote! : this.#parseRemote(port, address);
    const refusal = refusalOf(bytes.byteLength, remote, this.#segmentSize, this.#broadcast);
    if (refusal !== undefined) {
      this.#failed(systemError(refusal, { syscall: 'send', ...toAddressInfo(remote) }), callback);
      return;
    }
    this.#whenBound(() => {
      this.#host.request({
        kind: 'datagram',
        socket: this.#id,
        remote,
        data: bytes,
        ...this.#way(remote),
        ...(this.#segmentSize === undefined ? {} : { segmentSize: this.#segmentSize }),
        ...(this.#mtuDiscover === undefined ? {} : { mtuDiscover: this.#mtuDiscover }),
      });
      if (callback !== undefined) process.nextTick(callback, null, bytes.byteLength);
    });
  }

  /** Closes the port; 'close' follows. */
  close(callback?: () => void): this {
    this.#checkRunning();
    if (callback !== undefined) this.once('close', callback);
    if (this.#id !== 0) this.#host.request({ kind: 'close', socket: this.#id });
    this.#gone();
    return this;
  }

  address(): AddressInfo {
    if (this.#local === undefined) throw systemError('EBADF', { syscall: 'getsockname' });
    return toAddressInfo(this.#local);
  }

  remoteAddress(): AddressInfo {
    return toAddressInfo(this.#needRemote());
  }

  /** Sets the time to live of sent datagrams, 1 to 255. Throws EINVAL outside that range. */
  setTTL(ttl: number): number {
    if (!Number.isInteger(ttl) || ttl < 1 || ttl > 255) {
      throw systemError('EINVAL', { syscall: 'setTTL' });
    }
    this.#ttl = ttl;
    return ttl;
  }

  /**
   * From now on each message is sent as datagrams of `octets` octets each (Linux's UDP_SEGMENT;
   * Node has no such option). The last datagram of a message may be shorter. A message makes at
   * most 128 datagrams, and they cost little more than one. Each must fit the path MTU. 0, the
   * default: each message is one datagram. Throws EINVAL outside 0 to 65,495.
   */
  setSegmentSize(octets: number): number {
    checkSegmentSize(octets);
    this.#segmentSize = octets === 0 ? undefined : octets;
    return octets;
  }

  /**
   * How sent datagrams use path MTU discovery (Linux's IP_MTU_DISCOVER; Node has no such option).
   * Default `want`, or `dont` if `ip_no_pmtu_disc` is not 0. With `do` and `probe`, a datagram that
   * is too long for the path is lost, and the event 'error' tells so: EMSGSIZE, with the `mtu`, the
   * `address` and the `port`. Throws EINVAL for another value.
   */
  setMtuDiscover(how: MtuDiscover): void {
    checkMtuDiscover(how);
    this.#mtuDiscover = how;
  }

  /**
   * Joins a multicast group, on the interface that has the address `multicastInterface`; default:
   * the one that the group is routed to. A socket that is not bound is bound first. Throws EINVAL,
   * EADDRINUSE if the socket has joined already. 'error' with ENOBUFS follows where the socket has
   * too many groups (`igmp_max_memberships`).
   */
  addMembership(multicastAddress: string, multicastInterface?: string): void {
    this.#setGroup(() => this.#groups.add(multicastAddress, multicastInterface));
  }

  /** Leaves a group. Throws EADDRNOTAVAIL if the socket has not joined it. */
  dropMembership(multicastAddress: string, multicastInterface?: string): void {
    this.#setGroup(() => this.#groups.drop(multicastAddress, multicastInterface));
  }

  /** Wants a group's datagrams from this source too (RFC 4607). Throws EINVAL, EADDRNOTAVAIL. */
  addSourceSpecificMembership(
    sourceAddress: string,
    groupAddress: string,
    multicastInterface?: string,
  ): void {
    this.#setGroup(() => this.#groups.addSource(sourceAddress, groupAddress, multicastInterface));
  }

  /** Wants no more datagrams of a group from this source. Throws EINVAL, EADDRNOTAVAIL. */
  dropSourceSpecificMembership(
    sourceAddress: string,
    groupAddress: string,
    multicastInterface?: string,
  ): void {
    this.#setGroup(() => this.#groups.dropSource(sourceAddress, groupAddress, multicastInterface));
  }

  /** Sends datagrams to groups by the interface that has this address; 0.0.0.0: by the routes. */
  setMulticastInterface(address: string): void {
    this.#checkRunning();
    this.#multicast.source = addressOf(address, 'multicastInterface', 'setMulticastInterface');
  }

  /** Time to live of datagrams to groups, 1 to 255; default 1. Throws EINVAL outside that range. */
  setMulticastTTL(ttl: number): number {
    this.#checkRunning();
    if (!Number.isInteger(ttl) || ttl < 1 || ttl > 255) {
      throw systemError('EINVAL', { syscall: 'setMulticastTTL' });
    }
    this.#multicast.ttl = ttl;
    return ttl;
  }

  /** Whether the stack's own sockets get what this one sends to a group; default true. */
  setMulticastLoopback(on: boolean): boolean {
    this.#checkRunning();
    this.#multicast.loop = Boolean(on);
    return on;
  }

  /**
   * Allows datagrams to 255.255.255.255. The broadcast address of a subnet is always allowed. The
   * reason: Node's programs call this after bind(), when the port is already open. So the port is
   * always opened with broadcast, and this side does not know the subnets.
   */
  setBroadcast(broadcast: boolean): void {
    this.#broadcast = broadcast;
  }

  ref(): this {
    this.#referenced = true;
    if (this.#id !== 0 && this.#state !== 'closed') this.#host.liveness.hold(this);
    return this;
  }

  unref(): this {
    this.#referenced = false;
    this.#host.liveness.release(this);
    return this;
  }

  /** How a datagram to this destination leaves: its source, time to live and own copies. */
  #way({ address }: SocketAddress): { source: IpAddress; ttl?: number; noLoop?: true } {
    if (!isMulticastIpv4(address)) {
      return { source: UNSPECIFIED_IPV4, ...(this.#ttl === undefined ? {} : { ttl: this.#ttl }) };
    }
    const { source, ttl, loop } = this.#multicast;
    return { source, ttl, ...(loop ? {} : { noLoop: true }) };
  }

  #setGroup(change: () => GroupFilter): void {
    this.#checkRunning();
    const filter = change();
    this.#whenBound(() => this.#host.request({ kind: 'set-group', socket: this.#id, ...filter }));
  }

  #checkRunning(): void {
    if (this.#state === 'closed') throw usageError('ERR_SOCKET_DGRAM_NOT_RUNNING', 'Not running');
  }

  #bind(wanted: SocketAddress): void {
    this.#state = 'binding';
    this.#wanted = wanted;
    this.#id = this.#host.newSocketId();
    this.#host.register(this.#id, (indication) => this.#handle(indication));
    if (this.#referenced) this.#host.liveness.hold(this);
    const { recvBufferSize, reuseAddr } = this.#options;
    this.#host.request({
      kind: 'bind',
      socket: this.#id,
      endpoint: this.#host.endpoint,
      local: wanted,
      creditOctets: this.#credit.limitOctets,
      broadcast: true,
      ...(recvBufferSize === undefined ? {} : { receiveBufferOctets: recvBufferSize }),
      ...(reuseAddr === undefined ? {} : { reuseAddress: reuseAddr }),
    });
  }

  #whenBound(action: () => void): void {
    if (this.#state === 'new') this.#bind({ address: UNSPECIFIED_IPV4, port: 0 });
    if (this.#state === 'bound') action();
    else this.#waiting.push(action);
  }

  #handle(indication: TransportIndication): void {
    if (this.#state === 'closed') return;
    switch (indication.kind) {
      case 'bound': {
        this.#state = 'bound';
        this.#local = indication.local;
        this.emit('listening');
        for (const action of this.#waiting.splice(0)) action();
        break;
      }
      case 'datagram':
        this.#onDatagram(indication);
        break;
      case 'error':
        this.#onError(indication);
        break;
      case 'closed':
        this.#onClosed(indication);
        break;
    }
  }

  /**
   * The event 'message' has a third argument, which Node does not have: the address that the
   * datagram was sent to. It may be a broadcast or group address (RFC 1122 4.1.3.5).
   */
  #onDatagram({ local, remote, data }: TransportIndication & { kind: 'datagram' }): void {
    this.#credit.received(data.byteLength);
    const from = this.#remote;
    if (from === undefined || (from.address === remote.address && from.port === remote.port)) {
      const message = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      const info = { ...toAddressInfo(remote), size: data.byteLength };
      this.emit('message', message, info, toAddressInfo(local));
    }
    const limitOctets = this.#credit.extend(0);
    if (limitOctets === undefined || this.#id === 0) return;
    this.#host.request({ kind: 'credit', socket: this.#id, limitOctets });
  }

  #onError(indication: TransportIndication & { kind: 'error' }): void {
    const error = softErrorFor(indication, this.#remote, this.#mtuDiscover);
    if (error !== undefined) this.emit('error', error);
  }

  #onClosed(indication: TransportIndication & { kind: 'closed' }): void {
    const error = errorOfReason(indication.reason, {
      syscall: this.#state === 'binding' ? 'bind' : 'recvmsg',
      ...toAddressInfo(this.#wanted),
      detail: indication.detail,
    });
    this.#gone();
    this.emit('error', error);
  }

  #gone(): void {
    this.#state = 'closed';
    this.#id = 0;
    this.#waiting = [];
    this.#host.liveness.release(this);
    process.nextTick(() => this.emit('close'));
  }

  #parseRemote(port: number | undefined, address: string | undefined): SocketAddress {
    const remote = toSocketAddress(address ?? 'localhost', checkPort(port));
    if (remote.port === 0) checkPort('0 (a destination)');
    return remote;
  }

  #needRemote(): SocketAddress {
    if (this.#remote !== undefined) return this.#remote;
    throw usageError('ERR_SOCKET_DGRAM_NOT_CONNECTED', 'Not connected');
  }

  #failed(error: Error, callback: SendCallback | undefined): void {
    if (callback !== undefined) process.nextTick(callback, error, 0);
    else process.nextTick(() => this.emit('error', error));
  }
}
