import {
  emitIpv4Checksum,
  IcmpMessage,
  type IpAddress,
  Ipv4Packet,
  isIcmpError,
  isParseError,
} from '@strata/wire';
import fc from 'fast-check';
import { NetworkCore } from '../src/index.ts';
import { drain, fromLink, icmp, ip, packet, pattern, seeded } from './network-kit.ts';
import {
  BEYOND,
  GATEWAY,
  LEFT,
  NARROW,
  RIGHT,
  ROUTER,
  ROUTER_LEFT,
  ROUTER_RIGHT,
} from './router-kit.ts';

const RUNS = { numRuns: 400, seed: 20_260_101 };

const address = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(LEFT, RIGHT, BEYOND, NARROW, GATEWAY) },
  { weight: 2, arbitrary: fc.constantFrom(ROUTER_LEFT, ROUTER_RIGHT) },
  fc.constantFrom(...['203.0.113.65', '203.0.113.193', '8.8.8.8', '192.0.2.77'].map(ip)),
  fc.constantFrom(...['255.255.255.255', '198.51.100.255', '224.0.0.1', '0.0.0.0'].map(ip)),
);

const options = fc.constantFrom(
  undefined,
  Uint8Array.from([7, 7, 4, 0, 0, 0, 0, 0]),
  Uint8Array.from([68, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
  Uint8Array.from([131, 7, 4, 198, 51, 100, 1, 0]),
  Uint8Array.from([137, 7, 4, 203, 0, 113, 9, 0]),
  Uint8Array.from([7, 2, 0, 0]),
);

const inner = packet({ source: RIGHT, destination: LEFT, protocol: 17, payload: pattern(40) });

/** An ICMP error, or something that may be answered. */
const content = fc.oneof(
  fc
    .constantFrom(3, 4, 5, 11, 12, 40)
    .map((type) => ({ protocol: 1, payload: icmp(type, 0, inner) })),
  fc.nat(1400).map((octets) => ({ protocol: 1, payload: icmp(8, 0, pattern(octets)) })),
  fc.nat(1400).map((octets) => ({ protocol: 17, payload: pattern(octets + 8) })),
);

const arbitraryPacket = fc.record({
  source: address,
  destination: address,
  ttl: fc.oneof(fc.constantFrom(0, 1, 2, 255), fc.nat(255)),
  tos: fc.nat(255),
  identification: fc.nat(0xffff),
  dontFragment: fc.boolean(),
  fragment: fc.constantFrom([0, false], [0, false], [0, true], [8, true], [64, false]),
  options,
  content,
});

interface Sent {
  readonly view: Ipv4Packet;
  readonly nextHop: IpAddress;
  readonly interfaceIndex: number;
  readonly isForwarded: boolean;
}

function newRouter(sysctl: Readonly<Record<string, number>>): NetworkCore {
  const all = { ...ROUTER.sysctl, icmp_ratemask: 0, ...sysctl };
  return new NetworkCore({ ...ROUTER, sysctl: all }, seeded(3));
}

function hand(core: NetworkCore, bytes: Uint8Array, interfaceIndex: number): Sent[] {
  core.handleIndication(fromLink(bytes, { interfaceIndex }), 0);
  return drain(core).link.map(({ packet: out, nextHop, interfaceIndex: by, isForwarded }) => {
    const view = Ipv4Packet.parse(out);
    if (isParseError(view)) throw new Error(`not a packet: ${view}`);
    expect(view.hasValidChecksum()).toBe(true);
    return { view, nextHop, interfaceIndex: by, isForwarded: isForwarded === true };
  });
}

const isError = ({ protocol, payload, fragmentOffsetOctets }: Ipv4Packet) => {
  const message = IcmpMessage.parse(payload);
  return (
    protocol === 1 &&
    fragmentOffsetOctets === 0 &&
    message instanceof IcmpMessage &&
    isIcmpError(message.type)
  );
};

const arbitrary = fc.record({
  one: arbitraryPacket,
  interfaceIndex: fc.constantFrom(1, 2, 3),
  sysctl: fc.constantFrom<Record<string, number>>(
    {},
    { 'conf.all.accept_source_route': 1 },
    { 'conf.all.bc_forwarding': 1, 'conf.default.bc_forwarding': 1, 'conf.all.rp_filter': 1 },
  ),
});

/** The packet of a record, on its way to the router. */
function bytesOf({ content: { protocol, payload }, fragment, ...fields }: Case['one']): Uint8Array {
  const [fragmentOffsetOctets, moreFragments] = fragment as [number, boolean];
  const whole = moreFragments ? payload.subarray(0, payload.byteLength & ~7) : payload;
  const { options: list, ...rest } = fields;
  const more = list === undefined ? {} : { options: list };
  return packet({
    ...rest,
    ...more,
    protocol,
    payload: whole,
    fragmentOffsetOctets,
    moreFragments,
  });
}

type Case = typeof arbitrary extends fc.Arbitrary<infer T> ? T : never;

describe('a router, whatever comes', () => {
  it('never answers an ICMP error, nor a type that may be one (RFC 1812 4.3.2.7)', () => {
    fc.assert(
      fc.property(arbitrary, ({ one, interfaceIndex, sysctl }) => {
        const bytes = bytesOf(one);
        const isMaybeError = one.content.protocol === 1 && one.content.payload[0] !== 8;
        const sent = hand(newRouter(sysctl), bytes, interfaceIndex);
        if (isMaybeError) expect(sent.filter(({ isForwarded }) => !isForwarded)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('sends at most one answer, and that to the source', () => {
    fc.assert(
      fc.property(arbitrary, ({ one, interfaceIndex, sysctl }) => {
        const sent = hand(newRouter(sysctl), bytesOf(one), interfaceIndex);
        const answers = sent.filter(({ isForwarded, view }) => !isForwarded && isError(view));
        expect(answers.length).toBeLessThanOrEqual(1);
        for (const { view } of answers) expect(view.destination).toBe(one.source);
      }),
      RUNS,
    );
  });

  it('conserves the data of what it forwards, and lowers the TTL by one', () => {
    fc.assert(
      fc.property(arbitrary, ({ one, interfaceIndex, sysctl }) => {
        const came = bytesOf(one).slice();
        const before = Ipv4Packet.parse(came);
        if (isParseError(before)) throw new Error(before);
        const sent = hand(newRouter(sysctl), bytesOf(one), interfaceIndex);
        const forwarded = sent.filter(({ isForwarded }) => isForwarded).map(({ view }) => view);
        if (forwarded.length === 0) return;
        let at = before.fragmentOffsetOctets;
        for (const part of forwarded) {
          expect([part.ttl, part.source, part.identification, part.protocol]).toEqual([
            before.ttl - 1,
            before.source,
            before.identification,
            before.protocol,
          ]);
          expect(part.fragmentOffsetOctets).toBe(at);
          at += part.payload.byteLength;
        }
        expect(forwarded.at(-1)!.moreFragments).toBe(before.moreFragments);
        const data = Buffer.concat(forwarded.map(({ payload }) => payload));
        expect(data.equals(Buffer.from(before.payload))).toBe(true);
      }),
      RUNS,
    );
  });

  it('never lets a packet go round: two routers that send it to each other end it', () => {
    fc.assert(
      fc.property(arbitraryPacket, (one) => {
        const routes = [{ destination: ip('0.0.0.0'), prefixLength: 0, via: GATEWAY }];
        const cores = [0, 1].map(
          () => new NetworkCore({ ...ROUTER, routes, sysctl: { ip_forward: 1 } }, seeded(3)),
        );
        let packets = hand(cores[0]!, bytesOf(one), 1).map(({ view }) => view.bytes);
        let hops = 0;
        for (; packets.length > 0; hops += 1) {
          const core = cores[hops % 2]!;
          packets = packets.flatMap((bytes) =>
            hand(core, bytes.slice(), 2).map(({ view }) => view.bytes),
          );
          // An error or a redirect may be on its way as well, with a TTL of its own.
          expect(hops).toBeLessThan(256 + 64);
          expect(packets.length).toBeLessThan(64);
        }
      }),
      { ...RUNS, numRuns: 60 },
    );
  });

  it('survives any octets in the header, and sends only packets that are whole', () => {
    const octets = fc.array(fc.tuple(fc.nat(59), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(arbitrary, octets, ({ one, interfaceIndex, sysctl }, changes) => {
        const bytes = bytesOf(one);
        for (const [at, octet] of changes) if (at < bytes.byteLength) bytes[at] = octet;
        const headerOctets = (bytes[0]! & 15) * 4;
        if (headerOctets >= 20 && headerOctets <= bytes.byteLength) emitIpv4Checksum(bytes);
        for (const { view } of hand(newRouter(sysctl), bytes, interfaceIndex)) {
          expect(view.totalOctets).toBe(view.bytes.byteLength);
        }
      }),
      { ...RUNS, numRuns: 2000 },
    );
  });
});
