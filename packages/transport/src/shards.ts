import { type IpAddress, SHARDS } from '@strata/wire';
import type { SocketId } from './tcp/state/socket.ts';

/**
 * The shard, 0 to 63, of a flow; local is the stack's own side. The contract's shardOfFlow() is
 * one.
 */
export type ShardOf = (
  protocol: number,
  localAddress: IpAddress,
  localPort: number,
  remoteAddress: IpAddress,
  remotePort: number,
) => number;

/**
 * Which shards a core owns. Several cores of one stack own different ones; each takes the flows of
 * its own.
 */
export class Shards {
  readonly #shardOf: ShardOf | undefined;
  #owned: ReadonlySet<number> | undefined;

  /** Without `shardOf` all flows are in shard 0, and a port is chosen without regard to it. */
  constructor(shardOf: ShardOf | undefined) {
    this.#shardOf = shardOf;
  }

  /** From now on only flows of these shards are taken; undefined: all, which is the default. */
  own(shards: Iterable<number> | undefined): void {
    this.#owned = shards === undefined ? undefined : new Set(shards);
  }

  /**
   * The shard that a connection's socket id carries: the same that network computes from its
   * packets.
   */
  of(...flow: Parameters<ShardOf>): number {
    return this.#shardOf === undefined ? 0 : this.#shardOf(...flow);
  }

  get ownsAll(): boolean {
    return this.#owned === undefined;
  }

  /** Whether a flow is this core's to take. */
  takes(
    protocol: number,
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
  ): boolean {
    if (this.#owned === undefined) return true;
    return this.#owned.has(this.of(protocol, localAddress, localPort, remoteAddress, remotePort));
  }

  /** Whether the socket lives in a shard of this core. */
  takesSocket(socket: SocketId): boolean {
    return this.#owned === undefined || this.#owned.has(socket % SHARDS);
  }

  /** Whether the answers to a flow come home: they reach the shard that the socket's id names. */
  isAtHome(socket: SocketId, ...flow: Parameters<ShardOf>): boolean {
    return this.#shardOf === undefined || this.#shardOf(...flow) === socket % SHARDS;
  }
}
