import { type IpAddress, isUnspecified } from '@strata/wire';
import type { SocketAddress, SocketId } from '../tcp/state/socket.ts';
import type { UdpSocketState } from './udp-socket.ts';

/** The UDP sockets, by id and by port. */
export class UdpTable {
  readonly #byId = new Map<SocketId, UdpSocketState>();
  readonly #byPort = new Map<number, UdpSocketState[]>();
  /** Octets in all queues together, overhead included. */
  queuedOctets = 0;
  /** When network is told the groups again. Infinity: there is none. */
  repeatAtMs = Infinity;

  get(socket: SocketId): UdpSocketState | undefined {
    return this.#byId.get(socket);
  }

  all(): IterableIterator<UdpSocketState> {
    return this.#byId.values();
  }

  add(state: UdpSocketState): void {
    this.#byId.set(state.socket, state);
    this.queuedOctets += state.queuedOctets;
    const others = this.#byPort.get(state.local.port);
    if (others === undefined) this.#byPort.set(state.local.port, [state]);
    else others.push(state);
  }

  remove(state: UdpSocketState): void {
    if (this.#byId.delete(state.socket)) this.queuedOctets -= state.queuedOctets;
    const others = this.#byPort.get(state.local.port)?.filter((other) => other !== state) ?? [];
    if (others.length === 0) this.#byPort.delete(state.local.port);
    else this.#byPort.set(state.local.port, others);
    const listens = ({ groups }: UdpSocketState) => groups.length > 0;
    if (listens(state) && ![...this.#byId.values()].some(listens)) this.repeatAtMs = Infinity;
  }

  /**
   * Whether binding the address conflicts: another socket has the same port, and the same address
   * or any; unless both allow it (SO_REUSEADDR).
   */
  conflicts(local: SocketAddress, reuseAddress: boolean): boolean {
    return (
      this.#byPort
        .get(local.port)
        ?.some(
          (other) =>
            !(reuseAddress && other.reuseAddress) &&
            (isUnspecified(local.address) ||
              isUnspecified(other.local.address) ||
              other.local.address === local.address),
        ) ?? false
    );
  }

  /**
   * The socket for a unicast datagram: one bound to the address is preferred to one bound to any,
   * then the newest.
   */
  find(address: IpAddress, port: number): UdpSocketState | undefined {
    const bound = this.#byPort.get(port);
    if (bound === undefined) return undefined;
    return (
      bound.findLast((state) => state.local.address === address) ??
      bound.findLast((state) => isUnspecified(state.local.address))
    );
  }

  /**
   * The sockets for a broadcast or multicast datagram: all that are bound to the address or to any
   * (RFC 1122 3.2.1.3).
   */
  findAll(address: IpAddress, port: number): UdpSocketState[] {
    return (this.#byPort.get(port) ?? []).filter(
      (state) => state.local.address === address || isUnspecified(state.local.address),
    );
  }
}
