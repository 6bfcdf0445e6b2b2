import { EpochFence } from '../src/epoch-fence.ts';

/** The outcomes of PDUs with these shards and epochs, in order. */
function outcomes(pdus: readonly (readonly [shard: number, epoch: number])[]): string[] {
  const fence = new EpochFence();
  return pdus.map(([shard, epoch]) => fence.refusal(shard, epoch) ?? 'taken');
}

const STALE = 'strata/STALE_EPOCH';

describe('an epoch fence', () => {
  it('accepts equal and rising epochs', () => {
    expect(outcomes([1, 1, 2, 7, 7].map((epoch) => [5, epoch]))).toEqual(Array(5).fill('taken'));
  });

  it('always refuses an epoch below the highest that it has seen', () => {
    const pdus = [3, 2, 3, 1, 4, 3].map((epoch) => [5, epoch] as const);
    expect(outcomes(pdus)).toEqual(['taken', STALE, 'taken', STALE, 'taken', STALE]);
  });

  it('keeps the epochs of shards apart', () => {
    const pdus = [
      [5, 9],
      [6, 1],
      [5, 8],
      [6, 1],
    ] as const;
    expect(outcomes(pdus)).toEqual(['taken', 'taken', STALE, 'taken']);
  });

  it('never refuses a sender without a claim, and learns no epoch from it', () => {
    const pdus = [0, 2, 0, 1, 2, 0].map((epoch) => [5, epoch] as const);
    expect(outcomes(pdus)).toEqual(['taken', 'taken', 'taken', STALE, 'taken', 'taken']);
  });

  it('accepts epochs of more than 32 bits', () => {
    const pdus = [2 ** 53 - 1, 2 ** 53 - 2].map((epoch) => [5, epoch] as const);
    expect(outcomes(pdus)).toEqual(['taken', STALE]);
  });
});
