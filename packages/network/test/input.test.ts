import { ipv4Address, UNSPECIFIED_IPV4 } from '@strata/wire';
import {
  drain,
  fromLink,
  HOST,
  host,
  ip,
  OTHER_HOST,
  onlySegment,
  PEER,
  packet,
  pattern,
  SUBNET_BROADCAST,
} from './network-kit.ts';

describe('a packet that comes in', () => {
  it('is handed up with its header, addresses and meta', () => {
    const core = host();
    const trace = { traceId: pattern(16), parentSpanId: pattern(8), flags: 1 };
    const bytes = packet({ ttl: 9, tos: 0x12, payload: pattern(40) });
    const outcome = core.handleIndication(
      fromLink(bytes, { segmentSize: 20, checksum: 'partial', trace }),
      0,
    );
    expect(outcome).toBe('CONSUMED');
    expect(onlySegment(core)).toEqual({
      kind: 'segment',
      source: PEER,
      destination: HOST,
      protocol: 6,
      ttl: 9,
      tos: 0x12,
      interfaceIndex: 1,
      cast: 'unicast',
      header: bytes.subarray(0, 20),
      segment: pattern(40),
      segmentSize: 20,
      checksum: 'partial',
      trace,
    });
    expect(core.counters()).toMatchObject({ IpInReceives: 1, IpInDelivers: 1 });
  });

  it('loses the padding of the frame (RFC 894)', () => {
    const core = host();
    const padded = new Uint8Array(46);
    padded.set(packet({ payload: pattern(8) }));
    core.handleIndication(fromLink(padded), 0);
    expect(onlySegment(core).segment).toEqual(pattern(8));
  });

  it.each([0, 1])('is taken with a TTL of %i: only routers count (RFC 1122 3.2.1.7)', (ttl) => {
    const core = host();
    core.handleIndication(fromLink(packet({ ttl })), 0);
    expect(onlySegment(core).ttl).toBe(ttl);
  });

  it('is taken for any of our addresses on any interface (RFC 1122 3.3.4.2, weak model)', () => {
    const core = host();
    core.handleIndication(fromLink(packet({ destination: OTHER_HOST })), 0);
    expect(onlySegment(core).destination).toBe(OTHER_HOST);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array, string, object]>([
    ['shorter than a header', (b) => b.subarray(0, 19), 'IP_INHDR', { IpInHdrErrors: 1 }],
    ['empty', () => new Uint8Array(0), 'IP_INHDR', { IpInHdrErrors: 1 }],
    ['of version 6 (RFC 1122 3.2.1.1)', (b) => patch(b, 0, 0x65), 'IP_INHDR', { IpInHdrErrors: 1 }],
    ['with a header of 16 octets', (b) => patch(b, 0, 0x44), 'IP_INHDR', { IpInHdrErrors: 1 }],
    [
      'with a total length below its header',
      (b) => patch(b, 3, 19),
      'IP_INHDR',
      { IpInHdrErrors: 1 },
    ],
    [
      'shorter than its total length',
      (b) => b.subarray(0, 30),
      'PKT_TOO_SMALL',
      { IpExtInTruncatedPkts: 1 },
    ],
    [
      'with a bad checksum (RFC 1122 3.2.1.2)',
      (b) => patch(b, 8, 63),
      'IP_CSUM',
      { IpInHdrErrors: 1, IpExtInCsumErrors: 1 },
    ],
  ])('is dropped silently and counted when %s', (_name, spoil, outcome, counted) => {
    const core = host();
    expect(core.handleIndication(fromLink(spoil(packet())), 0)).toBe(outcome);
    expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
    expect(core.counters()).toMatchObject({ IpInReceives: 1, IpInDelivers: 0, ...counted });
  });

  it.each([
    ['255.255.255.255'],
    ['192.0.2.255'],
    ['10.255.255.255'],
    ['224.0.0.1'],
    ['239.1.2.3'],
    ['127.0.0.1'],
    ['0.0.0.0'],
    ['0.1.2.3'],
    ['240.0.0.1'],
  ])('is dropped with the source %s (RFC 1122 3.2.1.3)', (source) => {
    const core = host();
    const bytes = packet({ source: ip(source) });
    expect(core.handleIndication(fromLink(bytes), 0)).toBe('IP_INVALID_SOURCE');
    expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
    expect(core.counters().StrataInMartianSrc).toBe(1);
  });

  it('is dropped with an address of our own as its source, unless accept_local is 1', () => {
    const core = host();
    const bytes = () => fromLink(packet({ source: HOST }));
    expect(core.handleIndication(bytes(), 0)).toBe('IP_LOCAL_SOURCE');
    expect(core.counters().StrataInMartianSrc).toBe(1);
    core.setSysctl({ 'conf.eth0.accept_local': 1 });
    expect(core.handleIndication(bytes(), 0)).toBe('CONSUMED');
  });

  it('may have the source 0.0.0.0 if it is a broadcast: its sender learns its address (RFC 1122 3.2.1.3 (a))', () => {
    const core = host();
    const bytes = packet({
      source: UNSPECIFIED_IPV4,
      destination: ipv4Address(0xffffffff),
      protocol: 17,
    });
    core.handleIndication(fromLink(bytes, { cast: 'broadcast' }), 0);
    expect(onlySegment(core)).toMatchObject({ source: 0, cast: 'broadcast' });
  });

  it.each([['127.0.0.1'], ['127.9.9.9'], ['0.0.0.0']])(
    'is dropped for %s: that address never comes from a link (RFC 1122 3.2.1.3)',
    (destination) => {
      const core = host();
      const bytes = packet({ destination: ip(destination) });
      expect(core.handleIndication(fromLink(bytes), 0)).toBe('IP_INVALID_DEST');
      expect(core.counters().StrataInMartianDst).toBe(1);
    },
  );

  it.each([['192.0.2.3'], ['198.51.100.7'], ['192.0.2.0']])(
    'is dropped for %s: a host does not forward (RFC 1122 3.3.1)',
    (destination) => {
      const core = host();
      const bytes = packet({ destination: ip(destination) });
      expect(core.handleIndication(fromLink(bytes), 0)).toBe('IP_INADDRERRORS');
      expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
      expect(core.counters().IpInAddrErrors).toBe(1);
    },
  );

  it.each([
    ['255.255.255.255', 'broadcast'],
    ['192.0.2.255', 'broadcast'],
    ['224.0.0.1', 'multicast'],
  ])('is taken for %s as %s (RFC 1122 3.2.1.3, RFC 1112 4)', (destination, cast) => {
    const core = host();
    core.handleIndication(fromLink(packet({ destination: ip(destination), protocol: 17 })), 0);
    expect(onlySegment(core).cast).toBe(cast);
  });

  it('is dropped for a group that the stack is not a member of', () => {
    const core = host();
    const bytes = packet({ destination: ip('224.0.0.251'), protocol: 17 });
    expect(core.handleIndication(fromLink(bytes, { cast: 'multicast' }), 0)).toBe(
      'strata/NOT_A_MEMBER',
    );
  });

  it('has the cast of its frame if the frame was a broadcast and the packet was not', () => {
    const core = host();
    core.handleIndication(fromLink(packet(), { cast: 'broadcast' }), 0);
    expect(onlySegment(core).cast).toBe('broadcast');
  });

  it('is dropped in a broadcast or multicast frame if drop_unicast_in_l2_multicast is 1 (RFC 1122 3.3.6)', () => {
    const core = host({ sysctl: { 'conf.all.drop_unicast_in_l2_multicast': 1 } });
    expect(core.handleIndication(fromLink(packet(), { cast: 'broadcast' }), 0)).toBe(
      'UNICAST_IN_L2_MULTICAST',
    );
    const all = packet({ destination: SUBNET_BROADCAST });
    expect(core.handleIndication(fromLink(all, { cast: 'broadcast' }), 0)).toBe('CONSUMED');
  });

  it('is dropped from an unknown interface, and if it is not IPv4', () => {
    const core = host();
    expect(core.handleIndication(fromLink(packet(), { interfaceIndex: 9 }), 0)).toBe(
      'strata/NO_INTERFACE',
    );
    expect(core.handleIndication(fromLink(packet(), { etherType: 0x86dd }), 0)).toBe(
      'UNHANDLED_PROTO',
    );
    expect(core.counters().IpInDiscards).toBe(2);
  });

  it('counts its ECN codepoint (RFC 3168 5)', () => {
    const core = host();
    for (const tos of [0, 1, 2, 3, 3]) core.handleIndication(fromLink(packet({ tos })), 0);
    expect(core.counters()).toMatchObject({
      IpExtInNoECTPkts: 1,
      IpExtInECT1Pkts: 1,
      IpExtInECT0Pkts: 1,
      IpExtInCEPkts: 2,
    });
  });
});

describe('IPv4 options', () => {
  const timestamp = Uint8Array.of(68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const recordRoute = Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 0);

  it.each([
    ['no operation and end of list', Uint8Array.of(1, 1, 0, 0)],
    ['a record route', recordRoute],
    ['a timestamp', timestamp],
    ['a router alert', Uint8Array.of(148, 4, 0, 0)],
    ['something unknown', Uint8Array.of(0x9e, 4, 1, 2)],
    ['random octets behind the end of list', Uint8Array.of(0, 0xff, 0xff, 0xff)],
  ])('are passed over: %s (RFC 1122 3.2.1.8)', (_name, options) => {
    const core = host();
    core.handleIndication(fromLink(packet({ options, payload: pattern(24) })), 0);
    const { segment, header } = onlySegment(core);
    expect(segment).toEqual(pattern(24));
    expect(header?.byteLength).toBe(20 + options.byteLength);
  });

  it.each([
    ['loose', 131],
    ['strict', 137],
  ])('with a %s source route cost the packet (RFC 7126 4.3, 4.4)', (_name, type) => {
    const core = host();
    const options = Uint8Array.of(1, type, 7, 4, 192, 0, 2, 9);
    expect(core.handleIndication(fromLink(packet({ options })), 0)).toBe('strata/SOURCE_ROUTE');
    expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
    expect(core.counters().StrataInSourceRoutes).toBe(1);
  });
});

function patch(bytes: Uint8Array, at: number, value: number): Uint8Array {
  bytes[at] = value;
  return bytes;
}
