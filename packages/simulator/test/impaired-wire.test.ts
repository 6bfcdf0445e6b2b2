import { ImpairedWire, type Impairment, SeededRandom, type WirePacket } from '@strata/simulator';

function packet(number: number, octets = 100): WirePacket {
  const bytes = new Uint8Array(octets);
  new DataView(bytes.buffer).setUint32(0, number);
  return { packet: bytes, segmentSize: 0, checksum: 'complete' };
}

/** Sends `count` packets, one a millisecond; returns what arrives when. */
function run(impairment: Impairment, count = 1000, seed = 1, octets = 100) {
  const wire = new ImpairedWire(impairment, new SeededRandom(seed));
  const fates = Array.from({ length: count }, (_, i) => wire.send(packet(i, octets), i));
  const arrivals: { atMs: number; number: number; bytes: Uint8Array }[] = [];
  for (let at = wire.nextDeadlineMs(); at !== Infinity; at = wire.nextDeadlineMs()) {
    const bytes = wire.receive(at)!.packet;
    arrivals.push({ atMs: at, number: new DataView(bytes.buffer).getUint32(0), bytes });
  }
  return { fates, arrivals };
}

describe('an impaired wire', () => {
  it('without impairment carries all packets at once, in order', () => {
    const { arrivals } = run({});
    expect(arrivals.map(({ number }) => number)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(arrivals.every(({ atMs, number }) => atMs === number)).toBe(true);
  });

  it('does the same for the same seed, and something else for another', () => {
    const rough = { lossRatio: 0.1, duplicateRatio: 0.1, reorderRatio: 0.1, jitterMs: 5 };
    expect(run(rough)).toEqual(run(rough));
    expect(run(rough).fates).not.toEqual(run(rough, 1000, 2).fates);
  });

  it('gives nothing before its time', () => {
    const wire = new ImpairedWire({ delayMs: 10 }, new SeededRandom(1));
    wire.send(packet(1), 5);
    expect(wire.receive(14.999)).toBeUndefined();
    expect(wire.nextDeadlineMs()).toBe(15);
    expect(wire.receive(15)).toBeDefined();
    expect(wire.nextDeadlineMs()).toBe(Infinity);
  });

  it('loses and duplicates as often as it is told', () => {
    const lossy = run({ lossRatio: 0.2 });
    expect(lossy.arrivals.length).toBeGreaterThan(740);
    expect(lossy.arrivals.length).toBeLessThan(860);
    expect(lossy.fates.filter((fate) => fate === 'lost')).toHaveLength(
      1000 - lossy.arrivals.length,
    );
    const doubled = run({ duplicateRatio: 0.2 });
    expect(doubled.arrivals.length).toBeGreaterThan(1140);
    expect(doubled.arrivals.length).toBeLessThan(1260);
  });

  it('keeps the order in spite of jitter, except for packets held back', () => {
    const jittery = run({ jitterMs: 50 }).arrivals.map(({ number }) => number);
    expect(jittery).toEqual([...jittery].sort((a, b) => a - b));
    const { arrivals, fates } = run({ reorderRatio: 0.1, reorderDelayMs: 5 });
    const numbers = arrivals.map(({ number }) => number);
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
    for (const { atMs, number } of arrivals) {
      expect(atMs - number).toBe(fates[number] === 'held back' ? 5 : 0);
    }
  });

  it('lets a packet arrive without the delay, ahead of those under way', () => {
    const { arrivals } = run({ delayMs: 20, overtakeRatio: 0.1 });
    const early = arrivals.filter(({ atMs, number }) => atMs === number);
    expect(early.length).toBeGreaterThan(60);
    expect(early.length).toBeLessThan(140);
    const late = arrivals.filter(({ atMs, number }) => atMs === number + 20);
    expect(late).toHaveLength(1000 - early.length);
  });

  it('reorders by jitter if jitterReorders is set', () => {
    const numbers = run({ jitterMs: 50, jitterReorders: true }).arrivals.map(
      ({ number }) => number,
    );
    expect(numbers).toHaveLength(1000);
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
  });

  it('loses packets in a row: bad times of 1 / endRatio packets on average', () => {
    const { fates } = run({ burstLoss: { beginRatio: 0.02, endRatio: 0.2 } }, 20_000);
    const runs = fates
      .map((fate) => (fate === 'lost' ? 'x' : ' '))
      .join('')
      .match(/x+/g)!;
    const lost = runs.join('').length;
    // A time begins with a packet that is lost; mean length 5, and a new one may follow at once.
    expect(lost / runs.length).toBeGreaterThan(4);
    expect(lost / runs.length).toBeLessThan(6);
    expect(lost / 20_000).toBeGreaterThan(0.06);
    expect(lost / 20_000).toBeLessThan(0.12);
  });

  it('gives the queue delay, and the fates of all packets', () => {
    const wire = new ImpairedWire(
      { rateOctetsPerSecond: 100_000, queueOctets: 500 },
      new SeededRandom(1),
    );
    for (let i = 0; i < 7; i += 1) wire.send(packet(i), 0);
    expect(wire.queueDelayMs(0)).toBeCloseTo(5);
    expect(wire.queueDelayMs(3)).toBeCloseTo(2);
    expect(wire.queueDelayMs(9)).toBe(0);
    expect(wire.fates).toMatchObject({ carried: 5, 'queue full': 2 });
  });

  it('flips one bit of a corrupted packet', () => {
    const { arrivals, fates } = run({ corruptRatio: 0.5 });
    expect(fates.filter((fate) => fate === 'corrupted').length).toBeGreaterThan(400);
    for (const [i, { bytes }] of arrivals.entries()) {
      const original = packet(i).packet;
      let bits = 0;
      for (let at = 0; at < bytes.byteLength; at += 1) {
        for (let x = bytes[at]! ^ original[at]!; x !== 0; x &= x - 1) bits += 1;
      }
      expect(bits).toBe(fates[i] === 'corrupted' ? 1 : 0);
    }
  });

  it('drops a corrupted packet whose checksum is not complete', () => {
    const wire = new ImpairedWire({ corruptRatio: 1 }, new SeededRandom(1));
    expect(wire.send({ ...packet(1), checksum: 'verified' }, 0)).toBe('lost');
  });

  it('carries no more than its rate, and drops what its queue cannot hold', () => {
    const { arrivals } = run({ rateOctetsPerSecond: 10_000 }, 100);
    expect(arrivals.at(-1)!.atMs).toBeCloseTo(1000, 6);
    const full = run({ rateOctetsPerSecond: 10_000, queueOctets: 500 }, 100);
    expect(full.fates).toContain('queue full');
    expect(full.arrivals.length).toBeLessThan(20);
  });
});
