import { ipv4Address, UNSPECIFIED_IPV4 } from '@strata/wire';
import type { NetworkConfig } from '../src/index.ts';
import {
  CONFIG,
  drain,
  FAR,
  HOST,
  host,
  ip,
  OTHER_HOST,
  onlyError,
  onlyPacket,
  PEER,
  pattern,
  send,
  valid,
} from './network-kit.ts';

describe('a segment that goes out', () => {
  it('gets a right header and goes to the gateway (RFC 791 3.1, RFC 1122 3.3.1)', () => {
    const core = host();
    expect(core.handleRequest(send({ segment: pattern(30), tos: 0x2e, ttl: 3 }), 0)).toBe(
      'strata/SENT',
    );
    const { request, ip: view } = onlyPacket(core);
    expect(request).toMatchObject({
      interfaceIndex: 1,
      etherType: 0x0800,
      cast: 'unicast',
      nextHop: PEER,
      segmentSize: 0,
      checksum: 'complete',
    });
    expect(view).toMatchObject({
      source: HOST,
      destination: FAR,
      protocol: 17,
      ttl: 3,
      tos: 0x2e,
      dontFragment: false,
      isFragment: false,
      payload: pattern(30),
    });
    expect(core.counters()).toMatchObject({ IpOutRequests: 1, IpOutTransmits: 1 });
  });

  it('has the default TTL, which can be changed (RFC 1122 3.2.1.7)', () => {
    const core = host();
    core.handleRequest(send(), 0);
    expect(onlyPacket(core).ip.ttl).toBe(64);
    core.setSysctl({ ip_default_ttl: 17 });
    core.handleRequest(send(), 0);
    expect(onlyPacket(core).ip.ttl).toBe(17);
  });

  it('is not copied if there is headroom, and the rest of the headroom is passed on', () => {
    const core = host();
    const memory = new Uint8Array(96 + 40);
    core.handleRequest(send({ segment: memory.subarray(96), headroomOctets: 96 }), 0);
    const { request } = onlyPacket(core);
    expect(request.packet.buffer).toBe(memory.buffer);
    expect(request.packet.byteOffset).toBe(76);
    expect(request.headroomOctets).toBe(76);
  });

  it('goes directly to a host in one of our subnets, from our address in it (RFC 1122 3.3.4.3)', () => {
    const core = host();
    core.handleRequest(send({ source: UNSPECIFIED_IPV4, destination: ip('10.1.2.3') }), 0);
    const { request, ip: view } = onlyPacket(core);
    expect(request).toMatchObject({ interfaceIndex: 2, nextHop: ip('10.1.2.3') });
    expect(view.source).toBe(OTHER_HOST);
  });

  it('goes by the interface that it names, as if its destination were on that link', () => {
    const core = host();
    core.handleRequest(send({ source: UNSPECIFIED_IPV4, interfaceIndex: 2 }), 0);
    const { request, ip: view } = onlyPacket(core);
    expect(request).toMatchObject({ interfaceIndex: 2, nextHop: FAR });
    expect(view.source).toBe(OTHER_HOST);
  });

  it('keeps its segment size, checksum state and trace', () => {
    const core = host();
    const trace = { traceId: pattern(16), parentSpanId: pattern(8), flags: 1 };
    const segment = tcpSegment(60000);
    core.handleRequest(
      send({
        protocol: 6,
        segment,
        dontFragment: true,
        segmentSize: 1460,
        checksum: 'partial',
        trace,
      }),
      0,
    );
    const { request, ip: view } = onlyPacket(core);
    expect(request).toMatchObject({ segmentSize: 1460, checksum: 'partial', trace });
    expect(view.totalOctets).toBe(60040);
  });

  it.each([
    ['a source that is not ours', { source: ip('192.0.2.77') }, 'strata/NOT_OWN_SOURCE'],
    [
      'a loopback source on a link (RFC 1122 3.2.1.3 (g))',
      { source: ip('127.0.0.1') },
      'strata/NOT_OWN_SOURCE',
    ],
    ['more than 65,535 octets', { segment: new Uint8Array(65516) }, 'strata/TOO_LONG'],
  ])('is dropped with %s', (_name, changes, outcome) => {
    const core = host();
    expect(core.handleRequest(send(changes), 0)).toBe(outcome);
    expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
    expect(core.counters().IpOutDiscards).toBe(1);
  });

  it.each(['0.0.0.9', '240.0.0.1'])(
    "has no route to %s, which is not a host's address",
    (destination) => {
      const core = host();
      expect(core.handleRequest(send({ destination: ip(destination) }), 0)).toBe('IP_OUTNOROUTES');
      expect(onlyError(core).code).toBe(0);
    },
  );
});

describe('routes that refuse', () => {
  const config: NetworkConfig = {
    ...CONFIG,
    routes: [
      { destination: ip('198.51.100.0'), prefixLength: 24, kind: 'unreachable' },
      { destination: ip('203.0.113.0'), prefixLength: 24, kind: 'prohibit' },
      { destination: ip('203.0.113.8'), prefixLength: 32, kind: 'blackhole' },
    ],
  };

  it.each([
    ['no route: net unreachable', '8.8.8.8', 0, 'IP_OUTNOROUTES'],
    ['unreachable: host unreachable', '198.51.100.7', 1, 'strata/ROUTE_UNREACHABLE'],
    ['prohibit: administratively prohibited', '203.0.113.7', 13, 'strata/ROUTE_PROHIBITED'],
  ])('tell the sender: %s (RFC 1122 3.3.8)', (_name, destination, code, outcome) => {
    const core = host(config);
    const request = send({ destination: ip(destination), segment: pattern(500) });
    expect(core.handleRequest(request, 0)).toBe(outcome);
    expect(onlyError(core)).toEqual({
      kind: 'error',
      reporter: HOST,
      type: 3,
      code,
      mtu: 0,
      protocol: 17,
      source: HOST,
      destination: ip(destination),
      quoted: pattern(500).subarray(0, 128),
    });
  });

  it('drop silently: blackhole', () => {
    const core = host(config);
    const request = send({ destination: ip('203.0.113.8') });
    expect(core.handleRequest(request, 0)).toBe('strata/ROUTE_BLACKHOLE');
    expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
  });

  it('also apply to a sender that names an interface', () => {
    const core = host(config);
    const request = send({ destination: ip('203.0.113.8'), interfaceIndex: 1 });
    expect(core.handleRequest(request, 0)).toBe('strata/ROUTE_BLACKHOLE');
  });
});

describe('a segment larger than the MTU', () => {
  it('comes back with DF: fragmentation needed, and the MTU (RFC 1191 3)', () => {
    const core = host();
    const request = send({ dontFragment: true, segment: pattern(1481) });
    expect(core.handleRequest(request, 0)).toBe('PKT_TOO_BIG');
    expect(onlyError(core)).toMatchObject({ reporter: HOST, type: 3, code: 4, mtu: 1500 });
    expect(core.counters().IpFragFails).toBe(1);
  });

  it('passes with DF if it just fits', () => {
    const core = host();
    core.handleRequest(send({ dontFragment: true, segment: pattern(1480) }), 0);
    expect(onlyPacket(core).ip).toMatchObject({ dontFragment: true, identification: 0 });
  });

  it.each([true, false])(
    'comes back if it is a super-segment whose packets are too large, DF %s',
    (dontFragment) => {
      const core = host();
      const segment = tcpSegment(20000);
      core.handleRequest(send({ protocol: 6, segment, segmentSize: 1461, dontFragment }), 0);
      expect(onlyError(core)).toMatchObject({ code: 4, mtu: 1500, protocol: 6 });
    },
  );

  it('has DF if its sender asks for it, whatever ip_no_pmtu_disc is: that is for its sender to read', () => {
    const core = host({ sysctl: { ip_no_pmtu_disc: 1 } });
    core.handleRequest(send({ dontFragment: true, segment: pattern(100) }), 0);
    expect(valid(drain(core).link[0]!.packet).dontFragment).toBe(true);
  });
});

describe('a broadcast or multicast packet', () => {
  it.each([
    ['255.255.255.255', 'broadcast', 1],
    ['192.0.2.255', 'broadcast', 1],
    ['10.255.255.255', 'broadcast', 2],
    ['239.1.2.3', 'multicast', 1],
  ])('to %s goes out as %s by the right interface', (destination, cast, interfaceIndex) => {
    const core = host();
    core.handleRequest(send({ source: UNSPECIFIED_IPV4, destination: ip(destination) }), 0);
    const [request] = drain(core).link;
    expect(request).toMatchObject({ cast, interfaceIndex, nextHop: ip(destination) });
  });

  it('goes out on the interface of its source, as ip_route_output_key_hash_rcu() chooses it', () => {
    const core = host();
    core.handleRequest(send({ source: OTHER_HOST, destination: ipv4Address(0xffffffff) }), 0);
    expect(drain(core).link[0]).toMatchObject({ interfaceIndex: 2 });
  });

  it('to a group stays on the link by default (RFC 1112 6.1)', () => {
    const core = host();
    core.handleRequest(send({ destination: ip('239.1.2.3') }), 0);
    expect(onlyPacket(core).ip.ttl).toBe(1);
  });

  it.each([['192.0.2.255'], ['224.0.0.1']])(
    'to %s also comes back to the stack itself (RFC 1112 6.1)',
    (to) => {
      const core = host();
      const segment = pattern(3000);
      core.handleRequest(send({ destination: ip(to), segment: segment.slice() }), 0);
      const { up, link } = drain(core);
      expect(link).toHaveLength(3);
      expect(up).toEqual([expect.objectContaining({ segment, interfaceIndex: 1, source: HOST })]);
    },
  );
});

describe('loopback', () => {
  it.each([['127.0.0.1'], ['127.200.1.2'], ['192.0.2.2'], ['10.0.0.2']])(
    'delivers packets to %s without a link (RFC 1122 3.2.1.3 (g))',
    (destination) => {
      const core = host();
      const segment = pattern(60);
      const request = send({
        source: UNSPECIFIED_IPV4,
        destination: ip(destination),
        segment,
        checksum: 'partial',
      });
      expect(core.handleRequest(request, 0)).toBe('strata/LOOPED_BACK');
      const { up, link } = drain(core);
      expect(link).toEqual([]);
      expect(up).toEqual([
        expect.objectContaining({
          kind: 'segment',
          interfaceIndex: 0,
          source: ip(destination),
          destination: ip(destination),
          checksum: 'verified',
          segment: pattern(60),
        }),
      ]);
    },
  );

  it('carries a super-segment whole', () => {
    const core = host();
    const segment = tcpSegment(60000);
    core.handleRequest(
      send({ destination: HOST, protocol: 6, segment, segmentSize: 32768, dontFragment: true }),
      0,
    );
    expect(drain(core).up).toEqual([
      expect.objectContaining({ segmentSize: 32768, segment: tcpSegment(60000) }),
    ]);
  });
});

/** A TCP header of 20 octets and data. */
function tcpSegment(dataOctets: number): Uint8Array {
  const segment = pattern(20 + dataOctets);
  segment[12] = 0x50;
  return segment;
}
