import { type IpAddress, isUnspecified } from '@strata/wire';
import type { Listener, ListenerMember } from '../state/listener.ts';
import type { SocketAddress, SocketId } from '../state/socket.ts';

/** The listening sockets of the stack. */
export class Listeners {
  readonly #byPort = new Map<number, Listener[]>();
  readonly #bySocket = new Map<SocketId, { listener: Listener; member: ListenerMember }>();

  /** The listener for this destination: on the same address, or else on any. */
  find(address: IpAddress, port: number): Listener | undefined {
    const listeners = this.#byPort.get(port);
    if (listeners === undefined) return undefined;
    return (
      listeners.find((listener) => listener.local.address === address) ??
      listeners.find((listener) => isUnspecified(listener.local.address))
    );
  }

  /** Whether a listener has exactly this address and port. */
  isListeningOn(local: SocketAddress): boolean {
    return this.at(local) !== undefined;
  }

  isListening(port: number): boolean {
    return this.#byPort.has(port);
  }

  get(socket: SocketId): { listener: Listener; member: ListenerMember } | undefined {
    return this.#bySocket.get(socket);
  }

  /**
   * Whether a listener prevents binding a socket to `local`, as Linux's inet_csk_bind_conflict()
   * decides: a listener on the same port with the same address, or one of the two addresses is any;
   * unless both have SO_REUSEPORT. SO_REUSEADDR does not change this.
   */
  conflicts(local: SocketAddress, reusePort: boolean): boolean {
    const listeners = this.#byPort.get(local.port) ?? [];
    return listeners.some(
      (one) =>
        !(reusePort && one.reusePort) &&
        (isUnspecified(local.address) ||
          isUnspecified(one.local.address) ||
          one.local.address === local.address),
    );
  }

  /** Adds a member, and its listener if it is the first. The caller has checked for conflicts. */
  add(local: SocketAddress, reusePort: boolean, member: ListenerMember): void {
    const listeners = this.#byPort.get(local.port) ?? [];
    let listener = this.at(local);
    if (listener === undefined) {
      const members: ListenerMember[] = [];
      listener = { state: 'LISTEN', local, reusePort, members, next: 0, cookieSentMs: -Infinity };
      listeners.push(listener);
      this.#byPort.set(local.port, listeners);
    }
    listener.members.push(member);
    this.#bySocket.set(member.socket, { listener, member });
  }

  /** The listener with exactly this address and port. */
  at(local: SocketAddress): Listener | undefined {
    return this.#byPort.get(local.port)?.find((one) => one.local.address === local.address);
  }

  remove(socket: SocketId): void {
    const found = this.#bySocket.get(socket);
    if (found === undefined) return;
    this.#bySocket.delete(socket);
    const { listener } = found;
    listener.members = listener.members.filter((member) => member.socket !== socket);
    if (listener.members.length > 0) return;
    const left = this.#byPort.get(listener.local.port)?.filter((one) => one !== listener) ?? [];
    if (left.length === 0) this.#byPort.delete(listener.local.port);
    else this.#byPort.set(listener.local.port, left);
  }

  /** The member for the next connection, in turn: the first with room after the last one chosen. */
  choose(
    listener: Listener,
    hasRoom: (member: ListenerMember) => boolean,
  ): ListenerMember | undefined {
    const { members } = listener;
    for (let i = 0; i < members.length; i += 1) {
      const index = (listener.next + i) % members.length;
      const member = members[index]!;
      if (!hasRoom(member)) continue;
      listener.next = (index + 1) % members.length;
      return member;
    }
    return undefined;
  }

  *[Symbol.iterator](): IterableIterator<Listener> {
    for (const listeners of this.#byPort.values()) yield* listeners;
  }
}
