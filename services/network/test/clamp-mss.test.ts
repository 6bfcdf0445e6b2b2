import { parseConfig } from '@strata/runtime/config';
import {
  ETHERTYPE_IPV4,
  emitIpv4Header,
  emitTcpChecksum,
  emitTcpHeader,
  Ipv4Packet,
  ipv4Address,
  TCP_SYN,
  TcpSegment,
} from '@strata/wire';
import { createCore } from '../src/core.ts';

const LEFT = ipv4Address(0xc0000201);
const RIGHT = ipv4Address(0xc6336401);

/** A router whose right interface has this field. */
const routerWith = (field: string) =>
  parseConfig(
    `wires: { left: {}, right: { mtu: 1300 } }
stacks:
  s:
    interfaces:
      - { wire: left, addresses: [192.0.2.2/24] }
      - { wire: right, addresses: [198.51.100.2/24], ${field} }
    sysctl: { net.ipv4.ip_forward: 1 }`,
    'the test',
  );

/** A SYN with MSS 1,460 from left to right. */
function syn(): Uint8Array {
  const packet = new Uint8Array(44);
  const segment = packet.subarray(20);
  emitTcpHeader(segment, {
    sourcePort: 40_000,
    destinationPort: 80,
    sequence: 1,
    acknowledgment: 0,
    flags: TCP_SYN,
    window: 65_535,
    urgentPointer: 0,
    options: { mss: 1460 },
  });
  emitTcpChecksum(segment, LEFT, RIGHT);
  emitIpv4Header(packet, {
    tos: 0,
    totalOctets: 44,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: 6,
    source: LEFT,
    destination: RIGHT,
  });
  return packet;
}

describe('clampMss of an interface', () => {
  it.each([
    ['mtu: 1300', 1460],
    ['clampMss: false', 1460],
    ['clampMss: true', 1260],
    ['clampMss: 1000', 1000],
  ])('{ %s } makes a forwarded MSS of 1,460 one of %d', (field, mss) => {
    const core = createCore(routerWith(field), 's');
    core.handleIndication(
      {
        kind: 'packet',
        interfaceIndex: 1,
        etherType: ETHERTYPE_IPV4,
        cast: 'unicast',
        sourceMac: 0,
        packet: syn(),
        segmentSize: 0,
        checksum: 'complete',
        trace: undefined,
      },
      0,
    );
    const packet = Ipv4Packet.parse(core.pollLinkRequest()!.packet) as Ipv4Packet;
    expect((TcpSegment.parse(packet.payload) as TcpSegment).options.mss).toBe(mss);
  });
});
