import {
  crc32,
  emitIpv4Header,
  emitTcpHeader,
  emitTcpPartialChecksum,
  hasValidTransportChecksum,
  PROTOCOL_TCP,
} from '@strata/wire';
import {
  Impairment,
  type ImpairmentSettings,
  LinkError,
  type LinkFrame,
  NO_IMPAIRMENT,
  seededRandom,
} from '../src/index.ts';
import { drain, ethernetFrame, linkFrame, OWN, PEER, udpPacket } from './support.ts';

interface Arrival {
  readonly id: number;
  readonly atMs: number;
  readonly sentMs: number;
}

/** A frame that carries its number. */
function numbered(id: number, octets = 100): LinkFrame {
  const frame = new Uint8Array(octets);
  new DataView(frame.buffer).setUint32(14, id);
  return linkFrame(frame);
}

function idOf(frame: LinkFrame): number {
  return new DataView(frame.frame.buffer, frame.frame.byteOffset).getUint32(14);
}

/** Sends `count` frames, one every `everyMs`, and returns which frames arrive and when. */
function run(wire: Impairment, count: number, everyMs = 1, octets = 100): Arrival[] {
  const arrivals: Arrival[] = [];
  const pollUntil = (untilMs: number) => {
    while (wire.nextDeadlineMs() <= untilMs) {
      const atMs = wire.nextDeadlineMs();
      const frames = drain(() => wire.poll(atMs));
      if (frames.length === 0) throw new Error(`nothing arrives at ${atMs}`);
      for (const frame of frames)
        arrivals.push({ id: idOf(frame), atMs, sentMs: idOf(frame) * everyMs });
    }
  };
  for (let id = 0; id < count; id += 1) {
    pollUntil(id * everyMs);
    wire.handle(numbered(id, octets), id * everyMs);
  }
  pollUntil(1e15);
  expect(wire.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  expect(wire.backlog).toBe(0);
  return arrivals;
}

function wire(settings: Partial<ImpairmentSettings>, seed = 1): Impairment {
  return new Impairment({ limitFrames: 1_000_000, ...settings }, seededRandom(seed));
}

function inOrder(arrivals: readonly Arrival[]): boolean {
  return arrivals.every(({ id }, index) => index === 0 || id >= arrivals[index - 1]!.id);
}

/** Asserts a share within five standard deviations. */
function expectShare(count: number, of: number, ratio: number): void {
  expect(Math.abs(count - of * ratio)).toBeLessThan(5 * Math.sqrt(of * ratio * (1 - ratio)));
}

describe('A wire without impairment', () => {
  it('draws no random number, so that switching one thing on does not change another', () => {
    const never = new Impairment({ delayMs: 5, rateBitsPerSecond: 1e6 }, () => {
      throw new Error('drawn');
    });
    never.handle(numbered(1), 0);
    expect(never.poll(100)).toBeDefined();
  });

  it('returns each frame at once, as the same object', () => {
    const plain = wire({});
    const frame = numbered(1);
    plain.handle(frame, 5);
    expect(plain.nextDeadlineMs()).toBe(5);
    expect(plain.poll(5)).toBe(frame);
    expect(plain.poll(5)).toBeUndefined();
    expect(plain.settings()).toEqual({ ...NO_IMPAIRMENT, limitFrames: 1_000_000 });
  });
});

describe('Delay', () => {
  it('is the same for each frame, and keeps their order', () => {
    const arrivals = run(wire({ delayMs: 20 }), 100, 0.5);
    expect(arrivals).toHaveLength(100);
    for (const { atMs, sentMs } of arrivals) expect(atMs - sentMs).toBe(20);
    expect(inOrder(arrivals)).toBe(true);
  });

  it('keeps the order of frames of the same moment', () => {
    expect(inOrder(run(wire({ delayMs: 20 }), 500, 0))).toBe(true);
  });

  it('does not give a frame before its time', () => {
    const slow = wire({ delayMs: 20 });
    slow.handle(numbered(1), 0);
    expect(slow.poll(19.99)).toBeUndefined();
    expect(slow.poll(20)).toBeDefined();
  });

  it('with jitter is spread uniformly, and reorders frames', () => {
    const arrivals = run(wire({ delayMs: 50, jitterMs: 10 }), 20_000);
    const delays = arrivals.map(({ atMs, sentMs }) => atMs - sentMs);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...delays)).toBeLessThanOrEqual(60);
    expectShare(delays.filter((ms) => ms < 45).length, 20_000, 0.25);
    expectShare(delays.filter((ms) => ms > 55).length, 20_000, 0.25);
    expect(inOrder(arrivals)).toBe(false);
  });

  it('is never negative, however large the jitter', () => {
    const arrivals = run(wire({ delayMs: 1, jitterMs: 100 }), 1_000);
    expect(arrivals.every(({ atMs, sentMs }) => atMs >= sentMs)).toBe(true);
  });
});

describe('Loss', () => {
  it('drops its share, and keeps the order of the rest', () => {
    const lossy = wire({ lossRatio: 0.02 });
    const arrivals = run(lossy, 50_000);
    expectShare(50_000 - arrivals.length, 50_000, 0.02);
    expect(lossy.counters()).toMatchObject({
      frames_in: 50_000,
      frames_out: arrivals.length,
      lost: 50_000 - arrivals.length,
    });
    expect(inOrder(arrivals)).toBe(true);
  });

  it('of 1 drops everything', () => {
    expect(run(wire({ lossRatio: 1 }), 100)).toEqual([]);
  });
});

describe('Duplication', () => {
  it('gives its share twice, each copy with its own octets', () => {
    const twice = wire({ duplicateRatio: 0.1 });
    const arrivals = run(twice, 20_000);
    expectShare(arrivals.length - 20_000, 20_000, 0.1);
    expect(twice.counters().duplicated).toBe(arrivals.length - 20_000);
    const always = wire({ duplicateRatio: 1 });
    always.handle(numbered(7), 0);
    const [one, other] = drain(() => always.poll(0));
    one!.frame.fill(0);
    expect(idOf(other!)).toBe(7);
  });

  it('of a frame that is lost leaves one, as netem does', () => {
    expect(run(wire({ duplicateRatio: 1, lossRatio: 1 }), 10)).toHaveLength(10);
  });
});

describe('Corruption', () => {
  it('flips one bit in each frame of its share, in a copy, and asks the receiver to verify', () => {
    const bad = wire({ corruptRatio: 0.25 });
    let turned = 0;
    for (let count = 0; count < 4_000; count += 1) {
      const frame = linkFrame(ethernetFrame(udpPacket(60)), { checksum: 'verified' });
      const before = frame.frame.slice();
      bad.handle(frame, 0);
      const out = bad.poll(0)!;
      const bits = bitsBetween(before, out.frame);
      const isCopy = bitsBetween(before, frame.frame) === 0;
      const isMarked = out.checksum === (bits === 1 ? 'complete' : 'verified');
      if (bits > 1 || !isCopy || !isMarked) throw new Error(`frame ${count}: ${bits} bits turned`);
      turned += bits;
    }
    expect(bad.counters().corrupted).toBe(turned);
    expectShare(turned, 4_000, 0.25);
  });

  it('of a frame with a partial checksum is found by the receiver: the checksum is completed first', () => {
    const bad = wire({ corruptRatio: 1 });
    const packet = new Uint8Array(540);
    emitIpv4Header(packet, {
      tos: 0,
      totalOctets: 540,
      identification: 0,
      dontFragment: true,
      moreFragments: false,
      fragmentOffsetOctets: 0,
      ttl: 64,
      protocol: PROTOCOL_TCP,
      source: OWN,
      destination: PEER,
    });
    const segment = packet.subarray(20);
    const header = {
      sourcePort: 1,
      destinationPort: 2,
      sequence: 3,
      acknowledgment: 4,
      flags: 16,
      window: 5,
      urgentPointer: 0,
      options: {},
    };
    emitTcpHeader(segment, header);
    emitTcpPartialChecksum(segment, OWN, PEER);
    for (let count = 0; count < 500; count += 1) {
      bad.handle(linkFrame(ethernetFrame(packet), { checksum: 'partial', segmentSize: 100 }), 0);
      const out = bad.poll(0)!;
      expect([out.checksum, out.segmentSize]).toEqual(['complete', 100]);
      // Exactly the flipped bit of the TCP segment is wrong.
      const original = ethernetFrame(packet).subarray(34);
      const inSegment =
        bitsBetween(original, out.frame.subarray(34)) -
        bitsBetween(original.subarray(16, 18), out.frame.subarray(50, 52));
      if (inSegment > 0) expect(hasValidTransportChecksum(out.frame.subarray(14))).toBe(false);
    }
  });
});

describe('Reordering', () => {
  it('sends its share at once, ahead of the delayed ones', () => {
    const mixed = wire({ delayMs: 10, reorderRatio: 0.25 });
    const arrivals = run(mixed, 20_000);
    const atOnce = arrivals.filter(({ atMs, sentMs }) => atMs === sentMs).length;
    expectShare(atOnce, 20_000, 0.25);
    expect(mixed.counters().reordered).toBe(atOnce);
    expect(arrivals.filter(({ atMs, sentMs }) => atMs - sentMs === 10)).toHaveLength(
      20_000 - atOnce,
    );
  });

  it('with a gap reorders only every Nth frame', () => {
    const arrivals = run(wire({ delayMs: 10, reorderRatio: 1, reorderGap: 5 }), 100);
    const atOnce = arrivals.filter(({ atMs, sentMs }) => atMs === sentMs).map(({ id }) => id);
    expect(atOnce).toEqual(Array.from({ length: 20 }, (_, index) => index * 5 + 4));
  });
});

describe('Rate', () => {
  it('spaces frames by their length', () => {
    // 100 octets at 8,000 bit/s take 100 ms.
    const arrivals = run(wire({ rateBitsPerSecond: 8_000, delayMs: 5 }), 10, 0);
    expect(arrivals.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 10 }, (_, index) => (index + 1) * 100 + 5),
    );
  });

  it('does not delay frames that come slower', () => {
    const arrivals = run(wire({ rateBitsPerSecond: 8_000 }), 10, 150);
    for (const { atMs, sentMs } of arrivals) expect(atMs - sentMs).toBe(100);
  });

  it('drops the newest frames if they do not fit into the bounded queue', () => {
    const narrow = wire({ rateBitsPerSecond: 8_000, limitFrames: 10 });
    const arrivals = run(narrow, 30, 0);
    expect(arrivals.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(narrow.counters().dropped_overlimit).toBe(20);
  });
});

describe('configure', () => {
  it('changes while frames are on their way; those keep their times', () => {
    const changing = wire({ delayMs: 100 });
    changing.handle(numbered(0), 0);
    changing.configure({ delayMs: 10 });
    changing.handle(numbered(1), 0);
    expect(changing.nextDeadlineMs()).toBe(10);
    expect(idOf(changing.poll(10)!)).toBe(1);
    expect(changing.nextDeadlineMs()).toBe(100);
    changing.configure({ lossRatio: 1 });
    expect(changing.settings()).toMatchObject({ delayMs: 10, lossRatio: 1 });
    changing.handle(numbered(2), 20);
    expect(changing.backlog).toBe(1);
  });

  it('frees the line if the rate changes', () => {
    const changing = wire({ rateBitsPerSecond: 8 });
    changing.handle(numbered(0), 0);
    changing.configure({ rateBitsPerSecond: 800_000 });
    changing.handle(numbered(1), 0);
    expect(changing.nextDeadlineMs()).toBe(1);
  });

  it.each<[keyof ImpairmentSettings, number]>([
    ['lossRatio', 1.01],
    ['lossRatio', -0.1],
    ['duplicateRatio', Number.NaN],
    ['corruptRatio', 2],
    ['ceMarkRatio', -1],
    ['reorderRatio', -1],
    ['delayMs', -1],
    ['jitterMs', 3_600_001],
    ['reorderGap', 0],
    ['reorderGap', 1.5],
    ['limitFrames', 0],
    ['rateBitsPerSecond', -1],
  ])('refuses %s %d, and changes nothing', (name, value) => {
    const kept = wire({});
    expect(() => kept.configure({ delayMs: 5, [name]: value })).toThrow(LinkError);
    expect(() => kept.configure({ [name]: value })).toThrow(`impairment ${name} is ${value}, not`);
    expect(kept.settings().delayMs).toBe(0);
  });

  it('refuses a setting that it does not know', () => {
    expect(() => wire({ loss: 1 } as object)).toThrow('impairment loss is unknown');
  });
});

describe('Congestion marks (RFC 3168 5)', () => {
  /** A frame of an IPv4 packet with this ECN field. */
  function frameWith(ecn: number): LinkFrame {
    const packet = udpPacket(60);
    packet[1] = ecn;
    // The header's checksum covers the octet.
    const sum = ((packet[10]! << 8) | packet[11]!) - ecn;
    packet[10] = sum >> 8;
    packet[11] = sum & 0xff;
    return linkFrame(ethernetFrame(packet));
  }

  it('are set on its share of the ECT packets, and counted', () => {
    const bad = wire({ ceMarkRatio: 0.25 });
    let marked = 0;
    for (let count = 0; count < 4_000; count += 1) {
      bad.handle(frameWith(2), 0);
      if ((bad.poll(0)!.frame[15]! & 3) === 3) marked += 1;
    }
    expect(bad.counters()).toMatchObject({ ce_marked: marked, lost: 0, frames_out: 4_000 });
    expectShare(marked, 4_000, 0.25);
  });

  it('go with the check sequence that the router would send', () => {
    const bad = wire({ ceMarkRatio: 1 });
    const frame = frameWith(2);
    bad.handle({ ...frame, fcs: crc32(frame.frame) }, 0);
    const marked = bad.poll(0)!;
    expect(marked.frame[15]! & 3).toBe(3);
    expect(marked.fcs).toBe(crc32(marked.frame));
  });

  it('are not set on a frame that is already broken: its check sequence still shows it', () => {
    const bad = wire({ ceMarkRatio: 1 });
    const frame = frameWith(2);
    bad.handle({ ...frame, fcs: crc32(frame.frame) ^ 1 }, 0);
    const passed = bad.poll(0)!;
    expect(passed.frame[15]! & 3).toBe(2);
    expect(passed.fcs).toBe(crc32(passed.frame) ^ 1);
  });

  it('are not set on other packets, which pass as they are', () => {
    const bad = wire({ ceMarkRatio: 1 });
    for (const frame of [frameWith(0), numbered(1)]) {
      const before = frame.frame.slice();
      bad.handle(frame, 0);
      expect(bad.poll(0)!.frame).toEqual(before);
    }
    expect(bad.counters().ce_marked).toBe(0);
  });
});

describe('The same seed', () => {
  it('gives the same result, and another seed gives another result', () => {
    const all = {
      lossRatio: 0.1,
      delayMs: 10,
      jitterMs: 5,
      duplicateRatio: 0.1,
      corruptRatio: 0.1,
      reorderRatio: 0.1,
    };
    expect(run(wire(all, 1), 500)).toEqual(run(wire(all, 1), 500));
    expect(run(wire(all, 1), 500)).not.toEqual(run(wire(all, 2), 500));
  });
});

function bitsBetween(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (let at = 0; at < a.byteLength; at += 1) {
    for (let difference = a[at]! ^ b[at]!; difference > 0; difference >>>= 1)
      bits += difference & 1;
  }
  return bits;
}
