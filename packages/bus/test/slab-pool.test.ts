import { SlabPool } from '../src/slab-pool.ts';

const SLAB_OCTETS = 256 * 1024;

/** Fills a slab to the last octet and hands it over. */
function fill(pool: SlabPool): Uint8Array {
  pool.renew(SLAB_OCTETS);
  pool.take(SLAB_OCTETS);
  return pool.unsent()!;
}

describe('SlabPool', () => {
  it('reuses a slab only when everything sent from it is confirmed', async () => {
    const confirms: (() => void)[] = [];
    const pool = new SlabPool(() => new Promise((resolve) => confirms.push(resolve)));
    const first = fill(pool);
    const second = fill(pool);
    const third = fill(pool);
    expect(new Set([first.buffer, second.buffer, third.buffer]).size).toBe(3);
    expect(pool.inFlightOctets).toBe(3 * SLAB_OCTETS);
    confirms[0]!();
    await undefined;
    expect(pool.inFlightOctets).toBe(2 * SLAB_OCTETS);
    expect(fill(pool).buffer).toBe(first.buffer);
  });

  it('never reuses a slab whose confirmation failed, and no longer counts it', async () => {
    let fail = () => {};
    const pool = new SlabPool(
      () =>
        new Promise((_resolve, reject) => {
          fail = () => reject(new Error('the connection broke'));
        }),
    );
    const first = fill(pool);
    fill(pool);
    fail();
    await new Promise(setImmediate);
    expect(pool.inFlightOctets).toBe(SLAB_OCTETS);
    expect(fill(pool).buffer).not.toBe(first.buffer);
  });

  it('hands over what was written since the last call, in one piece', () => {
    const pool = new SlabPool(async () => {});
    pool.renew(100);
    pool.append(Uint8Array.of(1, 2));
    pool.append(Uint8Array.of(3));
    expect([...pool.unsent()!]).toEqual([1, 2, 3]);
    expect(pool.unsent()).toBeUndefined();
    pool.append(Uint8Array.of(4));
    expect([...pool.unsent()!]).toEqual([4]);
  });

  it('makes a separate slab for a larger message', () => {
    const pool = new SlabPool(async () => {});
    expect(pool.hasRoom(1)).toBe(false);
    pool.renew(SLAB_OCTETS + 1);
    expect(pool.take(SLAB_OCTETS + 1).byteLength).toBe(SLAB_OCTETS + 1);
    expect(pool.hasRoom(1)).toBe(false);
  });
});
