import { checkFrame, ethernet, ipv4, payload, tcp, udp } from '@strata/conformance/checkers';
import {
  allocateWithHeadroom,
  checksumFold,
  emitIpv4Header,
  emitTcpChecksum,
  emitTcpHeader,
  emitTcpPartialChecksum,
  emitUdpPartialHeader,
  HEADROOM_OCTETS,
  joinTail,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  pseudoHeaderSum,
  writeUint16,
} from '@strata/wire';
import { Bench, ethernetFrame, OTHER_MAC, OWN, PEER, PEER_MAC, udpPacket } from './support.ts';

const BOTH = { checksum: true, segmentation: true };
const CHECKSUM_ONLY = { checksum: true, segmentation: false };

function tcpPacket(dataOctets: number, checksum: 'partial' | 'complete' = 'partial'): Uint8Array {
  const packet = allocateWithHeadroom(40 + dataOctets);
  packet.fill(0x62, 40);
  emitIpv4Header(packet, {
    tos: 0,
    totalOctets: packet.byteLength,
    identification: 7,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_TCP,
    source: OWN,
    destination: PEER,
  });
  const segment = packet.subarray(20);
  emitTcpHeader(segment, {
    sourcePort: 80,
    destinationPort: 1,
    sequence: 1_000,
    acknowledgment: 1,
    flags: 0x18,
    window: 1,
    urgentPointer: 0,
    options: {},
  });
  if (checksum === 'partial') emitTcpPartialChecksum(segment, OWN, PEER);
  else emitTcpChecksum(segment, OWN, PEER);
  return packet;
}

function bench(offload?: { checksum: boolean; segmentation: boolean }): Bench {
  const made = new Bench({ offload, staticNeighbours: [{ address: PEER, mac: PEER_MAC }] });
  return made;
}

describe('A super-segment', () => {
  it('goes whole to a device that cuts it up', () => {
    const packet = tcpPacket(30_000);
    const [sent, ...more] = bench(BOTH).send(PEER, {
      packet,
      segmentSize: 1_460,
      checksum: 'partial',
    });
    expect(more).toEqual([]);
    expect(sent).toMatchObject({ segmentSize: 1_460, checksum: 'partial' });
    expect(sent!.frame.buffer).toBe(packet.buffer);
    checkFrame(
      sent!.frame,
      ethernet({ destination: PEER_MAC }),
      ipv4(),
      tcp({ checksum: 'partial' }),
      payload(30_000),
    );
  });

  it.each([
    ['neither', undefined],
    ['checksums only', CHECKSUM_ONLY],
  ])('is cut up for a device that does %s, each frame whole and right', (_name, offload) => {
    const link = bench(offload);
    const sent = link.send(PEER, {
      packet: tcpPacket(3_000),
      segmentSize: 1_460,
      checksum: 'partial',
    });
    expect(sent.map(({ segmentSize, checksum }) => [segmentSize, checksum])).toEqual(
      new Array(3).fill([0, 'complete']),
    );
    [1_460, 1_460, 80].forEach((octets, index) => {
      checkFrame(
        sent[index]!.frame,
        ethernet({ destination: PEER_MAC }),
        ipv4({ identification: 7 + index }),
        tcp({ sequence: 1_000 + index * 1_460, flags: index === 2 ? 'P.' : '.' }),
        payload(octets),
      );
      expect(sent[index]!.headroomOctets).toBe(HEADROOM_OCTETS - 14);
    });
    expect(link.tap).toMatchObject({ tx_packets: 3, tx_bytes: 3 * 54 + 3_000 });
  });

  it.each([
    ['a device that cuts it up', BOTH],
    ['one that does not', undefined],
  ])('with a tail is sent like one in a single buffer, by %s', (_name, offload) => {
    const whole = tcpPacket(3_000);
    const headers = allocateWithHeadroom(40);
    headers.set(whole.subarray(0, 40));
    const tail = [whole.subarray(40, 1_000), whole.subarray(1_000)];
    const how = { segmentSize: 1_460, checksum: 'partial' } as const;
    const [one, other] = [bench(offload), bench(offload)];
    const sent = one.send(PEER, { ...how, packet: headers, tail });
    const expected = other.send(PEER, { ...how, packet: whole.slice(), headroomOctets: 0 });
    const bytes = sent.map(({ frame, tail: rest }) => joinTail(frame, rest));
    expect(bytes).toEqual(expected.map(({ frame }) => frame));
    expect(one.tap).toMatchObject({ tx_bytes: other.tap.tx_bytes, tx_packets: sent.length });
    // The data is not copied if the device gathers.
    if (offload === BOTH) expect(sent[0]!.tail).toBe(tail);
  });

  describe.each([
    ['a device that cuts it up', BOTH, 1],
    ['one that does not', undefined, 3],
  ] as const)('of UDP, to %s', (_name, offload, frames) => {
    // This octet is data here. In TCP it would be the data offset: 15 words, which would make the
    // packet too long for the MTU.
    const superDatagram = () => {
      const packet = udpPacket(28 + 3_000, 0xff);
      emitUdpPartialHeader(packet.subarray(20), OWN, PEER, 1, 2);
      return packet;
    };

    it('goes as the datagrams that it stands for', () => {
      const how = { segmentSize: 1_472, checksum: 'partial' } as const;
      const sent = bench(offload).send(PEER, { packet: superDatagram(), ...how });
      expect(sent).toHaveLength(frames);
      if (frames === 1) expect(sent).toMatchObject([how]);
      else
        [1_472, 1_472, 56].forEach((octets, index) => {
          const identification = 1 + index;
          checkFrame(
            sent[index]!.frame,
            ethernet(),
            ipv4({ identification }),
            udp(),
            payload(octets),
          );
        });
    });

    it('is dropped if its datagrams are above the MTU', () => {
      const link = bench(offload);
      const how = { segmentSize: 1_473, checksum: 'partial' } as const;
      expect(link.send(PEER, { packet: superDatagram(), ...how })).toEqual([]);
      expect(link.tap).toMatchObject({ tx_dropped: 1, tx_too_big: 1 });
    });
  });

  it('waits whole for ARP', () => {
    const link = new Bench();
    link.send(PEER, { packet: tcpPacket(3_000), segmentSize: 1_460, checksum: 'partial' });
    expect(link.answer()).toHaveLength(3);
  });

  it.each([
    ['device', BOTH],
    ['core', undefined],
  ])(
    'is dropped if its segments are above the MTU, whether the %s cuts it or not',
    (_name, offload) => {
      const link = bench(offload);
      expect(
        link.send(PEER, { packet: tcpPacket(3_000), segmentSize: 1_461, checksum: 'partial' }),
      ).toEqual([]);
      expect(link.tap).toMatchObject({ tx_dropped: 1, tx_too_big: 1, tx_packets: 0 });
    },
  );

  it('that cannot be cut up is an error, not a frame', () => {
    const link = bench();
    const broken = tcpPacket(3_000, 'complete');
    broken[100]! ^= 1;
    expect(link.send(PEER, { packet: broken, segmentSize: 1_460 })).toEqual([]);
    const icmp = udpPacket(2_000).fill(PROTOCOL_ICMP, 9, 10);
    expect(link.send(PEER, { packet: icmp, segmentSize: 100 })).toEqual([]);
    expect(link.tap).toMatchObject({ tx_errors: 2, tx_dropped: 2, tx_too_big: 0 });
  });

  it('that comes in goes up whole, with its segment size and checksum state', () => {
    const link = bench();
    link.receive(ethernetFrame(tcpPacket(30_000)), { segmentSize: 1_448, checksum: 'partial' });
    expect(link.indications()).toMatchObject([{ segmentSize: 1_448, checksum: 'partial' }]);
  });
});

describe('A partial checksum', () => {
  it('goes as it is to a device that completes it', () => {
    const [sent] = bench(CHECKSUM_ONLY).send(PEER, { packet: tcpPacket(100), checksum: 'partial' });
    expect(sent!.checksum).toBe('partial');
    checkFrame(sent!.frame, ethernet(), ipv4(), tcp({ checksum: 'partial' }));
  });

  it('of TCP and UDP is completed for other devices', () => {
    const [sent] = bench().send(PEER, { packet: tcpPacket(101), checksum: 'partial' });
    expect(sent!.checksum).toBe('complete');
    checkFrame(sent!.frame, ethernet(), ipv4(), tcp(), payload('b'.repeat(101)));
    const datagram = udpPacket(100);
    writeUint16(datagram, 26, checksumFold(pseudoHeaderSum(OWN, PEER, 17, 80)));
    const [other] = bench().send(PEER, { packet: datagram, checksum: 'partial' });
    checkFrame(other!.frame, ethernet(), ipv4(), udp(), payload('a'.repeat(72)));
  });

  it('that nobody can complete is an error', () => {
    const link = bench();
    const fragment = tcpPacket(100).fill(0x20, 6, 7);
    expect(link.send(PEER, { packet: fragment, checksum: 'partial' })).toEqual([]);
    expect(link.tap).toMatchObject({ tx_errors: 1, tx_dropped: 1, tx_too_big: 0 });
  });

  it('leaves complete and verified ones alone', () => {
    for (const checksum of ['complete', 'verified'] as const) {
      const packet = tcpPacket(100, 'complete');
      const before = packet.slice();
      const [sent] = bench().send(PEER, { packet, checksum });
      expect(sent!.checksum).toBe(checksum);
      expect(sent!.frame.slice(14)).toEqual(before);
    }
  });
});

describe('Offload of segmentation', () => {
  it('needs offload of checksums', () => {
    expect(() => bench({ checksum: false, segmentation: true })).toThrow(
      /offload.segmentation needs/,
    );
  });

  it('may change while packets wait for ARP: they are sent as the device takes them at that time', () => {
    const link = new Bench({ offload: BOTH });
    const request = { segmentSize: 1_460, checksum: 'partial' } as const;
    link.send(PEER, { packet: tcpPacket(3_000), ...request });
    link.core.setOffload(1, { checksum: false, segmentation: false });
    const sent = link.answer();
    expect(sent.map(({ checksum, segmentSize }) => [checksum, segmentSize])).toEqual(
      Array.from({ length: 3 }, () => ['complete', 0]),
    );
    link.core.setOffload(1, BOTH);
    expect(link.send(PEER, { packet: tcpPacket(3_000), ...request })).toHaveLength(1);
    expect(() => link.core.setOffload(1, { checksum: false, segmentation: true })).toThrow(
      /tap0?.*: offload.segmentation needs/,
    );
    expect(() => link.core.setOffload(7, BOTH)).toThrow('there is no interface 7');
  });

  it('works for any address of the neighbour', () => {
    const link = new Bench({
      offload: BOTH,
      staticNeighbours: [{ address: PEER, mac: OTHER_MAC }],
    });
    const [sent] = link.send(PEER, {
      packet: tcpPacket(3_000),
      segmentSize: 1_460,
      checksum: 'partial',
    });
    checkFrame(sent!.frame, ethernet({ destination: OTHER_MAC }));
  });
});
