import {
  ECN_CE,
  ECN_ECT_0,
  ECN_ECT_1,
  emitIpv4Header,
  Ipv4Packet,
  ipv4Address,
  markCongestionExperienced,
  PROTOCOL_TCP,
} from '../src/index.ts';

function packetWith(tos: number): Uint8Array {
  const bytes = new Uint8Array(64).fill(7);
  emitIpv4Header(bytes, {
    tos,
    totalOctets: 64,
    identification: 1,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_TCP,
    source: ipv4Address(0xc0000201),
    destination: ipv4Address(0xc0000202),
    options: new Uint8Array(4).fill(1),
  });
  return bytes;
}

describe('Congestion experienced (RFC 3168 5)', () => {
  it.each([
    ['ECT(0)', ECN_ECT_0],
    ['ECT(1)', ECN_ECT_1],
    ['CE', ECN_CE],
  ])('is marked on a packet that is %s; nothing else but the checksum changes', (_, ecn) => {
    const packet = packetWith(0xb8 | ecn);
    expect(markCongestionExperienced(packet)).toBe(true);
    expect(packet).toEqual(packetWith(0xb8 | ECN_CE));
    expect((Ipv4Packet.parse(packet) as Ipv4Packet).hasValidChecksum()).toBe(true);
  });

  it('is not marked on a packet that is not ECT, or on octets that are no packet', () => {
    const packet = packetWith(0xb8);
    expect(markCongestionExperienced(packet)).toBe(false);
    expect(packet).toEqual(packetWith(0xb8));
    expect(markCongestionExperienced(new Uint8Array(10))).toBe(false);
  });
});
