import type { NetworkSendRequest } from '@strata/network';
import {
  checksumFold,
  LIMITED_BROADCAST_IPV4,
  PROTOCOL_UDP,
  pseudoHeaderSum,
  UdpDatagram,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { bytes, createUdp, HERE, ip, PEER, SECOND, SUBNET_BROADCAST, text } from './udp-kit.ts';

/** The only request sent, and its datagram. */
function only(sent: readonly unknown[]) {
  expect(sent).toHaveLength(1);
  const request = sent[0] as NetworkSendRequest;
  expect(request.kind).toBe('send');
  const datagram = UdpDatagram.parse(request.segment) as UdpDatagram;
  return { request, datagram };
}

describe('a datagram sent', () => {
  it('has its ports, length, data, a correct checksum and headroom', () => {
    const { bind, send, sent, counters } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    send(1, PEER, 4000);
    const { request, datagram } = only(sent);
    expect(request).toMatchObject({
      source: HERE,
      destination: PEER,
      protocol: 17,
      ttl: 64,
      tos: 0,
      dontFragment: true,
      mtuDiscover: 'want',
      interfaceIndex: 0,
      checksum: 'complete',
      segmentSize: 0,
    });
    expect(datagram.sourcePort).toBe(53);
    expect(datagram.destinationPort).toBe(4000);
    expect(text(datagram.payload)).toBe('hello');
    expect(datagram.checksum).not.toBe(0);
    expect(datagram.hasValidChecksum(HERE, PEER)).toBe(true);
    expect(request.headroomOctets).toBeGreaterThanOrEqual(86);
    expect(request.segment.byteOffset).toBeGreaterThanOrEqual(request.headroomOctets);
    expect(counters.UdpOutDatagrams).toBe(1);
  });

  it.each([
    ['by default has DF if it fits into the path MTU', 0, undefined, true, 'want'],
    ['has no DF if ip_no_pmtu_disc is not 0', 1, undefined, false, 'dont'],
    ['has no DF if ip_no_pmtu_disc is 3', 3, undefined, false, 'dont'],
    ['has no DF if it asks for none', 0, 'dont', false, 'dont'],
    ['has DF if it asks for it, whatever ip_no_pmtu_disc is', 2, 'do', true, 'do'],
    ['has DF if it probes the path', 0, 'probe', true, 'probe'],
  ] as const)('%s (IP_MTU_DISCOVER)', (_name, mode, asked, dontFragment, mtuDiscover) => {
    const { bind, send, sent } = createUdp({ ip_no_pmtu_disc: mode });
    bind(1, UNSPECIFIED_IPV4, 53);
    send(1, PEER, 4000, { mtuDiscover: asked });
    expect(only(sent).request).toMatchObject({ dontFragment, mtuDiscover });
  });

  it('never has a checksum of zero (RFC 768)', () => {
    const { bind, send, sent } = createUdp();
    bind(1, HERE, 53);
    // Data whose checksum would be 0xffff, found by trying all values.
    for (let value = 0; value < 65536; value += 1) {
      send(1, PEER, 4000, { data: Uint8Array.of(value >> 8, value & 255) });
    }
    const checksums = sent.map((request) => {
      if (request.kind !== 'send') return 0;
      const datagram = UdpDatagram.parse(request.segment);
      return datagram instanceof UdpDatagram ? datagram.checksum : 0;
    });
    expect(checksums).not.toContain(0);
    expect(checksums).toContain(0xffff);
  });

  it.each([
    ['fits the destination', UNSPECIFIED_IPV4, UNSPECIFIED_IPV4, ip('10.9.9.9'), SECOND],
    ['is the first where none fits', UNSPECIFIED_IPV4, UNSPECIFIED_IPV4, ip('203.0.113.1'), HERE],
    [
      'is loopback for loopback',
      UNSPECIFIED_IPV4,
      UNSPECIFIED_IPV4,
      ip('127.0.0.1'),
      ip('127.0.0.1'),
    ],
    ['is the one bound to', SECOND, UNSPECIFIED_IPV4, PEER, SECOND],
    ['is the one asked for', UNSPECIFIED_IPV4, SECOND, PEER, SECOND],
    ['is one of its own where a group is bound', ip('224.0.0.251'), UNSPECIFIED_IPV4, PEER, HERE],
  ])('has a source address that %s (RFC 1122 4.1.3.5)', (_, bound, source, to, from) => {
    const { bind, send, sent } = createUdp();
    bind(1, bound, 53);
    send(1, to, 4000, { source });
    const { request, datagram } = only(sent);
    expect(request.source).toBe(from);
    expect(datagram.hasValidChecksum(from, to)).toBe(true);
  });

  it('takes its time to live from the request, then the socket, then the stack', () => {
    const { bind, send, sent, udp, context } = createUdp();
    context.sysctl.ip_default_ttl = 99;
    bind(1, UNSPECIFIED_IPV4, 53);
    send(1, PEER, 4000);
    udp.handleRequest({ kind: 'set-options', socket: 1, options: { ttl: 7, tos: 0xb9 } });
    send(1, PEER, 4000);
    send(1, PEER, 4000, { ttl: 3 });
    expect(sent).toMatchObject([
      { ttl: 99, tos: 0 },
      { ttl: 7, tos: 0xb8 },
      { ttl: 3, tos: 0xb8 },
    ]);
  });

  it('to a multicast address stays on the local network by default (RFC 1112 6.1)', () => {
    const { bind, send, sent } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    send(1, ip('224.0.0.251'), 5353);
    expect(only(sent).request.ttl).toBe(1);
  });

  it('may be empty', () => {
    const { bind, send, sent } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    send(1, PEER, 4000, { data: new Uint8Array(0) });
    expect(only(sent).request.segment.byteLength).toBe(8);
  });

  it('with a segment size is sent as one super-datagram, whose checksum the device completes', () => {
    const { bind, send, sent, counters } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    send(1, PEER, 4000, { data: new Uint8Array(2_500).fill(1), segmentSize: 1_200 });
    const { request, datagram } = only(sent);
    expect(request).toMatchObject({ segmentSize: 1_200, checksum: 'partial' });
    expect([datagram.sourcePort, datagram.destinationPort]).toEqual([53, 4000]);
    expect(datagram.payload).toEqual(new Uint8Array(2_500).fill(1));
    const pseudo = pseudoHeaderSum(HERE, PEER, PROTOCOL_UDP, 2_508);
    expect(datagram.checksum).toBe(checksumFold(pseudo));
    expect(counters.UdpOutDatagrams).toBe(3);
  });

  it.each([1_200, 1_201])(
    'with a segment size of %d that it fits into is one datagram',
    (segmentSize) => {
      const { bind, send, sent, counters } = createUdp();
      bind(1, UNSPECIFIED_IPV4, 53);
      send(1, PEER, 4000, { data: new Uint8Array(1_200), segmentSize });
      const { request, datagram } = only(sent);
      expect(request).toMatchObject({ segmentSize: 0, checksum: 'complete' });
      expect(datagram.hasValidChecksum(HERE, PEER)).toBe(true);
      expect(counters.UdpOutDatagrams).toBe(1);
    },
  );

  it.each([
    ['a segment size of 0', 0, 10],
    ['a segment size beyond 65,495', 65_496, 10],
    ['129 datagrams', 10, 1_281],
  ])('is refused with %s', (_, segmentSize, octets) => {
    const { bind, send, sent, take } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    send(1, PEER, 4000, { data: new Uint8Array(octets), segmentSize });
    expect(take()).toMatchObject([{ kind: 'error', reason: 'invalid' }]);
    send(1, PEER, 4000, { data: new Uint8Array(1_280), segmentSize: 10 });
    expect(sent).toHaveLength(1);
  });

  it('has at most 65,507 octets of data', () => {
    const { bind, send, sent, take } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    send(1, PEER, 4000, { data: new Uint8Array(65507) });
    expect(only(sent).datagram.payload.byteLength).toBe(65507);
    send(1, PEER, 4000, { data: new Uint8Array(65508) });
    expect(sent).toHaveLength(1);
    expect(take()).toMatchObject([
      { kind: 'error', socket: 1, reason: 'invalid', remote: { address: PEER, port: 4000 } },
    ]);
  });

  it.each([
    ['its subnet', SUBNET_BROADCAST],
    ['all stations', LIMITED_BROADCAST_IPV4],
  ])('to %s needs the option broadcast', (_, address) => {
    const { bind, send, sent, take, counters } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    bind(2, UNSPECIFIED_IPV4, 54, { broadcast: true });
    take();
    send(1, address, 4000);
    expect(sent).toEqual([]);
    expect(take()).toMatchObject([{ kind: 'error', socket: 1, reason: 'access denied' }]);
    expect(counters.UdpOutDatagrams).toBe(0);
    send(2, address, 4000);
    expect(only(sent).request).toMatchObject({ destination: address, source: HERE });
  });

  it.each([
    ['port 0', PEER, 0, {}, 'invalid'],
    ['no address', UNSPECIFIED_IPV4, 4000, {}, 'invalid'],
    ['a time to live of 0', PEER, 4000, { ttl: 0 }, 'invalid'],
    ['a time to live of 256', PEER, 4000, { ttl: 256 }, 'invalid'],
    ['a foreign source', PEER, 4000, { source: PEER }, 'address not available'],
    ['loopback as source to another host', PEER, 4000, { source: ip('127.0.0.1') }, 'invalid'],
  ])('with %s is refused', (_, address, port, more, reason) => {
    const { bind, send, sent, take } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    take();
    send(1, address, port, more);
    expect(sent).toEqual([]);
    expect(take()).toMatchObject([{ kind: 'error', socket: 1, reason }]);
  });

  it('on a closed socket is ignored', () => {
    const { bind, send, sent, take, udp } = createUdp();
    bind(1, UNSPECIFIED_IPV4, 53);
    udp.handleRequest({ kind: 'close', socket: 1 });
    take();
    send(1, PEER, 4000, { data: bytes('late') });
    expect([...sent, ...take()]).toEqual([]);
  });
});
