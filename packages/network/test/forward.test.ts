import { cutSuperSegment, emitTcpHeader, emitTcpPartialChecksum, TCP_ACK } from '@strata/wire';
import {
  drain,
  icmp,
  ip,
  learn,
  onlyIcmp,
  onlyPacket,
  packet,
  pattern,
  valid,
} from './network-kit.ts';
import {
  BEYOND,
  GATEWAY,
  hopped,
  LEFT,
  NARROW,
  RIGHT,
  ROUTER_LEFT,
  router,
  take,
  transit,
} from './router-kit.ts';

const data = pattern(200);

describe('a packet for another host', () => {
  it('is dropped by a host (RFC 1122 3.3.1.1)', () => {
    const core = router({ sysctl: { ip_forward: 0 } });
    expect(take(core, transit())).toBe('IP_INADDRERRORS');
    expect(drain(core)).toMatchObject({ link: [], up: [] });
    expect(core.counters()).toMatchObject({ IpInAddrErrors: 1, IpForwDatagrams: 0 });
  });

  it('goes out on the link of its destination, and only its TTL is another (RFC 1812 5.2.1)', () => {
    const core = router();
    expect(take(core, transit({ payload: data }))).toBe('strata/FORWARDED');
    const { request } = onlyPacket(core);
    expect(request).toMatchObject({
      interfaceIndex: 2,
      cast: 'unicast',
      nextHop: RIGHT,
      isForwarded: true,
    });
    expect(request.packet).toEqual(hopped({ payload: data }));
    expect(core.counters()).toMatchObject({
      IpForwDatagrams: 1,
      IpOutTransmits: 1,
      IpOutRequests: 0,
      IpInDelivers: 0,
    });
  });

  it('goes to the gateway of its route', () => {
    const core = router();
    take(core, transit({ destination: BEYOND }));
    expect(onlyPacket(core).request).toMatchObject({ interfaceIndex: 2, nextHop: GATEWAY });
  });

  it('keeps a right header checksum, and no other octet changes (RFC 1812 5.3.1)', () => {
    const core = router();
    for (let ttl = 2; ttl < 256; ttl += 1) {
      const fields = { ttl, identification: ttl * 251, payload: pattern(3) };
      take(core, transit(fields));
      expect(core.pollLinkRequest()!.packet).toEqual(transit({ ...fields, ttl: ttl - 1 }));
    }
  });

  it('is not copied: the bytes that go out are those that came, with their headroom', () => {
    const core = router();
    const frame = new Uint8Array(14 + 220);
    frame.set(transit({ payload: data }), 14);
    take(core, frame.subarray(14), { headroomOctets: 14 });
    const { request } = onlyPacket(core);
    expect(request.packet.buffer).toBe(frame.buffer);
    expect(request.headroomOctets).toBe(14);
  });

  it('loses the padding of its frame', () => {
    const core = router();
    const padded = new Uint8Array(46);
    padded.set(transit({ payload: pattern(3) }));
    take(core, padded);
    expect(onlyPacket(core).request.packet).toEqual(hopped({ payload: pattern(3) }));
  });

  it('is not forwarded from a broadcast frame (RFC 1812 5.3.4)', () => {
    const core = router();
    expect(take(core, transit(), { cast: 'broadcast' })).toBe('strata/LINK_BROADCAST');
    expect(drain(core).link).toEqual([]);
  });

  it.each([
    ['240.0.0.1', 'class E'],
    ['127.0.0.1', 'loopback'],
    ['0.0.0.1', 'this network'],
  ])('is dropped if its destination can be no host: %s, %s (RFC 1812 5.3.7)', (destination) => {
    const core = router({
      routes: [{ destination: ip('0.0.0.0'), prefixLength: 0, via: GATEWAY }],
    });
    expect(take(core, transit({ destination: ip(destination) }))).toBe('IP_INVALID_DEST');
    expect(drain(core).link).toEqual([]);
  });
});

describe('the time to live of a packet', () => {
  it.each([0, 1])('%i ends at the router, and the sender is told (RFC 1812 5.3.1)', (ttl) => {
    const core = router();
    const bytes = transit({ ttl, payload: data });
    const sent = bytes.slice();
    expect(take(core, bytes)).toBe('strata/TTL_EXCEEDED');
    const { ip: header, icmp: message } = onlyIcmp(core);
    expect(header.source).toBe(ROUTER_LEFT);
    expect(header.destination).toBe(LEFT);
    expect([message.type, message.code]).toEqual([11, 0]);
    expect(message.payload).toEqual(sent);
    expect(core.counters()).toMatchObject({
      IpInHdrErrors: 1,
      IpForwDatagrams: 0,
      IcmpOutTimeExcds: 1,
    });
  });

  it('of 1 is enough for a packet to the router itself (RFC 1812 4.2.2.9)', () => {
    const core = router();
    expect(take(core, packet({ ttl: 1, protocol: 1, payload: icmp(8, 0, data) }))).toBe(
      'strata/ECHO_REQUEST',
    );
  });

  it('is not reported for an ICMP error (RFC 1812 4.3.2.7)', () => {
    const core = router();
    take(core, transit({ ttl: 1, protocol: 1, payload: icmp(3, 3, transit()) }));
    expect(drain(core).link).toEqual([]);
  });
});

describe('a packet without a route', () => {
  it('is answered by net unreachable (RFC 1812 5.2.7.1)', () => {
    const core = router();
    expect(take(core, transit({ destination: ip('8.8.8.8') }))).toBe('IP_INNOROUTES');
    const { icmp: message } = onlyIcmp(core);
    expect([message.type, message.code]).toEqual([3, 0]);
    expect(core.counters()).toMatchObject({ IpExtInNoRoutes: 1, IpOutNoRoutes: 0 });
  });

  it.each([
    ['203.0.113.65', 'strata/ROUTE_UNREACHABLE', 1],
    ['203.0.113.129', 'strata/ROUTE_PROHIBITED', 13],
  ] as const)(
    'that its route refuses is answered: %s, %s, code %i',
    (destination, reason, code) => {
      const core = router();
      expect(take(core, transit({ destination: ip(destination) }))).toBe(reason);
      const { icmp: message } = onlyIcmp(core);
      expect([message.type, message.code]).toEqual([3, code]);
    },
  );

  it('that a blackhole takes is dropped in silence', () => {
    const core = router();
    expect(take(core, transit({ destination: ip('203.0.113.193') }))).toBe(
      'strata/ROUTE_BLACKHOLE',
    );
    expect(drain(core).link).toEqual([]);
  });
});

describe('the errors of a router', () => {
  const nowhere = () => transit({ destination: ip('8.8.8.8') });

  it('for want of a route take two credits each, so that two come in a burst (Linux: ip_error())', () => {
    const core = router();
    for (let n = 0; n < 20; n += 1) take(core, nowhere());
    expect(drain(core).link).toHaveLength(2);
    expect(core.counters()).toMatchObject({ IpExtInNoRoutes: 20, IcmpOutRateLimitHost: 18 });
    for (let n = 0; n < 20; n += 1) take(core, nowhere(), {}, 2000);
    expect(drain(core).link).toHaveLength(1);
  });

  it('for the TTL are limited as all ICMP errors are (RFC 1812 4.3.2.8)', () => {
    const core = router();
    for (let n = 0; n < 20; n += 1) take(core, transit({ ttl: 1 }));
    expect(drain(core).link).toHaveLength(6);
  });

  it('come from the interface that they go out on, or that the packet came in on', () => {
    const fields = { source: BEYOND, destination: ip('8.8.8.8') };
    const core = router();
    take(core, transit(fields));
    expect(onlyIcmp(core).ip.source).toBe(ip('198.51.100.2'));
    core.setSysctl({ icmp_errors_use_inbound_ifaddr: 1 });
    take(core, transit(fields));
    expect(onlyIcmp(core).ip.source).toBe(ROUTER_LEFT);
  });
});

describe('a packet larger than the next link carries', () => {
  const large = { destination: NARROW, payload: pattern(1000), identification: 77 };

  it('with DF is answered by fragmentation needed with the MTU (RFC 1191 4)', () => {
    const core = router();
    expect(take(core, transit({ ...large, dontFragment: true }))).toBe('PKT_TOO_BIG');
    const { icmp: message } = onlyIcmp(core);
    expect([message.type, message.code, message.nextHopMtu]).toEqual([3, 4, 576]);
    expect(core.counters()).toMatchObject({ IpFragFails: 1, IcmpOutDestUnreachs: 1 });
  });

  it('is answered each time: no rate limits path MTU discovery', () => {
    const core = router();
    for (let n = 0; n < 100; n += 1) take(core, transit({ ...large, dontFragment: true }));
    expect(drain(core).link).toHaveLength(100);
  });

  it("without DF goes in fragments, whose data together is the packet's (RFC 1812 5.2.6)", () => {
    const core = router();
    expect(take(core, transit(large))).toBe('strata/FRAGMENTED');
    const parts = drain(core).link.map(({ packet: bytes }) => valid(bytes));
    expect(
      parts.map(({ fragmentOffsetOctets, moreFragments, ttl, identification }) => [
        fragmentOffsetOctets,
        moreFragments,
        ttl,
        identification,
      ]),
    ).toEqual([
      [0, true, 63, 77],
      [552, false, 63, 77],
    ]);
    expect(Buffer.concat(parts.map(({ payload }) => payload))).toEqual(Buffer.from(large.payload));
    expect(core.counters()).toMatchObject({ IpFragOKs: 1, IpFragCreates: 2, IpForwDatagrams: 1 });
  });

  it('that is a fragment is fragmented further, in its place in the datagram (RFC 791 3.2)', () => {
    const core = router();
    take(core, transit({ ...large, fragmentOffsetOctets: 800, moreFragments: true }));
    const parts = drain(core).link.map(({ packet: bytes }) => valid(bytes));
    expect(
      parts.map(({ fragmentOffsetOctets, moreFragments }) => [fragmentOffsetOctets, moreFragments]),
    ).toEqual([
      [800, true],
      [1352, true],
    ]);
  });

  it('obeys a path MTU that the router has learnt only if ip_forward_use_pmtu says so', () => {
    const big = { destination: BEYOND, dontFragment: true, payload: pattern(1300) };
    const quoted = packet({
      source: ROUTER_LEFT,
      destination: BEYOND,
      protocol: 17,
      dontFragment: true,
      payload: pattern(1400),
    });
    const core = router();
    learn(core, icmp(3, 4, quoted, [0, 1000]), 0, GATEWAY);
    expect(take(core, transit(big))).toBe('strata/FORWARDED');
    core.setSysctl({ ip_forward_use_pmtu: 1 });
    drain(core);
    expect(take(core, transit(big))).toBe('PKT_TOO_BIG');
    expect(onlyIcmp(core).icmp.nextHopMtu).toBe(1000);
  });
});

describe('a super-segment for another host', () => {
  const segmentSize = 1000;
  const tcp = (dataOctets: number) => {
    const bytes = new Uint8Array(20 + dataOctets);
    bytes.set(pattern(dataOctets), 20);
    emitTcpHeader(bytes, {
      sourcePort: 40000,
      destinationPort: 80,
      sequence: 1,
      acknowledgment: 1,
      flags: TCP_ACK,
      window: 100,
      urgentPointer: 0,
      options: {},
    });
    return bytes;
  };
  const superSegment = (destination = RIGHT, dontFragment = true) => {
    const payload = tcp(10_000);
    emitTcpPartialChecksum(payload, LEFT, destination);
    return transit({ protocol: 6, destination, dontFragment, payload });
  };
  const whole = { segmentSize, checksum: 'partial' } as const;

  it('is forwarded whole if its packets fit, with its partial checksum', () => {
    const core = router();
    expect(take(core, superSegment(), whole)).toBe('strata/FORWARDED');
    expect(onlyPacket(core).request).toMatchObject(whole);
  });

  it('with DF whose packets do not fit makes one fragmentation needed, about the first', () => {
    const core = router();
    expect(take(core, superSegment(NARROW), whole)).toBe('PKT_TOO_BIG');
    const { icmp: message } = onlyIcmp(core);
    expect([message.type, message.code, message.nextHopMtu]).toEqual([3, 4, 576]);
    const [first] = cutSuperSegment(superSegment(NARROW), segmentSize, 'partial') as Uint8Array[];
    expect(message.payload).toEqual(first!.subarray(0, 548));
  });

  it('without DF is cut into its packets, and those into fragments', () => {
    const core = router();
    expect(take(core, superSegment(NARROW, false), whole)).toBe('strata/FRAGMENTED');
    const parts = drain(core).link;
    expect(parts).toHaveLength(20);
    expect(
      parts.every(({ checksum, segmentSize: size }) => checksum === 'complete' && size === 0),
    ).toBe(true);
    expect(
      Math.max(...parts.map(({ packet: bytes }) => valid(bytes).totalOctets)),
    ).toBeLessThanOrEqual(576);
  });
});

describe('the options of a packet that is forwarded', () => {
  const route = Uint8Array.from([7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

  it('record the route: the address of the interface that it goes out on (RFC 1812 4.2.2.2)', () => {
    const core = router();
    expect(take(core, transit({ options: route }))).toBe('strata/FORWARDED');
    const { ip: header } = onlyPacket(core);
    expect([...header.options]).toEqual([7, 11, 8, 198, 51, 100, 2, 0, 0, 0, 0, 0]);
  });

  it('have the time added (RFC 1812 5.3.13.6)', () => {
    const core = router({ unixTimeAtZeroMs: 86_400_000 * 3 + 5 });
    take(
      core,
      transit({ options: Uint8Array.from([68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0]) }),
      {},
      256,
    );
    const { ip: header } = onlyPacket(core);
    expect([...header.options]).toEqual([68, 12, 13, 1, 198, 51, 100, 2, 0, 0, 1, 5]);
  });

  it('that are full leave a record route as it is, and count in a timestamp (RFC 791 3.1)', () => {
    const core = router();
    const full = [7, 7, 8, 1, 2, 3, 4, 68, 8, 9, 0, 0, 0, 0, 1, 0];
    take(core, transit({ options: Uint8Array.from(full) }));
    const counted = [...full];
    counted[10] = 0x10;
    expect([...onlyPacket(core).ip.options]).toEqual(counted);
  });

  it('that are wrong are answered by a parameter problem (RFC 1812 4.3.3.5)', () => {
    const core = router();
    expect(take(core, transit({ options: Uint8Array.from([7, 2, 0, 0]) }))).toBe(
      'strata/IP_OPTION',
    );
    expect(onlyIcmp(core).icmp.type).toBe(12);
  });

  it('leave alone what it does not know (RFC 1812 4.2.2.6)', () => {
    const core = router();
    const options = Uint8Array.from([1, 148, 4, 0, 0, 94, 3, 9]);
    take(core, transit({ options }));
    expect(onlyPacket(core).ip.options).toEqual(options);
  });

  it('that route by source are refused (RFC 7126 4.3)', () => {
    const core = router();
    const options = Uint8Array.from([131, 7, 4, 1, 2, 3, 4, 0]);
    expect(take(core, transit({ options }))).toBe('strata/SOURCE_ROUTE');
    expect(drain(core).link).toEqual([]);
  });
});

describe('a forwarded packet that no station takes', () => {
  it('is answered by host unreachable (RFC 1812 5.2.7.1)', () => {
    const core = router();
    take(core, transit({ payload: data }));
    const { request } = onlyPacket(core);
    const { interfaceIndex, nextHop, packet: bytes, isForwarded } = request;
    const came = core.handleIndication(
      { kind: 'unreachable', interfaceIndex, nextHop, packet: bytes, isForwarded },
      0,
    );
    expect(came).toBe('strata/FORWARD_UNREACHABLE');
    const { ip: header, icmp: message } = onlyIcmp(core);
    expect([header.destination, message.type, message.code]).toEqual([LEFT, 3, 1]);
  });
});
