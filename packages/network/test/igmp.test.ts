import { parseIpv4 } from '@strata/wire';
import { GROUP, hear, listed, OTHER_GROUP, old, query, reports, run, wants } from './igmp-kit.ts';
import { drain, FAR, fromLink, HOST, host, OTHER_HOST, PEER, packet, send } from './network-kit.ts';

const ONE = parseIpv4('198.51.100.1')!;
const TWO = parseIpv4('198.51.100.2')!;

/** Hands the core a datagram to the group. Returns the outcome. */
function datagram(core: ReturnType<typeof host>, source = FAR, interfaceIndex = 1): string {
  const bytes = packet({ protocol: 17, source, destination: GROUP });
  return core.handleIndication(fromLink(bytes, { cast: 'multicast', interfaceIndex }), 0);
}

/** A host that has joined the group, and has nothing more to say about it. */
function member(changes: Parameters<typeof wants>[0] = {}) {
  const core = host();
  core.handleRequest(wants(changes), 0);
  run(core, 5_000);
  reports(core);
  return core;
}

describe('a group that a socket joins', () => {
  it('is passed up from its interface only, until the socket leaves it', () => {
    const core = host();
    expect(datagram(core)).toBe('strata/NOT_A_MEMBER');
    expect(core.handleRequest(wants(), 0)).toBe('strata/GROUP_FILTER_SET');
    expect(datagram(core)).toBe('CONSUMED');
    expect(datagram(core, FAR, 2)).toBe('strata/NOT_A_MEMBER');
    core.handleRequest(wants({ mode: 'include' }), 0);
    expect(datagram(core)).toBe('strata/NOT_A_MEMBER');
  });

  it('is told to link, with all others of the interface, and again every 10 s', () => {
    const core = host();
    core.handleRequest(wants(), 0);
    core.handleRequest(wants({ group: OTHER_GROUP }), 0);
    const first = { interfaceIndex: 1, groups: listed(GROUP) };
    const both = { interfaceIndex: 1, groups: listed(GROUP, OTHER_GROUP) };
    expect([core.pollLinkGroups(), core.pollLinkGroups()]).toEqual([first, both]);
    expect(core.pollLinkGroups()).toBeUndefined();
    run(core, 10_000);
    expect(core.pollLinkGroups()).toEqual(both);
  });

  it('is on the interface that the group is routed to where the socket names none', () => {
    const group = parseIpv4('239.1.0.1')!;
    const core = host({
      routes: [{ destination: parseIpv4('239.0.0.0')!, prefixLength: 8, interfaceIndex: 2 }],
    });
    core.handleRequest(wants({ group, interfaceAddress: parseIpv4('0.0.0.0')! }), 0);
    expect(core.pollLinkGroups()).toEqual({ interfaceIndex: 2, groups: listed(group) });
  });

  it('is forgotten if transport does not repeat it', () => {
    const core = host();
    core.handleRequest(wants(), 0);
    run(core, 30_000);
    expect(datagram(core)).toBe('CONSUMED');
    run(core, 60_000);
    expect(datagram(core)).toBe('strata/NOT_A_MEMBER');
    expect(core.nextDeadlineMs()).toBe(Infinity);
  });

  it.each([
    ['an address of no group', wants({ group: PEER }), 'IP_INVALID_DEST'],
    ['an interface that is not there', wants({ interfaceAddress: FAR }), 'strata/NO_INTERFACE'],
  ])('is refused: %s', (_, request, outcome) => {
    expect(host().handleRequest(request, 0)).toBe(outcome);
  });
});

describe('the filter of sources of an interface (RFC 3376 3.2)', () => {
  it.each([
    [
      'include {1} and include {2}',
      [
        ['include', ONE],
        ['include', TWO],
      ],
      [true, true, false],
    ],
    [
      'exclude {1} and include {1}',
      [
        ['exclude', ONE],
        ['include', ONE],
      ],
      [true, true, true],
    ],
    [
      'exclude {1} and exclude {2}',
      [
        ['exclude', ONE],
        ['exclude', TWO],
      ],
      [true, true, true],
    ],
    [
      'exclude {1} twice',
      [
        ['exclude', ONE],
        ['exclude', ONE],
      ],
      [false, true, true],
    ],
    ['include {1} alone', [['include', ONE]], [true, false, false]],
  ] as const)('%s: what any socket wants passes', (_, filters, passed) => {
    const core = host();
    filters.forEach(([mode, source], socket) => {
      core.handleRequest(wants({ socket, mode, sources: listed(source) }), 0);
    });
    const outcomes = [ONE, TWO, FAR].map((source) => datagram(core, source) === 'CONSUMED');
    expect(outcomes).toEqual(passed);
  });
});

describe('a report of a change (RFC 3376 5.1)', () => {
  it('is sent at once, and once more within a second', () => {
    const core = host();
    core.handleRequest(wants(), 0);
    expect(reports(core)).toEqual(['TO_EX 239.1.2.3 {}']);
    const again = run(core, 5_000);
    expect(again.map(([, line]) => line)).toEqual(['TO_EX 239.1.2.3 {}']);
    expect(again[0]![0]).toBeLessThanOrEqual(1_000);
  });

  it('says that the group is left, twice', () => {
    const core = member();
    core.handleRequest(wants({ mode: 'include' }), 6_000);
    expect(reports(core)).toEqual(['TO_IN 239.1.2.3 {}']);
    expect(run(core, 9_000).map(([, line]) => line)).toEqual(['TO_IN 239.1.2.3 {}']);
  });

  it('names the sources that come and go', () => {
    const core = member({ mode: 'include', sources: listed(ONE) });
    core.handleRequest(wants({ mode: 'include', sources: listed(TWO) }), 6_000);
    expect(reports(core)).toEqual([
      'ALLOW 239.1.2.3 {198.51.100.2}',
      'BLOCK 239.1.2.3 {198.51.100.1}',
    ]);
  });

  it('takes a further change in before it is sent again', () => {
    const core = host();
    core.handleRequest(wants(), 0);
    core.handleRequest(wants({ sources: listed(ONE) }), 0);
    expect(reports(core)).toEqual(['TO_EX 239.1.2.3 {}', 'TO_EX 239.1.2.3 {198.51.100.1}']);
    expect(run(core, 5_000).map(([, line]) => line)).toEqual(['TO_EX 239.1.2.3 {198.51.100.1}']);
  });

  it('is not made of a second socket that wants what the first does', () => {
    const core = member();
    core.handleRequest(wants({ socket: 2 }), 6_000);
    expect(reports(core)).toEqual([]);
  });

  it('leaves the link’s own groups out if the sysctl says so, and 224.0.0.1 always', () => {
    const core = host({ sysctl: { igmp_link_local_mcast_reports: 0 } });
    core.handleRequest(wants({ group: parseIpv4('224.0.0.251')! }), 0);
    core.handleRequest(wants({ group: parseIpv4('224.0.0.1')! }), 0);
    expect(reports(core)).toEqual([]);
  });
});

describe('a long report', () => {
  it('is cut where its sources do not fit the MTU (RFC 3376 4.2.16)', () => {
    const addresses = [{ address: HOST, prefixLength: 24 }];
    const core = host({ interfaces: [{ index: 1, name: 'eth0', mtu: 68, addresses }], routes: [] });
    const sources = Array.from({ length: 9 }, (_, low) => parseIpv4(`198.51.100.${low}`)!);
    core.handleRequest(wants({ mode: 'include', sources: listed(...sources) }), 0);
    const counts = reports(core).map((line) => [line.split(' ')[0], line.split('198').length - 1]);
    expect(counts).toEqual([
      ['ALLOW', 7],
      ['ALLOW', 2],
    ]);
    core.handleRequest(wants({ sources: listed(...sources) }), 0);
    expect(reports(core)).toHaveLength(1);
  });
});

describe('a general query (RFC 3376 5.2)', () => {
  it('is answered once, for all groups, at a random time up to the maximum', () => {
    const core = member();
    core.handleRequest(wants({ group: OTHER_GROUP }), 5_000);
    run(core, 7_000);
    expect(hear(core, query(50), 8_000)).toBe('strata/IGMP_QUERY');
    expect(reports(core)).toEqual([]);
    const answers = run(core, 13_000);
    expect(answers.map(([, line]) => line)).toEqual(['IS_EX 239.1.2.3 {}', 'IS_EX 239.9.9.9 {}']);
    expect(answers[0]![0]).toBe(answers[1]![0]);
  });

  it('that comes again does not put the answer off', () => {
    const core = member();
    hear(core, query(100), 8_000);
    const atMs = core.nextDeadlineMs();
    hear(core, query(250), 8_001);
    expect(core.nextDeadlineMs()).toBeLessThanOrEqual(atMs);
  });

  it('is taken from a switch without an address', () => {
    const core = member();
    const bytes = packet({
      protocol: 2,
      source: parseIpv4('0.0.0.0')!,
      destination: parseIpv4('224.0.0.1')!,
      payload: query(10),
    });
    const outcome = core.handleIndication(fromLink(bytes, { cast: 'multicast' }), 8_000);
    expect(outcome).toBe('strata/IGMP_QUERY');
  });

  it('is not answered by who listens to no group', () => {
    const core = host();
    hear(core, query(10), 0);
    expect(run(core, 60_000)).toEqual([]);
  });
});

describe('a query about a group', () => {
  it('is answered for that group alone', () => {
    const core = member();
    core.handleRequest(wants({ group: OTHER_GROUP }), 5_000);
    run(core, 7_000);
    hear(core, query(10, GROUP), 8_000, GROUP);
    expect(run(core, 9_500).map(([, line]) => line)).toEqual(['IS_EX 239.1.2.3 {}']);
  });

  it('with sources is answered by those that pass', () => {
    const core = member({ sources: listed(ONE) });
    hear(core, query(10, GROUP, ONE, TWO), 8_000, GROUP);
    expect(run(core, 9_500).map(([, line]) => line)).toEqual(['IS_IN 239.1.2.3 {198.51.100.2}']);
  });

  it('without sources, while one with sources waits, is answered for the whole group', () => {
    const core = member({ sources: listed(ONE) });
    hear(core, query(10, GROUP, TWO), 8_000, GROUP);
    hear(core, query(10, GROUP), 8_000, GROUP);
    expect(run(core, 9_500).map(([, line]) => line)).toEqual(['IS_EX 239.1.2.3 {198.51.100.1}']);
  });

  it('that no socket listens to is not answered', () => {
    expect(hear(member(), query(10, OTHER_GROUP), 8_000)).toBe('strata/NOT_A_MEMBER');
  });
});

describe('a querier of version 2 (RFC 2236, RFC 3376 7)', () => {
  const V2_QUERY = old(0x11, 100);
  const V2_REPORT = old(0x16, 0, GROUP);

  it('is answered in version 2, to the group', () => {
    const core = member();
    hear(core, V2_QUERY, 8_000);
    expect(run(core, 18_000).map(([, line]) => line)).toEqual(['v2 239.1.2.3 to 239.1.2.3']);
  });

  it('hears of a member twice, and of its leave', () => {
    const core = host();
    hear(core, V2_QUERY, 0);
    core.handleRequest(wants(), 0);
    expect(reports(core)).toEqual(['v2 239.1.2.3 to 239.1.2.3']);
    expect(run(core, 9_999).map(([, line]) => line)).toEqual(['v2 239.1.2.3 to 239.1.2.3']);
    core.handleRequest(wants({ mode: 'include' }), 10_000);
    expect(reports(core)).toEqual(['leave 239.1.2.3 to 224.0.0.2']);
  });

  it('needs no report of what another host has reported, and then no leave', () => {
    const core = member();
    hear(core, V2_QUERY, 8_000);
    expect(hear(core, V2_REPORT, 8_000, GROUP)).toBe('strata/IGMP_REPORT');
    expect(run(core, 18_000)).toEqual([]);
    core.handleRequest(wants({ mode: 'include' }), 18_000);
    expect(reports(core)).toEqual([]);
  });

  it('is forgotten after its robustness times interval: version 3 is spoken again', () => {
    const core = member();
    hear(core, V2_QUERY, 8_000);
    core.handleRequest(wants(), 8_000);
    hear(core, query(10), 8_000 + 260_001);
    core.handleRequest(wants({ group: OTHER_GROUP }), 8_000 + 260_001);
    expect(reports(core)).toContain('TO_EX 239.9.9.9 {}');
  });
});

describe('a querier of version 1', () => {
  it('is answered in version 1, and hears of no leave', () => {
    const core = member();
    hear(core, old(0x11, 0), 8_000);
    expect(run(core, 18_000).map(([, line]) => line)).toEqual(['v1 239.1.2.3 to 239.1.2.3']);
    core.handleRequest(wants({ mode: 'include' }), 18_000);
    expect(reports(core)).toEqual([]);
  });
});

describe('a message that is wrong or for others', () => {
  const wrong = query(10);
  wrong[3]! ^= 1;

  it.each([
    ['a wrong checksum', wrong, 'strata/IGMP_CSUM'],
    ['too short', Uint8Array.of(0x11, 0, 0, 0), 'HDR_TRUNC'],
    ['a query of no version', Uint8Array.of(...old(0x11, 0), 0, 0), 'HDR_TRUNC'],
    ['a leave', old(0x17, 0, GROUP), 'strata/IGMP_TYPE_IGNORED'],
  ])('%s', (_, payload, outcome) => {
    expect(hear(member(), payload, 8_000)).toBe(outcome);
  });

  it('is a query whose list of sources is cut off', () => {
    const cut = query(10, GROUP, ONE, TWO).slice(0, 16);
    expect(hear(member(), cut, 8_000, GROUP)).toBe('HDR_TRUNC');
  });
});

describe('a packet that this host sends to a group', () => {
  const toGroup = { destination: GROUP, source: HOST };

  it('comes back to its own sockets, and goes out with a time to live of 1', () => {
    const core = member();
    core.handleRequest(send(toGroup), 6_000);
    const { link, up } = drain(core);
    expect(up).toMatchObject([{ destination: GROUP, source: HOST, interfaceIndex: 1 }]);
    expect(link).toMatchObject([{ cast: 'multicast', interfaceIndex: 1 }]);
    expect(link[0]!.packet[8]).toBe(1);
  });

  it.each([
    ['that asks for no copy', { ...toGroup, noLoop: true }],
    ['by an interface that has not joined', { ...toGroup, source: OTHER_HOST }],
  ])('does not come back: one %s', (_, changes) => {
    const core = member();
    core.handleRequest(send(changes), 6_000);
    expect(drain(core).up).toEqual([]);
  });
});
