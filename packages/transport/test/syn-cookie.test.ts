import { ipv4Address } from '@strata/wire';
import {
  makeCookie,
  optionsOfTimestamp,
  readCookie,
  timestampWithOptions,
} from '../src/tcp/open-close/syn-cookies.ts';

const SECRET = new Uint8Array(16).map((_, i) => i);
const LOCAL = { address: ipv4Address(0xc0000202), port: 80 };
const REMOTE = { address: ipv4Address(0xc0000201), port: 40_000 };
const MINUTE = 60_000;

describe('a SYN cookie (T9, RFC 4987 3.6)', () => {
  it.each([
    [0, 536],
    [536, 536],
    [1299, 536],
    [1300, 1300],
    [1440, 1440],
    [1459, 1440],
    [1460, 1460],
    [8960, 1460],
  ])('holds an MSS of %i as %i: never more than the peer accepts', (mss, told) => {
    const cookie = makeCookie(SECRET, LOCAL, REMOTE, 77, mss, 0);
    expect(readCookie(SECRET, LOCAL, REMOTE, 77, cookie, 0)).toBe(told);
  });

  it.each([0, 59_999, 255 * MINUTE, 256 * MINUTE, 1e12])('is valid when made at %i ms', (nowMs) => {
    for (const irs of [0, 1, 0x7fffffff, 0xffffffff]) {
      const cookie = makeCookie(SECRET, LOCAL, REMOTE, irs, 1460, nowMs);
      expect(cookie).toBe(cookie >>> 0);
      expect(readCookie(SECRET, LOCAL, REMOTE, irs, cookie, nowMs)).toBe(1460);
    }
  });

  it('is valid in the minute it was made and in the next one', () => {
    const cookie = makeCookie(SECRET, LOCAL, REMOTE, 77, 1460, 10 * MINUTE);
    const at = (nowMs: number) => readCookie(SECRET, LOCAL, REMOTE, 77, cookie, nowMs);
    expect(at(11 * MINUTE - 1)).toBe(1460);
    expect(at(12 * MINUTE - 1)).toBe(1460);
    expect(at(12 * MINUTE)).toBeUndefined();
    expect(at(10 * MINUTE - 1)).toBeUndefined();
  });

  it('is valid only for its own connection, and only with the secret', () => {
    const cookie = makeCookie(SECRET, LOCAL, REMOTE, 77, 1460, 0);
    const read = (secret: Uint8Array, local = LOCAL, remote = REMOTE, irs = 77) =>
      readCookie(secret, local, remote, irs, cookie, 0);
    expect(read(SECRET)).toBe(1460);
    expect(read(SECRET.map((octet) => octet ^ 1))).toBeUndefined();
    expect(read(SECRET, { ...LOCAL, port: 81 })).toBeUndefined();
    expect(read(SECRET, LOCAL, { ...REMOTE, port: 1 })).toBeUndefined();
    expect(read(SECRET, LOCAL, { ...REMOTE, address: ipv4Address(1) })).toBeUndefined();
    expect(read(SECRET, LOCAL, REMOTE, 78)).toBeUndefined();
  });

  it('is not guessed in 20,000 tries: the chance is 8 in 2^32 each', () => {
    let hits = 0;
    for (let guess = 0; guess < 20_000; guess += 1) {
      const cookie = Math.imul(guess, 0x9e3779b1) >>> 0;
      if (readCookie(SECRET, LOCAL, REMOTE, 77, cookie, 5 * MINUTE) !== undefined) hits += 1;
    }
    expect(hits).toBe(0);
  });
});

describe('the SYN,ACK timestamp that holds options (T9)', () => {
  it.each([
    { windowScale: undefined, sackPermitted: false, ecn: false },
    { windowScale: 0, sackPermitted: true, ecn: false },
    { windowScale: 7, sackPermitted: true, ecn: true },
    { windowScale: 14, sackPermitted: false, ecn: true },
  ])('returns %j', (options) => {
    for (const clock of [0, 63, 64, 1_000_000, 0xffffffff]) {
      const value = timestampWithOptions(clock, options, options.ecn);
      expect(value).toBe(value >>> 0);
      expect(optionsOfTimestamp(value)).toEqual(options);
    }
  });

  it('is never ahead of the clock, and less than 128 ms behind it', () => {
    for (let clock = 1000; clock < 1200; clock += 1) {
      for (const windowScale of [undefined, 0, 14]) {
        const value = timestampWithOptions(clock, { windowScale, sackPermitted: true }, true);
        expect(value).toBeLessThanOrEqual(clock);
        expect(value).toBeGreaterThan(clock - 128);
      }
    }
  });

  it('takes a shift above 14 as 14 (RFC 7323 2.3)', () => {
    const value = timestampWithOptions(1000, { windowScale: 200 }, false);
    expect(optionsOfTimestamp(value).windowScale).toBe(14);
  });
});
