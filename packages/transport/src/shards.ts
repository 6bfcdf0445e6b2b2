import { type IpAddress, SHARDS } from '@strata/wire';
import type { SocketId } from './tcp/state/socket.ts';

/**
 * Computes the shard of a flow, 0 to 63; local is the stack's own side. For example the contract's
 * shardOfFlow().
 */
export type ShardOf = (
  protocol: number,
  localAddress: IpAddress,
  localPort: number,
  remoteAddress: IpAddress,
  remotePort: number,
) => number;

/**
 * The shards that a core owns. Several cores of one stack own different shards, and each accepts
 * only the flows of its own.
 */
export class Shards {
  readonly #shardOf: ShardOf | undefined;
  #owned: ReadonlySet<number> | undefined;

  /** Without `shardOf` all flows are in shard 0, and any port suits. */
  constructor(shardOf: ShardOf | undefined) {
    this.#shardOf = shardOf;
  }

  /** From now on only flows of these shards are accepted; undefined: all, the default. */
  own(shards: Iterable<number> | undefined): void {
    this.#owned = shards === undefined ? undefined : new Set(shards);
  }

  /**
   * The shard of a connection, carried in its socket id: the same as the network layer computes
   * from its packets.
   */
  of(...flow: Parameters<ShardOf>): number {
    return this.#shardOf === undefined ? 0 : this.#shardOf(...flow);
  }

  get ownsAll(): boolean {
    return this.#owned === undefined;
  }

  /** Whether this core owns the flow. */
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

  /** Whether this core owns the socket's shard. */
  takesSocket(socket: SocketId): boolean {
    return this.#owned === undefined || this.#owned.has(socket % SHARDS);
  }

  /** Whether answers to the flow arrive in the shard that the socket's id names. */
  isAtHome(socket: SocketId, ...flow: Parameters<ShardOf>): boolean {
    return this.#shardOf === undefined || this.#shardOf(...flow) === socket % SHARDS;
  }
}
