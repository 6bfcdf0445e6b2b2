import type { IpAddress } from '@strata/wire';
import { portOffset } from './isn.ts';
import type { SocketAddress } from './tcp/state/socket.ts';

/**
 * The first free port of `range` (first and last, inclusive), searched from the `start`-th on and
 * wrapping around; undefined: all are in use. `start`: any integer from 0.
 */
export function firstFreePort(
  range: readonly [number, number],
  start: number,
  isFree: (port: number) => boolean,
): number | undefined {
  const count = range[1] - range[0] + 1;
  for (let i = 0; i < count; i += 1) {
    const port = range[0] + ((start + i) % count);
    if (isFree(port)) return port;
  }
  return undefined;
}

/**
 * Choice of ephemeral ports by RFC 6056 algorithm 3: a keyed hash of the addresses gives each
 * destination its own sequence of ports. An observer of one sequence cannot guess another, and a
 * port is reused as late as possible.
 *
 * A UDP bind has no destination, and a peer that has seen one port could guess the next. There a
 * random start is used (algorithm 1): see {@link firstFreePort}.
 */
export class EphemeralPorts {
  readonly #secret: Uint8Array;
  #next: number;

  /**
   * `secret`: at least 16 octets, borrowed. `next`: the counter to continue from, see
   * {@link EphemeralPorts.next}.
   */
  constructor(secret: Uint8Array, next = 0) {
    this.#secret = secret;
    this.#next = next;
  }

  /** The counter `next_ephemeral` of RFC 6056 3.3.3: the whole state. */
  get next(): number {
    return this.#next;
  }

  /**
   * Continues from another stack's counter, if that is ahead: ports are reused as late as possible.
   */
  goOnFrom(next: number): void {
    if (((next - this.#next) | 0) > 0) this.#next = next;
  }

  /**
   * A free port of `range` for a connection from `localAddress` to `remote`; undefined: all are in
   * use.
   */
  choose(
    range: readonly [number, number],
    localAddress: IpAddress,
    remote: SocketAddress,
    isFree: (port: number) => boolean,
  ): number | undefined {
    const count = range[1] - range[0] + 1;
    const start = portOffset(this.#secret, localAddress, remote) + this.#next;
    const port = firstFreePort(range, start, isFree);
    if (port === undefined) return undefined;
    const tried = (((port - range[0] - start) % count) + count) % count;
    this.#next = (this.#next + tried + 1) % 0x100000000;
    return port;
  }
}
