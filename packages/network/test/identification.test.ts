import { Identifications } from '../src/fragments/identification.ts';
import { HalfSipHash } from '../src/half-siphash.ts';
import { FAR, HOST, PEER, seeded } from './network-kit.ts';

describe('HalfSipHash-2-4', () => {
  it('gives the published vector for the octets 00 to 0b under the key 00 to 07', () => {
    const hash = new HalfSipHash(0x03020100, 0x07060504);
    expect(hash.hash(0x03020100, 0x07060504, 0x0b0a0908)).toBe(0x2f87f057);
  });
});

describe('identifications', () => {
  it('do not repeat for one source, destination and protocol (RFC 6864 4.3)', () => {
    const identifications = new Identifications(seeded(1));
    const seen = new Set<number>();
    for (let i = 0; i < 65536; i += 1) seen.add(identifications.next(HOST, FAR, 17, 1, 5));
    expect(seen.size).toBe(65536);
  });

  it('skip one for each packet that a super-segment is cut into', () => {
    const identifications = new Identifications(seeded(1));
    const first = identifications.next(HOST, FAR, 6, 40, 5);
    expect(identifications.next(HOST, FAR, 6, 1, 5)).toBe((first + 40) & 0xffff);
  });

  it('start at another number for each destination and in each core (RFC 7739 5)', () => {
    const starts = new Set<number>();
    for (let seed = 1; seed <= 20; seed += 1) {
      const identifications = new Identifications(seeded(seed));
      starts.add(identifications.next(HOST, FAR, 17, 1, 5));
      starts.add(identifications.next(HOST, PEER, 17, 1, 5));
    }
    expect(starts.size).toBeGreaterThan(35);
  });

  it('skip a random number after a pause, at most one for each millisecond', () => {
    const identifications = new Identifications(seeded(3));
    const steps = new Set<number>();
    let last = identifications.next(HOST, FAR, 17, 1, 0);
    for (let nowMs = 100; nowMs <= 3000; nowMs += 100) {
      const next = identifications.next(HOST, FAR, 17, 1, nowMs);
      const step = (next - last) & 0xffff;
      expect(step).toBeGreaterThanOrEqual(1);
      expect(step).toBeLessThanOrEqual(100);
      steps.add(step);
      last = next;
    }
    expect(steps.size).toBeGreaterThan(15);
  });
});
