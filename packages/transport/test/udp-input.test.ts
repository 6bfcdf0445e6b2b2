import type { NetworkSegmentIndication } from '@strata/network';
import {
  checksumFold,
  emitIpv4Header,
  type IpAddress,
  LIMITED_BROADCAST_IPV4,
  PROTOCOL_UDP,
  pseudoHeaderSum,
  UNSPECIFIED_IPV4,
  writeUint16,
} from '@strata/wire';
import {
  bytes,
  createUdp,
  datagramFrom,
  HERE,
  ip,
  PEER,
  SECOND,
  SUBNET_BROADCAST,
  text,
} from './udp-kit.ts';

describe('a datagram received', () => {
  it('is delivered with both addresses, its time to live and its data', () => {
    const { bind, take, arrive, counters } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    arrive({});
    const [indication] = take();
    expect(indication).toMatchObject({
      kind: 'datagram',
      socket: 1,
      endpoint: 'app',
      local: { address: HERE, port: 53 },
      remote: { address: PEER, port: 4000 },
      ttl: 57,
      data: bytes('hello'),
    });
    expect(counters).toMatchObject({ UdpInDatagrams: 1, UdpInErrors: 0, UdpNoPorts: 0 });
  });

  it('may be empty', () => {
    const { bind, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    udp.handleSegment(datagramFrom(PEER, HERE, 4000, 53, new Uint8Array(0)), 0);
    expect(take()).toMatchObject([{ kind: 'datagram', data: new Uint8Array(0) }]);
  });

  it('is delivered without padding after its length', () => {
    const { bind, take, arrive } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    const { segment } = datagramFrom(PEER, HERE, 4000, 53, bytes('hello'));
    const padded = new Uint8Array(46);
    padded.set(segment);
    arrive({ segment: padded });
    expect(take()).toMatchObject([{ data: bytes('hello') }]);
  });

  describe('with a checksum', () => {
    const broken = () => {
      const { segment } = datagramFrom(PEER, HERE, 4000, 53, bytes('hello'));
      segment[8]! ^= 1;
      return segment;
    };

    it('that is wrong is dropped and counted, without an answer (RFC 1122 4.1.3.4)', () => {
      const { bind, take, arrive, sent, counters } = createUdp();
      bind(1, UNSPECIFIED_IPV4, 53);
      take();
      arrive({ segment: broken() });
      expect([...take(), ...sent]).toEqual([]);
      expect(counters).toMatchObject({ UdpInCsumErrors: 1, UdpInErrors: 1, UdpInDatagrams: 0 });
    });

    it('that covers another pseudo-header is wrong: a datagram for another address is not accepted', () => {
      const { bind, take, arrive, counters } = createUdp();
      bind(1, UNSPECIFIED_IPV4, 53);
      take();
      arrive({ destination: SECOND });
      expect(take()).toEqual([]);
      expect(counters.UdpInCsumErrors).toBe(1);
    });

    it('of zero is not verified (RFC 768)', () => {
      const { bind, take, arrive } = createUdp();
      bind(1, UNSPECIFIED_IPV4, 53);
      take();
      const segment = broken();
      writeUint16(segment, 6, 0);
      arrive({ segment });
      expect(take()).toMatchObject([{ kind: 'datagram' }]);
    });

    it.each(['verified', 'partial'] as const)('that is %s is not verified again', (checksum) => {
      const { bind, take, arrive } = createUdp();
      bind(1, UNSPECIFIED_IPV4, 53);
      take();
      arrive({ segment: broken(), checksum });
      expect(take()).toMatchObject([{ kind: 'datagram' }]);
    });
  });

  it.each([
    ['shorter than a header', new Uint8Array(7)],
    ['with a length below 8', Uint8Array.of(0, 1, 0, 53, 0, 7, 0, 0)],
    ['with a length beyond its end', Uint8Array.of(0, 1, 0, 53, 0, 9, 0, 0)],
  ])('%s is dropped and counted', (_, segment) => {
    const { bind, take, arrive, counters } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    arrive({ segment });
    expect(take()).toEqual([]);
    expect(counters.UdpInErrors).toBe(1);
  });

  it.each([
    ['a group', ip('224.0.0.1')],
    ['all stations', LIMITED_BROADCAST_IPV4],
    ['the subnet', SUBNET_BROADCAST],
  ])('from %s is dropped (RFC 1122 4.1.3.6)', (_, source) => {
    const { bind, take, udp, counters } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    udp.handleSegment(datagramFrom(source, HERE, 4000, 53, bytes('x')), 0);
    expect(take()).toEqual([]);
    expect(counters.UdpInErrors).toBe(1);
  });

  it('that is a super-datagram is delivered as its datagrams', () => {
    const { bind, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    const whole = datagramFrom(PEER, HERE, 4000, 53, bytes('aaabbbc'));
    udp.handleSegment({ ...whole, segmentSize: 3 }, 0);
    expect(take().map((i) => (i.kind === 'datagram' ? text(i.data) : i.kind))).toEqual([
      'aaa',
      'bbb',
      'c',
    ]);
  });
});

/** The same, with a correct IPv4 header. */
function headed(indication: NetworkSegmentIndication): NetworkSegmentIndication {
  const header = new Uint8Array(20);
  emitIpv4Header(header, {
    tos: 0,
    totalOctets: 20 + indication.segment.byteLength,
    identification: 7,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 57,
    protocol: PROTOCOL_UDP,
    source: indication.source,
    destination: indication.destination,
  });
  return { ...indication, header };
}

describe('the socket of a datagram', () => {
  const arriveAt = (to: IpAddress, more: object = {}) => ({
    ...datagramFrom(PEER, to, 4000, 53, bytes('x')),
    ...more,
  });

  it('is preferably one bound to its address, then one bound to any', () => {
    const { bind, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53, { reuseAddress: true });
    bind(2, HERE, 53, { reuseAddress: true });
    bind(3, UNSPECIFIED_IPV4, 53, { reuseAddress: true });
    take();
    udp.handleSegment(arriveAt(HERE), 0);
    udp.handleSegment(arriveAt(SECOND), 0);
    expect(take().map((indication) => indication.socket)).toEqual([2, 3]);
  });

  it('is missing if address or port differ: port unreachable is requested (RFC 1122 4.1.3.1)', () => {
    const { bind, take, udp, sent, counters } = createUdp();
    bind(1, SECOND, 53);
    bind(2, HERE, 54);
    take();
    const datagram = arriveAt(HERE);
    udp.handleSegment(datagram, 0);
    expect(take()).toEqual([]);
    expect(sent).toEqual([
      {
        kind: 'reject',
        code: 'port unreachable',
        header: datagram.header,
        cast: 'unicast',
        interfaceIndex: 1,
        segment: datagram.segment,
        trace: undefined,
      },
    ]);
    expect(counters).toMatchObject({ UdpNoPorts: 1, UdpInErrors: 0 });
  });

  it('is missing: the quote has the checksum that the sender left to its device', () => {
    const { sent, udp } = createUdp();
    const whole = arriveAt(HERE);
    const partial = { ...whole, segment: whole.segment.slice(), checksum: 'partial' as const };
    const sum = pseudoHeaderSum(PEER, HERE, PROTOCOL_UDP, whole.segment.byteLength);
    writeUint16(partial.segment, 6, checksumFold(sum));
    udp.handleSegment(partial, 0);
    expect(sent).toMatchObject([{ kind: 'reject', segment: whole.segment }]);
  });

  it('is missing: the quote of a super-datagram is its first datagram (RFC 792)', () => {
    const { sent, udp, counters } = createUdp();
    const first = headed(datagramFrom(PEER, HERE, 4000, 53, bytes('aaa')));
    const whole = headed(datagramFrom(PEER, HERE, 4000, 53, bytes('aaabbbc')));
    udp.handleSegment({ ...whole, segmentSize: 3 }, 0);
    expect(sent).toMatchObject([{ kind: 'reject', header: first.header, segment: first.segment }]);
    expect(counters.UdpNoPorts).toBe(1);
  });

  it.each(['broadcast', 'multicast'] as const)(
    'is missing: nothing is answered to a %s',
    (cast) => {
      const { udp, sent, counters } = createUdp();
      udp.handleSegment(arriveAt(SUBNET_BROADCAST, { cast }), 0);
      expect(sent).toEqual([]);
      expect(counters.UdpNoPorts).toBe(1);
    },
  );

  it('is for a broadcast each one bound to any address, each with its own bytes', () => {
    const { bind, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53, { reuseAddress: true });
    bind(2, SUBNET_BROADCAST, 53, { reuseAddress: true });
    bind(3, HERE, 53, { reuseAddress: true });
    bind(4, UNSPECIFIED_IPV4, 53, { reuseAddress: true });
    bind(5, UNSPECIFIED_IPV4, 54);
    take();
    udp.handleSegment(arriveAt(SUBNET_BROADCAST, { cast: 'broadcast' }), 0);
    const got = take();
    expect(got.map((indication) => indication.socket)).toEqual([1, 2, 4]);
    expect(got).toMatchObject([{ local: { address: SUBNET_BROADCAST, port: 53 } }, {}, {}]);
    const buffers = got.map((i) => (i.kind === 'datagram' ? i.data.buffer : undefined));
    expect(new Set(buffers).size).toBe(3);
  });
});

describe('the receive queue', () => {
  const dataOf = (indications: readonly { kind: string; data?: Uint8Array }[]) =>
    indications.map((indication) => text(indication.data!));
  const arriveWith = (data: string) => datagramFrom(PEER, HERE, 4000, 53, bytes(data));

  it('holds datagrams beyond the credit and delivers them in order as credit arrives', () => {
    const { bind, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53, { creditOctets: 4 });
    take();
    for (const data of ['aaa', 'bbb', 'c']) udp.handleSegment(arriveWith(data), 0);
    // 'c' would fit the credit, but the order is kept.
    expect(dataOf(take() as never)).toEqual(['aaa']);
    expect(udp.sockets()[0]?.queuedOctets).toBe(3 + 64 + 1 + 64);
    udp.handleRequest({ kind: 'credit', socket: 1, limitOctets: 6 });
    expect(dataOf(take() as never)).toEqual(['bbb']);
    udp.handleRequest({ kind: 'credit', socket: 1, limitOctets: 5 });
    expect(take()).toEqual([]);
    udp.handleRequest({ kind: 'credit', socket: 1, limitOctets: 100 });
    expect(dataOf(take() as never)).toEqual(['c']);
    expect(udp.sockets()[0]?.queuedOctets).toBe(0);
  });

  it('delivers an empty datagram only if there is credit left', () => {
    const { bind, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53, { creditOctets: 0 });
    take();
    udp.handleSegment(arriveWith(''), 0);
    expect(take()).toEqual([]);
    udp.handleRequest({ kind: 'credit', socket: 1, limitOctets: 1 });
    expect(dataOf(take() as never)).toEqual(['']);
  });

  it('drops and counts datagrams beyond its limit, the newest first', () => {
    const { bind, take, udp, counters } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53, { creditOctets: 0, receiveBufferOctets: 2400 });
    take();
    for (let i = 0; i < 10; i += 1) {
      udp.handleSegment(arriveWith(String(i).repeat(736)), 0);
    }
    expect(udp.sockets()).toMatchObject([{ queuedOctets: 2400, drops: 7 }]);
    expect(counters).toMatchObject({ UdpRcvbufErrors: 7, UdpInErrors: 7, UdpInDatagrams: 0 });
    udp.handleRequest({ kind: 'credit', socket: 1, limitOctets: 1_000_000 });
    expect(dataOf(take() as never).map((data) => data[0])).toEqual(['0', '1', '2']);
    expect(counters.UdpInDatagrams).toBe(3);
  });

  it('is limited for empty datagrams too', () => {
    const { bind, take, udp, counters } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53, { creditOctets: 0, receiveBufferOctets: 2304 });
    take();
    for (let i = 0; i < 100; i += 1) udp.handleSegment(arriveWith(''), 0);
    expect(counters.UdpRcvbufErrors).toBe(100 - 2304 / 64);
  });

  it('is limited by udp_mem for all sockets together, except for udp_rmem_min of each', () => {
    const { udp, bind, context, counters } = createUdp();
    const arriveAt = (port: number) => datagramFrom(PEER, HERE, 4000, port, new Uint8Array(936));
    context.sysctl.udp_mem = [0, 0, 5];
    bind(1, HERE, 53, { creditOctets: 0 });
    bind(2, HERE, 54, { creditOctets: 0 });
    for (let i = 0; i < 100; i += 1) udp.handleSegment(arriveAt(53), 0);
    expect(counters).toMatchObject({ UdpMemErrors: 80, UdpRcvbufErrors: 0 });
    for (let i = 0; i < 100; i += 1) udp.handleSegment(arriveAt(54), 0);
    const queued = udp.sockets().map(({ queuedOctets }) => queuedOctets);
    expect(queued).toEqual([20_000, 4000]);
    udp.handleRequest({ kind: 'close', socket: 1 });
    for (let i = 0; i < 100; i += 1) udp.handleSegment(arriveAt(54), 0);
    expect(udp.sockets()[0]!.queuedOctets).toBe(20_000);
  });

  it('keeps its own copy of waiting datagrams', () => {
    const { bind, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53, { creditOctets: 0 });
    take();
    const datagram = arriveWith('hello');
    udp.handleSegment(datagram, 0);
    datagram.segment.fill(0);
    udp.handleRequest({ kind: 'credit', socket: 1, limitOctets: 100 });
    expect(dataOf(take() as never)).toEqual(['hello']);
  });
});
