import fc from 'fast-check';
import type { NetworkCore } from '../src/index.ts';
import {
  drain,
  fromLink,
  HOST,
  host,
  icmp,
  ip,
  onlyIcmp,
  onlySegment,
  type PacketFields,
  PEER,
  packet,
  pattern,
  SUBNET_BROADCAST,
  send,
  valid,
} from './network-kit.ts';

/** A fragment: octets `from` to `to` of the pattern of `total` octets. */
function piece(from: number, to: number, total: number, fields: PacketFields = {}): Uint8Array {
  return packet({
    protocol: 17,
    payload: pattern(total).subarray(from, to),
    fragmentOffsetOctets: from,
    moreFragments: to < total,
    ...fields,
  });
}

function take(core: NetworkCore, bytes: Uint8Array, nowMs = 0): string {
  return core.handleIndication(fromLink(bytes), nowMs);
}

describe('fragmentation and reassembly (RFC 791 3.2)', () => {
  it('are the identity for any size, MTU, order and repetition', () => {
    const cases = fc.record({
      octets: fc.integer({ min: 1, max: 9000 }),
      mtu: fc.integer({ min: 68, max: 2000 }),
      order: fc.infiniteStream(fc.nat()),
      repeats: fc.array(fc.nat(), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(cases, ({ octets, mtu, order, repeats }) => {
        const sender = host({
          interfaces: [
            { index: 1, name: 'a', mtu, addresses: [{ address: PEER, prefixLength: 24 }] },
          ],
          routes: [],
        });
        sender.handleRequest(
          send({ source: PEER, destination: HOST, segment: pattern(octets), tos: 0x1c, ttl: 44 }),
          0,
        );
        const fragments = drain(sender).link.map((request) => request.packet);
        for (const each of fragments) {
          expect(each.byteLength).toBeLessThanOrEqual(mtu);
          const view = valid(each);
          if (view.moreFragments) expect(view.payload.byteLength % 8).toBe(0);
        }
        const shuffled = shuffle(fragments, order);
        const receiver = host({ sysctl: { ipfrag_max_dist: 0 } });
        for (const [at, each] of shuffled.entries()) {
          // A duplicate that comes after the datagram is complete would begin a new datagram.
          const again = repeats.length > 0 && at < shuffled.length - 1;
          if (again) take(receiver, shuffled[repeats[at % repeats.length]! % (at + 1)]!.slice());
          take(receiver, each.slice());
        }
        const whole = onlySegment(receiver);
        expect(whole).toMatchObject({
          source: PEER,
          destination: HOST,
          protocol: 17,
          tos: 0x1c,
          ttl: 44,
        });
        expect(whole.segment).toEqual(pattern(octets));
        expect(receiver.reassemblyOctets()).toBe(0);
        expect(receiver.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it('have counters', () => {
    const core = host();
    core.handleRequest(send({ segment: pattern(4000) }), 0);
    const { link } = drain(core);
    expect(link).toHaveLength(3);
    expect(new Set(link.map((each) => valid(each.packet).identification)).size).toBe(1);
    expect(core.counters()).toMatchObject({
      IpFragOKs: 1,
      IpFragCreates: 3,
      IpOutRequests: 1,
      IpOutTransmits: 3,
    });
    for (const [from, to] of [
      [0, 800],
      [800, 1600],
      [1600, 2000],
    ] as const)
      take(core, piece(from, to, 2000));
    expect(core.counters()).toMatchObject({
      IpReasmReqds: 3,
      IpReasmOKs: 1,
      IpReasmFails: 0,
      IpInDelivers: 1,
    });
  });

  it('complete a partial checksum before the datagram is fragmented', () => {
    const core = host();
    const segment = pattern(3000);
    const partial = segment.slice();
    // The field holds the folded sum of the pseudo-header: 17 + 3000 + both addresses.
    const sum = 17 + 3000 + 0xc000 + 0x0202 + 0xc633 + 0x6407;
    const folded = (sum & 0xffff) + (sum >>> 16);
    partial[6] = folded >>> 8;
    partial[7] = folded & 255;
    core.handleRequest(send({ segment: partial, checksum: 'partial' }), 0);
    const { link } = drain(core);
    expect(link.every((each) => each.checksum === 'complete')).toBe(true);
    const whole = link.flatMap((each) => [...valid(each.packet).payload]);
    let check = 17 + 3000 + 0xc000 + 0x0202 + 0xc633 + 0x6407;
    for (let at = 0; at < whole.length; at += 2) check += whole[at]! * 256 + whole[at + 1]!;
    while (check > 0xffff) check = (check & 0xffff) + (check >>> 16);
    expect(check).toBe(0xffff);
  });
});

describe('a datagram in fragments', () => {
  it('is handed up with the header of a datagram that was not fragmented', () => {
    const core = host();
    const options = Uint8Array.of(1, 1, 1, 0);
    take(core, piece(0, 16, 24, { options }));
    take(core, piece(16, 24, 24));
    const { header, segment } = onlySegment(core);
    const view = valid(Uint8Array.from([...header!, ...segment]));
    expect(view).toMatchObject({ isFragment: false, headerOctets: 24, identification: 7 });
    expect(view.payload).toEqual(pattern(24));
  });

  it('keeps datagrams apart by source, destination, protocol and identification (RFC 791 3.2)', () => {
    const core = host();
    take(core, piece(0, 8, 16));
    take(core, piece(8, 16, 16, { source: ip('192.0.2.9') }));
    take(core, piece(8, 16, 16, { destination: SUBNET_BROADCAST }));
    take(core, piece(8, 16, 16, { protocol: 6 }));
    take(core, piece(8, 16, 16, { identification: 8 }));
    expect(drain(core).up).toHaveLength(0);
    take(core, piece(8, 16, 16));
    expect(onlySegment(core).segment).toEqual(pattern(16));
  });

  it("does not keep the caller's bytes", () => {
    const core = host();
    const first = piece(0, 8, 16);
    take(core, first);
    first.fill(0xee);
    take(core, piece(8, 16, 16));
    expect(onlySegment(core).segment).toEqual(pattern(16));
  });

  it.each([
    ['the end of one and the start of the next', [0, 16], [8, 24]],
    ['one inside a larger one', [8, 16], [0, 24]],
    ['the start of the later', [16, 32], [8, 24]],
  ] as const)('is lost whole where fragments overlap: %s (RFC 5722 4)', (_name, one, two) => {
    const core = host();
    take(core, piece(one[0], one[1], 64));
    expect(take(core, piece(two[0], two[1], 64))).toBe('strata/FRAG_OVERLAP');
    expect(core.counters()).toMatchObject({ IpExtReasmOverlaps: 1, IpReasmFails: 1 });
    expect(core.reassemblyOctets()).toBe(0);
  });

  it.each([
    ['the same again', [8, 24]],
    ['a part of a fragment', [8, 16]],
    ['a part of two adjacent fragments', [16, 32]],
  ] as const)(
    'is not hurt by a fragment that only repeats octets: %s (RFC 5722, erratum 3089)',
    (_name, [from, to]) => {
      const core = host();
      take(core, piece(8, 24, 40));
      take(core, piece(24, 32, 40));
      expect(take(core, piece(from, to, 40))).toBe('DUP_FRAG');
      take(core, piece(32, 40, 40));
      take(core, piece(0, 8, 40));
      expect(onlySegment(core).segment).toEqual(pattern(40));
    },
  );

  it.each<[string, () => Uint8Array[]]>([
    [
      'beyond 65,535 octets (the ping of death)',
      () => [packet({ fragmentOffsetOctets: 65528, payload: pattern(8) })],
    ],
    [
      'beyond 65,535 octets with the header',
      () => [packet({ fragmentOffsetOctets: 65512, payload: pattern(8) })],
    ],
    ['empty', () => [packet({ fragmentOffsetOctets: 8, payload: new Uint8Array(0) })]],
    [
      'not a multiple of 8 before the last (RFC 791 3.2)',
      () => [packet({ moreFragments: true, payload: pattern(12) })],
    ],
    ['two ends', () => [piece(16, 24, 24), piece(24, 32, 32)]],
    ['an end before octets that have come', () => [piece(32, 40, 64), piece(16, 24, 24)]],
    ['octets behind the end', () => [piece(16, 24, 24), piece(24, 32, 64)]],
    [
      'contradicting ECN codepoints (RFC 3168 5.3)',
      () => [piece(0, 8, 16, { tos: 3 }), piece(8, 16, 16, { tos: 0 })],
    ],
  ])('is refused with impossible fragments: %s', (_name, pieces) => {
    const core = host();
    const outcomes = pieces().map((each) => take(core, each));
    expect(outcomes.at(-1)).toBe('strata/FRAG_INVALID');
    expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
    expect(core.counters().IpReasmFails).toBe(1);
    expect(core.reassemblyOctets()).toBe(0);
  });

  it('may fill 65,535 octets exactly', () => {
    const core = host();
    const total = 65515;
    for (let from = 0; from < total; from += 8000)
      take(core, piece(from, Math.min(from + 8000, total), total));
    expect(onlySegment(core).segment).toEqual(pattern(total));
  });

  it.each([
    ['first', 'broadcast', 'unicast'],
    ['last', 'unicast', 'broadcast'],
  ] as const)(
    'counts as a broadcast if its %s frame was one (RFC 1122 3.2.2)',
    (_name, one, two) => {
      const core = host();
      core.handleIndication(fromLink(piece(0, 8, 16), { cast: one }), 0);
      core.handleIndication(fromLink(piece(8, 16, 16), { cast: two }), 0);
      expect(onlySegment(core).cast).toBe('broadcast');
    },
  );

  it('has the CE codepoint if one fragment has it (RFC 3168 5.3)', () => {
    const core = host();
    take(core, piece(0, 8, 16, { tos: 2 }));
    take(core, piece(8, 16, 16, { tos: 3 }));
    expect(onlySegment(core).tos).toBe(3);
  });
});

describe('the time that fragments wait', () => {
  it('ends ipfrag_time after the first of them, with time exceeded, code 1 (RFC 792, RFC 1122 3.3.2)', () => {
    const core = host();
    take(core, piece(8, 16, 24), 1000);
    take(core, piece(0, 8, 24, { identification: 7 }), 20000);
    expect(core.nextDeadlineMs()).toBe(31000);
    core.handleTimeout(30999.9);
    expect(drain(core).link).toEqual([]);
    core.handleTimeout(31000);
    const { ip: view, icmp: message } = onlyIcmp(core);
    expect(view).toMatchObject({ source: HOST, destination: PEER });
    expect(message).toMatchObject({ type: 11, code: 1 });
    expect(message.payload).toEqual(piece(0, 8, 24));
    expect(core.counters()).toMatchObject({
      IpReasmTimeout: 1,
      IpReasmFails: 1,
      IcmpOutTimeExcds: 1,
    });
    expect(core.reassemblyOctets()).toBe(0);
    expect(core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    ['without the first fragment (RFC 792)', piece(8, 16, 24)],
    ['of a broadcast (RFC 1122 3.2.2)', piece(0, 8, 24, { destination: SUBNET_BROADCAST })],
    [
      'of an ICMP error (RFC 1122 3.2.2)',
      packet({ protocol: 1, moreFragments: true, payload: icmp(3, 1, packet()) }),
    ],
  ])('ends silently %s', (_name, bytes) => {
    const core = host();
    take(core, bytes);
    core.handleTimeout(30000);
    expect(drain(core).link).toEqual([]);
    expect(core.counters().IpReasmTimeout).toBe(1);
  });

  it('can be changed, also for datagrams that wait', () => {
    const core = host();
    take(core, piece(8, 16, 24));
    core.setSysctl({ ipfrag_time: 5 });
    expect(core.nextDeadlineMs()).toBe(5000);
  });
});

describe('the memory that fragments take', () => {
  it('stays below ipfrag_high_thresh: the oldest datagrams are given up', () => {
    const core = host({ sysctl: { ipfrag_high_thresh: 100000, ipfrag_max_dist: 0 } });
    for (let identification = 0; identification < 2000; identification += 1) {
      take(core, piece(0, 1000, 2000, { identification }), identification);
      expect(core.reassemblyOctets()).toBeLessThanOrEqual(100000);
    }
    expect(core.counters().StrataReasmEvictions).toBeGreaterThan(1900);
    take(core, piece(1000, 2000, 2000, { identification: 1999 }), 2000);
    expect(drain(core).up).toHaveLength(1);
    take(core, piece(1000, 2000, 2000, { identification: 0 }), 2000);
    expect(drain(core).up).toHaveLength(0);
  });

  it('includes what small fragments cost besides their octets', () => {
    const core = host();
    for (let at = 0; at < 100; at += 1) take(core, piece(at * 16, at * 16 + 8, 8000));
    expect(core.reassemblyOctets()).toBeGreaterThan(100 * 256);
  });

  it('is none if ipfrag_high_thresh is 0', () => {
    const core = host({ sysctl: { ipfrag_high_thresh: 0 } });
    expect(take(core, piece(0, 8, 16))).toBe('strata/REASM_OFF');
    expect(core.reassemblyOctets()).toBe(0);
  });
});

describe('ipfrag_max_dist', () => {
  it('gives up fragments that are left over from an earlier use of the identification', () => {
    const core = host();
    take(core, piece(0, 8, 16));
    for (let identification = 100; identification < 165; identification += 1) {
      take(core, piece(0, 8, 16, { identification }));
    }
    expect(take(core, piece(8, 16, 16))).toBe('strata/FRAG_QUEUED');
    expect(core.counters().IpReasmFails).toBe(1);
  });

  it('allows 64 other fragments in between', () => {
    const core = host();
    take(core, piece(0, 8, 16));
    for (let identification = 100; identification < 163; identification += 1) {
      take(core, piece(0, 8, 16, { identification }));
    }
    expect(take(core, piece(8, 16, 16))).toBe('CONSUMED');
  });
});

function shuffle<Item>(items: readonly Item[], order: fc.Stream<number>): Item[] {
  const rest = [...items];
  const shuffled: Item[] = [];
  const picks = order[Symbol.iterator]();
  while (rest.length > 0) {
    const pick = picks.next().value as number;
    shuffled.push(...rest.splice(pick % rest.length, 1));
  }
  return shuffled;
}
