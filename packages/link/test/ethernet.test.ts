import { checkFrame, ethernet, ipv4, payload, udp } from '@strata/conformance/checkers';
import { BROADCAST_MAC, ETHERTYPE_IPV4, HEADROOM_OCTETS, multicastMac } from '@strata/wire';
import {
  Bench,
  ethernetFrame,
  ip,
  linkRequest,
  OTHER_MAC,
  OWN,
  OWN_MAC,
  PEER,
  PEER_MAC,
  udpPacket,
} from './support.ts';

/** A bench that knows its peer's address. */
function connected(...args: ConstructorParameters<typeof Bench>): Bench {
  const bench = new Bench(...args);
  bench.set(PEER, PEER_MAC);
  return bench;
}

describe('A frame that comes in', () => {
  const packet = udpPacket(100, 1, PEER, OWN);

  it.each([
    ['our address', OWN_MAC, 'unicast'],
    ['everybody', BROADCAST_MAC, 'broadcast'],
    ['all hosts, which every host joins (RFC 1112 4)', multicastMac(ip('224.0.0.1')), 'multicast'],
  ])('goes up if it is for %s', (_name, destination, cast) => {
    const bench = new Bench();
    bench.receive(ethernetFrame(packet, destination), { checksum: 'verified', segmentSize: 7 });
    expect(bench.indications()).toEqual([
      {
        kind: 'packet',
        headroomOctets: 14,
        interfaceIndex: 1,
        etherType: ETHERTYPE_IPV4,
        sourceMac: PEER_MAC,
        cast,
        packet: packet.slice(),
        segmentSize: 7,
        checksum: 'verified',
        trace: undefined,
      },
    ]);
    expect(bench.tap).toMatchObject({ rx_packets: 1, rx_bytes: 114, rx_otherhost_dropped: 0 });
  });

  it.each([
    ['another station', OTHER_MAC],
    ['a group that was not joined', multicastMac(ip('224.0.0.5'))],
  ])('is dropped and counted if it is for %s', (_name, destination) => {
    const bench = new Bench();
    bench.receive(ethernetFrame(packet, destination));
    expect(bench.indications()).toEqual([]);
    expect(bench.tap).toMatchObject({ rx_otherhost_dropped: 1, multicast: 0 });
  });

  it('goes up for a group from join to leave, whatever other groups share its address (RFC 1112 6.4)', () => {
    const bench = new Bench();
    const [one, twin] = [ip('224.0.0.5'), ip('225.0.0.5')];
    const hears = () => {
      bench.receive(ethernetFrame(packet, multicastMac(one)));
      return bench.indications().length;
    };
    bench.core.setGroups(1, [one, twin]);
    expect(hears()).toBe(1);
    bench.core.setGroups(1, [one]);
    expect(hears()).toBe(1);
    bench.core.setGroups(1, []);
    expect(hears()).toBe(0);
    expect(bench.tap.multicast).toBe(2);
  });

  it('always goes up for the all-hosts group (RFC 1112 7.2)', () => {
    const bench = new Bench();
    bench.core.setGroups(1, []);
    bench.receive(ethernetFrame(packet, multicastMac(ip('224.0.0.1'))));
    expect(bench.indications()).toHaveLength(1);
  });

  it.each([
    ['IPv6', 0x86dd],
    ['an 802.3 length', 100],
  ])('is counted as without handler if its type is %s', (_name, etherType) => {
    const bench = new Bench();
    bench.receive(ethernetFrame(packet, OWN_MAC, etherType));
    expect(bench.indications()).toEqual([]);
    expect(bench.tap.rx_nohandler).toBe(1);
  });

  it('is an error if it is shorter than its header', () => {
    const bench = new Bench();
    bench.receive(new Uint8Array(13));
    expect(bench.tap).toMatchObject({ rx_errors: 1, rx_length_errors: 1, rx_packets: 0 });
  });

  it('is dropped while the interface is down, and counted if there is no interface', () => {
    const bench = new Bench({ isUp: false });
    bench.receive(ethernetFrame(packet));
    bench.receive(ethernetFrame(packet), { interfaceIndex: 9 });
    expect(bench.indications()).toEqual([]);
    expect(bench.tap.rx_dropped).toBe(1);
    expect(bench.core.counters().no_interface).toBe(1);
  });
});

describe('A packet to send', () => {
  it('becomes a frame in the same memory if there is headroom', () => {
    const bench = connected();
    const packet = udpPacket(100);
    const [sent] = bench.send(PEER, { packet });
    checkFrame(
      sent!.frame,
      ethernet({ source: OWN_MAC, destination: PEER_MAC, etherType: ETHERTYPE_IPV4 }),
      ipv4({ source: OWN, destination: PEER }),
      udp(),
      payload('a'.repeat(72)),
    );
    expect(sent!.frame.buffer).toBe(packet.buffer);
    expect(sent!.frame.byteOffset).toBe(packet.byteOffset - 14);
    expect(sent!.headroomOctets).toBe(HEADROOM_OCTETS - 14);
    expect(bench.tap).toMatchObject({ tx_packets: 1, tx_bytes: 114 });
  });

  it('is copied if there is no headroom, and the octets in front of it do not change', () => {
    const bench = connected();
    const memory = new Uint8Array(113).fill(0xee);
    memory.set(udpPacket(100), 13);
    const [sent] = bench.send(PEER, { packet: memory.subarray(13), headroomOctets: 13 });
    checkFrame(sent!.frame, ethernet({ destination: PEER_MAC }), ipv4(), udp());
    expect([...memory.subarray(0, 13)]).toEqual(new Array(13).fill(0xee));
    expect(sent!.frame.byteOffset).toBeGreaterThanOrEqual(sent!.headroomOctets);
  });

  it.each([
    [28, 60],
    [45, 60],
    [46, 60],
    [47, 61],
  ])(
    'of %i octets makes a frame of %i, padded with zeros (IEEE 802.3 3.2.7)',
    (octets, frameOctets) => {
      const bench = connected();
      const memory = new Uint8Array(200).fill(0xee);
      memory.set(udpPacket(octets), HEADROOM_OCTETS);
      const [sent] = bench.send(PEER, {
        packet: memory.subarray(HEADROOM_OCTETS, HEADROOM_OCTETS + octets),
      });
      expect(sent!.frame.byteLength).toBe(frameOctets);
      checkFrame(sent!.frame, ethernet(), ipv4(), udp(), payload('a'.repeat(octets - 28)));
      expect(sent!.frame.subarray(14 + octets).every((octet) => octet === 0)).toBe(true);
    },
  );

  it('goes to all or to a group without ARP (RFC 1112 6.4)', () => {
    const bench = new Bench();
    checkFrame(
      bench.send(ip('192.0.2.255'), { cast: 'broadcast' })[0]!.frame,
      ethernet({ destination: BROADCAST_MAC }),
    );
    checkFrame(
      bench.send(ip('224.1.2.3'), { cast: 'multicast' })[0]!.frame,
      ethernet({ destination: 0x01005e010203 }),
    );
    expect(bench.core.neighbours(0)).toEqual([]);
  });

  it('is dropped and counted above the MTU, sent at the MTU', () => {
    const bench = connected();
    expect(bench.send(PEER, { packet: udpPacket(1_500) })).toHaveLength(1);
    expect(bench.send(PEER, { packet: udpPacket(1_501) })).toEqual([]);
    expect(bench.tap).toMatchObject({ tx_errors: 1, tx_dropped: 1, tx_too_big: 1, tx_packets: 1 });
    bench.core.setMtu(1, 1_501);
    expect(bench.send(PEER, { packet: udpPacket(1_501) })).toHaveLength(1);
  });

  it('is unreachable while the interface is down', () => {
    const bench = connected({ isUp: false });
    const request = linkRequest();
    bench.core.handleRequest(request, 0);
    expect(bench.frames()).toEqual([]);
    expect(bench.indications()).toEqual([
      { kind: 'unreachable', interfaceIndex: 1, nextHop: PEER, packet: request.packet },
    ]);
    expect(bench.tap.tx_dropped).toBe(1);
  });

  it('is dropped and counted if there is no interface', () => {
    const bench = new Bench();
    expect(bench.send(PEER, { interfaceIndex: 2 })).toEqual([]);
    expect(bench.core.counters().no_interface).toBe(1);
  });

  it('keeps its trace context', () => {
    const trace = {
      traceId: new Uint8Array(16).fill(1),
      parentSpanId: new Uint8Array(8).fill(2),
      flags: 1,
    };
    const bench = new Bench();
    expect(bench.send(PEER, { trace })[0]!.trace).toBeUndefined();
    expect(bench.answer().map((frame) => frame.trace)).toEqual([trace]);
    bench.receive(ethernetFrame(udpPacket()), { trace });
    expect(bench.indications()).toMatchObject([{ trace }]);
  });
});
