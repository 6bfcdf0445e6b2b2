import {
  type AddressType,
  checksumFold,
  type IpAddress,
  ipv4Address,
  LIMITED_BROADCAST_IPV4,
  pseudoHeaderSum,
  UNSPECIFIED_IPV4,
  writeUint16,
} from '@strata/wire';
import type { NetworkConfig, NetworkCore, NetworkRejectRequest, RejectCode } from '../src/index.ts';
import {
  drain,
  FAR,
  fromLink,
  HOST,
  host,
  icmp,
  ip,
  OTHER_HOST,
  onlyIcmp,
  onlySegment,
  PEER,
  packet,
  pattern,
  SUBNET_BROADCAST,
  udp,
} from './network-kit.ts';

/** A UDP datagram to HOST whose reader does not want it. */
function reject(
  core: NetworkCore,
  bytes: Uint8Array,
  nowMs = 0,
  cast: AddressType = 'unicast',
  code: RejectCode = 'port unreachable',
): string {
  core.handleIndication(fromLink(bytes, { cast }), nowMs);
  const segment = onlySegment(core);
  const request: NetworkRejectRequest = {
    kind: 'reject',
    code,
    header: segment.header!,
    cast: segment.cast,
    interfaceIndex: segment.interfaceIndex,
    segment: segment.segment,
    trace: undefined,
  };
  return core.handleRequest(request, nowMs);
}

describe('an ICMP error that transport asks for', () => {
  it.each<[RejectCode, number]>([
    ['protocol unreachable', 2],
    ['port unreachable', 3],
    ['administratively prohibited', 13],
  ])('says %s with code %i and quotes the packet (RFC 792, RFC 1122 3.2.2.1)', (code, number) => {
    const core = host();
    const bytes = packet({ protocol: 17, tos: 0x08, payload: udp(PEER, HOST, pattern(20)) });
    expect(reject(core, bytes.slice(), 0, 'unicast', code)).toBe('strata/ICMP_ERROR_SENT');
    const { ip: view, icmp: message } = onlyIcmp(core);
    expect(view).toMatchObject({ source: HOST, destination: PEER, ttl: 64, dontFragment: false });
    expect(message).toMatchObject({ type: 3, code: number, rest: 0 });
    expect(message.payload).toEqual(bytes);
    expect(core.counters()).toMatchObject({ IcmpOutMsgs: 1, IcmpOutDestUnreachs: 1 });
  });

  it('has the precedence of internetwork control (RFC 1812 4.3.2.5)', () => {
    const core = host();
    reject(core, packet({ protocol: 17, tos: 0x2b, payload: udp(PEER, HOST, pattern(20)) }));
    expect(onlyIcmp(core).ip.tos).toBe(0xc8);
  });

  it('quotes as much of the packet as fits into 576 octets (RFC 1812 4.3.2.3)', () => {
    const core = host();
    const bytes = packet({
      protocol: 17,
      options: Uint8Array.of(1, 1, 1, 0),
      payload: udp(PEER, HOST, pattern(1400)),
    });
    reject(core, bytes.slice());
    const { ip: view, icmp: message } = onlyIcmp(core);
    expect(view.totalOctets).toBe(576);
    expect(message.payload).toEqual(bytes.subarray(0, 548));
  });

  it('comes from the address that the packet was sent to', () => {
    const core = host();
    reject(
      core,
      packet({ protocol: 17, destination: OTHER_HOST, payload: udp(PEER, OTHER_HOST, pattern(9)) }),
    );
    expect(onlyIcmp(core).ip.source).toBe(OTHER_HOST);
  });

  it('reaches a sender within the stack', () => {
    const core = host();
    const to = ip('127.0.0.1');
    const segment = udp(to, to, pattern(20), [5000, 6000]);
    core.handleRequest(
      {
        kind: 'send',
        source: to,
        destination: to,
        protocol: 17,
        ttl: 0,
        tos: 0,
        dontFragment: false,
        interfaceIndex: 0,
        segment,
        headroomOctets: 0,
        segmentSize: 0,
        checksum: 'complete',
        trace: undefined,
      },
      0,
    );
    const { header, cast, segment: got } = onlySegment(core);
    core.handleRequest(
      {
        kind: 'reject',
        code: 'port unreachable',
        header: header!,
        cast,
        interfaceIndex: 0,
        segment: got,
        trace: undefined,
      },
      0,
    );
    const { up, link } = drain(core);
    expect(link).toEqual([]);
    expect(up).toEqual([
      {
        kind: 'error',
        reporter: to,
        type: 3,
        code: 3,
        mtu: 0,
        protocol: 17,
        source: to,
        destination: to,
        quoted: segment,
      },
    ]);
  });
});

describe('no ICMP error is sent (RFC 1122 3.2.2)', () => {
  it.each<[string, Parameters<typeof packet>[0], AddressType]>([
    ['about a packet to a broadcast address', { destination: SUBNET_BROADCAST }, 'broadcast'],
    ['about a packet to 255.255.255.255', { destination: LIMITED_BROADCAST_IPV4 }, 'broadcast'],
    ['about a packet to a multicast address', { destination: ip('224.0.0.1') }, 'multicast'],
    ['about a packet that came in a broadcast frame', {}, 'broadcast'],
    ['about a packet that came in a multicast frame', {}, 'multicast'],
    [
      'about a packet whose source is not a single host',
      { source: UNSPECIFIED_IPV4, destination: LIMITED_BROADCAST_IPV4 },
      'broadcast',
    ],
  ])('%s', (_name, fields, cast) => {
    const core = host();
    const bytes = packet({ protocol: 17, payload: udp(PEER, HOST, pattern(9)), ...fields });
    expect(reject(core, bytes, 0, cast)).toBe('strata/ICMP_ERROR_FORBIDDEN');
    expect(drain(core).link).toEqual([]);
  });

  it('about an unknown protocol in a broadcast packet', () => {
    const core = host();
    core.handleIndication(fromLink(packet({ protocol: 99, destination: SUBNET_BROADCAST })), 0);
    expect(drain(core).link).toEqual([]);
    expect(core.counters().IpInUnknownProtos).toBe(1);
  });

  it.each([0, 127, 224, 240, 255])('to a source in %i.0.0.0/8, however it came', (first) => {
    const core = host();
    const header = packet({
      protocol: 17,
      source: ipv4Address(first * 0x1000000 + 5),
      payload: new Uint8Array(0),
    });
    const request: NetworkRejectRequest = {
      kind: 'reject',
      code: 'port unreachable',
      header,
      cast: 'unicast',
      interfaceIndex: 1,
      segment: pattern(9),
      trace: undefined,
    };
    if (first === 127) {
      // 127.0.0.5 is the stack itself: the error about it does not leave the stack.
      core.handleRequest(request, 0);
    } else {
      expect(core.handleRequest(request, 0)).toBe('strata/ICMP_ERROR_FORBIDDEN');
    }
    expect(drain(core).link).toEqual([]);
  });

  it('about a later fragment (RFC 1122 3.2.2)', () => {
    const core = host();
    const header = packet({ protocol: 17, fragmentOffsetOctets: 8, payload: new Uint8Array(0) });
    const request: NetworkRejectRequest = {
      kind: 'reject',
      code: 'port unreachable',
      header,
      cast: 'unicast',
      interfaceIndex: 1,
      segment: pattern(9),
      trace: undefined,
    };
    expect(core.handleRequest(request, 0)).toBe('strata/ICMP_ERROR_FORBIDDEN');
  });

  it.each([3, 4, 5, 11, 12, 42])(
    'about an ICMP message of type %i, which is or may be an error',
    (type) => {
      const core = host();
      const options = Uint8Array.of(0x44, 3, 5, 0);
      const bytes = packet({ protocol: 1, options, payload: icmp(type, 0, packet()) });
      expect(core.handleIndication(fromLink(bytes), 0)).toBe('strata/IP_OPTION');
      expect(drain(core).link).toEqual([]);
    },
  );

  it('about a malformed header', () => {
    const core = host();
    const request: NetworkRejectRequest = {
      kind: 'reject',
      code: 'port unreachable',
      header: new Uint8Array(20),
      cast: 'unicast',
      interfaceIndex: 1,
      segment: pattern(9),
      trace: undefined,
    };
    expect(core.handleRequest(request, 0)).toBe('strata/ICMP_ERROR_FORBIDDEN');
  });
});

describe('errors that the network layer makes itself', () => {
  it('say protocol unreachable (RFC 1122 3.2.2.1)', () => {
    const core = host();
    const bytes = packet({ protocol: 132 });
    expect(core.handleIndication(fromLink(bytes.slice()), 0)).toBe('IP_NOPROTO');
    const { icmp: message } = onlyIcmp(core);
    expect(message).toMatchObject({ type: 3, code: 2 });
    expect(message.payload).toEqual(bytes);
  });

  it.each([
    ['a length of 0', Uint8Array.of(1, 7, 0, 0), 22],
    ['a length beyond the header', Uint8Array.of(7, 9, 4, 0), 21],
    ['no length', Uint8Array.of(1, 1, 1, 7), 23],
    ['a record route with a pointer into its head', Uint8Array.of(7, 4, 3, 0), 22],
    ['a record route of 2 octets', Uint8Array.of(7, 2, 0, 0), 21],
    ['a timestamp with a pointer into its head', Uint8Array.of(68, 4, 4, 0), 22],
    ['a record route with room for part of an address', Uint8Array.of(7, 6, 4, 0, 0, 0, 0, 0), 22],
    ['a timestamp with room for part of a time', Uint8Array.of(68, 7, 5, 0, 0, 0, 0, 0), 22],
    ['a timestamp with room for an address alone', Uint8Array.of(68, 8, 5, 1, 0, 0, 0, 0), 22],
    ['a timestamp whose overflow cannot be counted', Uint8Array.of(68, 4, 5, 0xf0), 23],
    ['a second record route', Uint8Array.of(7, 3, 4, 7, 3, 4, 0, 0), 23],
    ['a second timestamp', Uint8Array.of(68, 4, 5, 0, 68, 4, 5, 0), 24],
  ])(
    'say parameter problem and where: %s (RFC 792, RFC 1122 3.2.2.5)',
    (_name, options, pointer) => {
      const core = host();
      expect(core.handleIndication(fromLink(packet({ options })), 0)).toBe('strata/IP_OPTION');
      const { icmp: message } = onlyIcmp(core);
      expect(message).toMatchObject({ type: 12, code: 0, pointer });
      expect(core.counters()).toMatchObject({ IcmpOutParmProbs: 1, IpInHdrErrors: 1 });
    },
  );

  it('quote the checksum that the sender left to its device', () => {
    const core = host();
    const payload = udp(PEER, HOST, pattern(20));
    const bytes = packet({ protocol: 17, options: Uint8Array.of(1, 7, 0, 0), payload });
    const partial = bytes.slice();
    writeUint16(partial, 24 + 6, checksumFold(pseudoHeaderSum(PEER, HOST, 17, 28)));
    core.handleIndication(fromLink(partial, { checksum: 'partial' }), 0);
    expect(onlyIcmp(core).icmp.payload).toEqual(bytes);
  });

  it('quote the first packet of a super-segment, which the sender left to its device to cut', () => {
    const core = host();
    const options = Uint8Array.of(1, 7, 0, 0);
    const first = packet({ protocol: 17, options, payload: udp(PEER, HOST, pattern(20)) });
    const both = new Uint8Array(28 + 20);
    both.set(pattern(20), 8);
    both.set(pattern(20), 28);
    both.set(first.subarray(24, 28));
    writeUint16(both, 4, both.byteLength);
    writeUint16(both, 6, checksumFold(pseudoHeaderSum(PEER, HOST, 17, both.byteLength)));
    const whole = packet({ protocol: 17, options, payload: both });
    core.handleIndication(fromLink(whole, { segmentSize: 20, checksum: 'partial' }), 0);
    expect(onlyIcmp(core).icmp.payload).toEqual(first);
  });
});

describe('the rate of ICMP errors (RFC 1812 4.3.2.8)', () => {
  const unlimited: NetworkConfig['sysctl'] = { icmp_msgs_per_sec: 1e6, icmp_msgs_burst: 1e6 };
  const error = (core: NetworkCore, source: IpAddress, nowMs: number) => {
    core.handleIndication(fromLink(packet({ protocol: 99, source })), nowMs);
    return drain(core).link.length;
  };
  const errors = (core: NetworkCore, source: IpAddress, nowMs: number, count: number) => {
    let sent = 0;
    for (let i = 0; i < count; i += 1) sent += error(core, source, nowMs);
    return sent;
  };

  it('is one in icmp_ratelimit to a destination, after a burst of six', () => {
    const core = host({ sysctl: unlimited });
    expect(errors(core, PEER, 0, 100)).toBe(6);
    expect(errors(core, PEER, 999, 10)).toBe(0);
    expect(errors(core, PEER, 1000, 10)).toBe(1);
    expect(errors(core, PEER, 3500, 10)).toBe(2);
    expect(errors(core, PEER, 60000, 10)).toBe(6);
    expect(core.counters().IcmpOutRateLimitHost).toBe(94 + 10 + 9 + 8 + 4);
  });

  it('is counted separately for each destination', () => {
    const core = host({ sysctl: unlimited });
    expect(errors(core, PEER, 0, 10)).toBe(6);
    expect(errors(core, FAR, 0, 10)).toBe(6);
  });

  it('is unlimited for types that icmp_ratemask leaves out, and where icmp_ratelimit is 0', () => {
    const masked = host({ sysctl: { icmp_ratemask: 6168 & ~(1 << 3) } });
    expect(errors(masked, PEER, 0, 100)).toBe(100);
    const open = host({ sysctl: { ...unlimited, icmp_ratelimit: 0 } });
    expect(errors(open, PEER, 0, 100)).toBe(100);
  });

  it('is at most icmp_msgs_burst at once and icmp_msgs_per_sec to all destinations together', () => {
    const core = host({ sysctl: { icmp_ratelimit: 0 } });
    const burst = errors(core, PEER, 0, 1000);
    // A message takes 0, 1 or 2 tokens, 1 on average.
    expect(burst).toBeGreaterThan(30);
    expect(burst).toBeLessThan(90);
    expect(errors(core, PEER, 19, 1000)).toBe(0);
    let sent = 0;
    for (let nowMs = 1000; nowMs < 11000; nowMs += 20) sent += errors(core, PEER, nowMs, 60);
    expect(sent / 10).toBeGreaterThan(900);
    expect(sent / 10).toBeLessThan(1100);
    expect(core.counters().IcmpOutRateLimitGlobal).toBeGreaterThan(0);
  });

  it('does not tell a peer how many tokens are left: their number is random (CVE-2020-25705)', () => {
    const bursts = new Set<number>();
    for (let seed = 1; seed <= 20; seed += 1) {
      bursts.add(errors(host({ sysctl: { icmp_ratelimit: 0 } }, seed), PEER, 0, 200));
    }
    expect(bursts.size).toBeGreaterThan(5);
  });
});
