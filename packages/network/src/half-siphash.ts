/**
 * HalfSipHash-2-4 with 32-bit output over whole 32-bit words (Aumasson, Bernstein): a keyed hash in
 * 32-bit arithmetic. Nobody can predict it without the key.
 */
export class HalfSipHash {
  readonly #key0: number;
  readonly #key1: number;

  constructor(key0: number, key1: number) {
    this.#key0 = key0;
    this.#key1 = key1;
  }

  /** The hash of three words, 0 to 2^32 - 1. */
  hash(first: number, second: number, third: number): number {
    const state = new Int32Array(4);
    state[0] = this.#key0;
    state[1] = this.#key1;
    state[2] = 0x6c796765 ^ this.#key0;
    state[3] = 0x74656462 ^ this.#key1;
    absorb(state, first);
    absorb(state, second);
    absorb(state, third);
    absorb(state, 12 << 24);
    state[2]! ^= 0xff;
    for (let i = 0; i < 4; i += 1) round(state);
    return (state[1]! ^ state[3]!) >>> 0;
  }
}

function absorb(state: Int32Array, word: number): void {
  state[3]! ^= word;
  round(state);
  round(state);
  state[0]! ^= word;
}

function round(state: Int32Array): void {
  let v0 = state[0]!;
  let v1 = state[1]!;
  let v2 = state[2]!;
  let v3 = state[3]!;
  v0 = (v0 + v1) | 0;
  v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
  v0 = (v0 << 16) | (v0 >>> 16);
  v2 = (v2 + v3) | 0;
  v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
  v0 = (v0 + v3) | 0;
  v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
  v2 = (v2 + v1) | 0;
  v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
  v2 = (v2 << 16) | (v2 >>> 16);
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}
