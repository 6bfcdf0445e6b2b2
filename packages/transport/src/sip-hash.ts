/** A 64-bit number as two unsigned 32-bit halves. */
export type Uint64Halves = readonly [high: number, low: number];

/**
 * SipHash-2-4 (Aumasson, Bernstein 2012): a keyed hash that an attacker cannot predict without the
 * key, as RFC 6528 3 asks of F. 64-bit words are pairs of 32-bit halves, because BigInt is slow.
 *
 * `key`: at least 16 octets, of which the first 16 are used. `message`: any length. Both are only
 * read.
 */
export function sipHash24(key: Uint8Array, message: Uint8Array): Uint64Halves {
  const state = initialState(key);
  const words = message.byteLength - (message.byteLength % 8);
  for (let at = 0; at < words; at += 8) {
    compress(state, littleEndian(message, at + 4, 4), littleEndian(message, at, 4));
  }
  const rest = message.byteLength - words;
  // The last word holds the remaining octets, and the message's length in its top octet.
  const low = littleEndian(message, words, Math.min(rest, 4));
  const high = littleEndian(message, words + 4, Math.max(rest - 4, 0));
  compress(state, high | (message.byteLength << 24), low);
  state[5]! ^= 0xff;
  for (let i = 0; i < 4; i += 1) round(state);
  return [
    (state[0]! ^ state[2]! ^ state[4]! ^ state[6]!) >>> 0,
    (state[1]! ^ state[3]! ^ state[5]! ^ state[7]!) >>> 0,
  ];
}

/**
 * v0 to v3, each a high half followed by its low half. Reused by every call, because there are
 * many.
 */
const STATE = new Int32Array(8);

function initialState(key: Uint8Array): Int32Array {
  const k0Low = littleEndian(key, 0, 4);
  const k0High = littleEndian(key, 4, 4);
  const k1Low = littleEndian(key, 8, 4);
  const k1High = littleEndian(key, 12, 4);
  const state = STATE;
  state[0] = k0High ^ 0x736f6d65;
  state[1] = k0Low ^ 0x70736575;
  state[2] = k1High ^ 0x646f7261;
  state[3] = k1Low ^ 0x6e646f6d;
  state[4] = k0High ^ 0x6c796765;
  state[5] = k0Low ^ 0x6e657261;
  state[6] = k1High ^ 0x74656462;
  state[7] = k1Low ^ 0x79746573;
  return state;
}

function compress(state: Int32Array, high: number, low: number): void {
  state[6]! ^= high;
  state[7]! ^= low;
  round(state);
  round(state);
  state[0]! ^= high;
  state[1]! ^= low;
}

function round(state: Int32Array): void {
  halfRound(state, 0, 2, 13);
  swapHalves(state, 0);
  halfRound(state, 4, 6, 16);
  halfRound(state, 0, 6, 21);
  halfRound(state, 4, 2, 17);
  swapHalves(state, 4);
}

/** a += b; b = rotate left(b, bits); b ^= a. `bits`: 1 to 31. */
function halfRound(state: Int32Array, a: number, b: number, bits: number): void {
  const high = state[b]!;
  const low = state[b + 1]!;
  const sumLow = (state[a + 1]! >>> 0) + (low >>> 0);
  const sumHigh = (state[a]! + high + (sumLow > 0xffffffff ? 1 : 0)) | 0;
  state[a] = sumHigh;
  state[a + 1] = sumLow;
  state[b] = ((high << bits) | (low >>> (32 - bits))) ^ sumHigh;
  state[b + 1] = ((low << bits) | (high >>> (32 - bits))) ^ sumLow;
}

/** Rotates a word by 32 bits. */
function swapHalves(state: Int32Array, at: number): void {
  const high = state[at]!;
  state[at] = state[at + 1]!;
  state[at + 1] = high;
}

function littleEndian(bytes: Uint8Array, at: number, octets: number): number {
  let value = 0;
  for (let i = octets - 1; i >= 0; i -= 1) value = (value << 8) | bytes[at + i]!;
  return value;
}
