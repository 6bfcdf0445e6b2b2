import { ipv4Address } from '@strata/wire';
import { EphemeralPorts, firstFreePort } from '../src/ports.ts';

const secret = new Uint8Array(16).fill(7);
const range = [32768, 60999] as const;
const here = ipv4Address(0xc0000202);
const there = { address: ipv4Address(0xc0000201), port: 80 };

describe('firstFreePort', () => {
  it('searches the whole range once, then gives up', () => {
    const asked: number[] = [];
    const port = firstFreePort([10, 14], 3, (candidate) => {
      asked.push(candidate);
      return false;
    });
    expect(port).toBeUndefined();
    expect(asked).toEqual([13, 14, 10, 11, 12]);
  });

  it('includes the first and the last port of the range', () => {
    expect(firstFreePort([10, 14], 4, () => true)).toBe(14);
    expect(firstFreePort([10, 14], 5, () => true)).toBe(10);
    expect(firstFreePort([10, 10], 99, () => true)).toBe(10);
  });
});

describe('EphemeralPorts (RFC 6056 3.3.3)', () => {
  it('gives one destination consecutive ports', () => {
    const ports = new EphemeralPorts(secret);
    const first = ports.choose(range, here, there, () => true)!;
    const second = ports.choose(range, here, there, () => true)!;
    expect(second).toBe(first === range[1] ? range[0] : first + 1);
  });

  it('gives another destination another sequence', () => {
    const chosen = [1, 2, 3, 4].map(
      (port) => new EphemeralPorts(secret).choose(range, here, { ...there, port }, () => true)!,
    );
    expect(new Set(chosen).size).toBe(4);
    expect(Math.abs(chosen[0]! - chosen[1]!)).toBeGreaterThan(1);
  });

  it('depends on the secret', () => {
    const one = new EphemeralPorts(secret).choose(range, here, there, () => true);
    const other = new EphemeralPorts(new Uint8Array(16)).choose(range, here, there, () => true);
    expect(one).not.toBe(other);
  });

  it('skips ports in use and continues after the chosen one', () => {
    const ports = new EphemeralPorts(secret);
    const used = new Set<number>();
    for (let i = 0; i < 5; i += 1) {
      const port = ports.choose([100, 104], here, there, (candidate) => !used.has(candidate));
      expect(port).toBeDefined();
      used.add(port!);
    }
    expect([...used].sort()).toEqual([100, 101, 102, 103, 104]);
    expect(ports.choose([100, 104], here, there, (port) => !used.has(port))).toBeUndefined();
  });

  it('continues from an exported state', () => {
    const ports = new EphemeralPorts(secret);
    ports.choose(range, here, there, () => true);
    const copy = new EphemeralPorts(secret, ports.next);
    expect(copy.choose(range, here, there, () => true)).toBe(
      ports.choose(range, here, there, () => true),
    );
  });
});
