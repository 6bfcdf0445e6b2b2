import type { Channel } from '@strata/contract';
import type { BUS_DROP_REASONS } from '@strata/wire';
import type { EpochOf } from './bus.ts';

/**
 * Refuses PDUs that a sender sends after it has lost a shard. For each shard of one channel it
 * remembers the highest epoch that it has seen (proto/strata/v1/link_network.proto,
 * LinkRequestBatch). It never forgets it.
 */
export class EpochFence {
  readonly #highest = new Map<number, number>();

  /**
   * Why a PDU of this shard and epoch is refused. Undefined: it is accepted. Epoch 0 is no claim:
   * it is never refused, and does not count as seen.
   */
  refusal(shard: number, epoch: number): keyof typeof BUS_DROP_REASONS | undefined {
    if (epoch === 0) return undefined;
    if (epoch < (this.#highest.get(shard) ?? 0)) return 'strata/STALE_EPOCH';
    this.#highest.set(shard, epoch);
    return undefined;
  }
}

/** The claim under which a PDU is published; 0: none, or nobody claims the channel. */
export function claimedEpoch<Pdu>(
  { claims }: Channel<Pdu>,
  pdu: Pdu,
  key: string,
  epochOf: EpochOf | undefined,
): number {
  return epochOf === undefined || claims === undefined ? 0 : epochOf(claims.shardOf(pdu, key));
}
