import type { BUS_DROP_REASONS } from '@strata/wire';

/**
 * Keeps out what a sender says after it has lost a shard: for each shard of one channel, the
 * highest epoch that has been seen (proto/strata/v1/link_network.proto, LinkRequestBatch). It
 * remembers that for as long as it exists.
 */
export class EpochFence {
  readonly #highest = new Map<number, number>();

  /**
   * Why a PDU of this shard and epoch is refused; undefined: it is not. Epoch 0 is no claim: it is
   * never refused, and does not count as seen.
   */
  refusal(shard: number, epoch: number): keyof typeof BUS_DROP_REASONS | undefined {
    if (epoch === 0) return undefined;
    if (epoch < (this.#highest.get(shard) ?? 0)) return 'strata/STALE_EPOCH';
    this.#highest.set(shard, epoch);
    return undefined;
  }
}
