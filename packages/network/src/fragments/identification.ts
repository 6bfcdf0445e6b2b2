import { type IpAddress, ipv4Bits } from '@strata/wire';
import { HalfSipHash } from '../half-siphash.ts';

const BUCKETS = 2048;

/**
 * Identifications of packets that may be fragmented (RFC 6864 4.3), as Linux's ip_idents_reserve()
 * chooses them. A keyed hash of (source, destination, protocol) chooses a bucket, which counts from
 * a start that nobody can guess. After a pause the bucket skips a random number, so that an
 * observer cannot count the packets sent to others (RFC 7739 5.1).
 */
export class Identifications {
  readonly #hash: HalfSipHash;
  readonly #random: () => number;
  readonly #counters = new Uint16Array(BUCKETS);
  readonly #usedAtMs = new Float64Array(BUCKETS).fill(-1);

  constructor(random: () => number) {
    this.#random = random;
    this.#hash = new HalfSipHash(randomWord(random), randomWord(random));
  }

  /** Reserves `count` identifications for the caller and returns the first. */
  next(
    source: IpAddress,
    destination: IpAddress,
    protocol: number,
    count: number,
    nowMs: number,
  ): number {
    const hash = this.#hash.hash(ipv4Bits(source), ipv4Bits(destination), protocol);
    const bucket = hash % BUCKETS;
    const usedAtMs = this.#usedAtMs[bucket]!;
    if (usedAtMs < 0) {
      this.#counters[bucket] = this.#random() * 0x10000;
    } else {
      const pauseMs = Math.min(nowMs - usedAtMs, 0x10000);
      if (pauseMs >= 1) this.#counters[bucket]! += Math.floor(this.#random() * pauseMs);
    }
    this.#usedAtMs[bucket] = Math.max(0, nowMs);
    // Some bits of the hash choose the bucket. Other bits separate the flows that share a bucket.
    const identification = (this.#counters[bucket]! + (hash >>> 16)) & 0xffff;
    this.#counters[bucket]! += count;
    return identification;
  }
}

function randomWord(random: () => number): number {
  return Math.floor(random() * 0x100000000);
}
