import { ipv4Address, ipv4Bits, LIMITED_BROADCAST_IPV4, UNSPECIFIED_IPV4 } from '@strata/wire';
import fc from 'fast-check';
import type { NetworkCore } from '../src/index.ts';
import {
  drain,
  FAR,
  fromLink,
  HOST,
  host,
  icmp,
  ip,
  PEER,
  packet,
  pattern,
  SUBNET_BROADCAST,
} from './network-kit.ts';

const octets = fc.uint8Array({ maxLength: 200 });
const address = fc.constantFrom(
  HOST,
  PEER,
  FAR,
  SUBNET_BROADCAST,
  UNSPECIFIED_IPV4,
  LIMITED_BROADCAST_IPV4,
  ip('127.0.0.1'),
  ip('224.0.0.1'),
);

/** Packets that pass the header checks more often than random octets. */
const nearlyRight = fc
  .record({
    source: address,
    destination: fc.oneof(fc.constant(HOST), address),
    protocol: fc.oneof(fc.constantFrom(1, 6, 17), fc.nat(255)),
    tos: fc.nat(255),
    identification: fc.nat(3),
    moreFragments: fc.boolean(),
    fragmentOffsetOctets: fc.oneof(
      fc.constant(0),
      fc.nat(8191).map((units) => units * 8),
    ),
    optionWords: fc.array(fc.uint8Array({ minLength: 4, maxLength: 4 }), { maxLength: 10 }),
    payload: fc.oneof(
      octets,
      fc.tuple(fc.nat(20), fc.nat(20), octets).map(([type, code, rest]) => icmp(type, code, rest)),
      fc
        .tuple(fc.constantFrom(3, 5, 11, 12), fc.nat(15), fc.nat(65535))
        .map(([type, code, rest]) =>
          icmp(type, code, packet({ source: HOST, destination: FAR, dontFragment: true }), [
            rest,
            rest,
          ]),
        ),
    ),
  })
  .map(({ optionWords, ...fields }) =>
    packet({ ...fields, options: Uint8Array.from(optionWords.flatMap((word) => [...word])) }),
  );

const cast = fc.constantFrom('unicast' as const, 'broadcast' as const, 'multicast' as const);

function drainAll(core: NetworkCore): void {
  for (const { packet: sent } of drain(core).link)
    expect(sent.byteLength).toBeLessThanOrEqual(9000);
}

describe('whatever a peer sends', () => {
  it('throws nothing, and every answer fits its link', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(octets, nearlyRight), cast), { maxLength: 30 }),
        (inputs) => {
          const core = host();
          for (const [at, [bytes, how]] of inputs.entries()) {
            core.handleIndication(fromLink(bytes, { cast: how }), at * 900);
            core.handleIndication(
              { kind: 'unreachable', interfaceIndex: 1, nextHop: PEER, packet: bytes },
              at * 900,
            );
            core.handleTimeout(at * 900);
            drainAll(core);
          }
          core.handleTimeout(1e6);
          expect(core.reassemblyOctets()).toBe(0);
          expect(core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps memory bounded under a flood of fragments from many sources', () => {
    const core = host({ sysctl: { ipfrag_high_thresh: 65536 } });
    const payload = pattern(64);
    for (let i = 0; i < 20000; i += 1) {
      const bytes = packet({
        source: ipv4Address(0x0b000000 + (i % 5000)),
        identification: i & 0xffff,
        protocol: 17,
        moreFragments: i % 3 !== 0,
        fragmentOffsetOctets: ((i * 37) % 800) * 8,
        payload,
      });
      core.handleIndication(fromLink(bytes), i / 100);
      expect(core.reassemblyOctets()).toBeLessThanOrEqual(65536);
    }
    core.handleTimeout(1e6);
    expect(core.reassemblyOctets()).toBe(0);
  });

  it('gives the same outputs for the same inputs and random numbers', () => {
    const run = () => {
      const core = host({}, 42);
      for (let i = 0; i < 200; i += 1) {
        core.handleIndication(
          fromLink(packet({ protocol: 1, payload: icmp(8, 0, pattern(3000 - i)) })),
          i,
        );
        core.handleIndication(
          fromLink(packet({ protocol: 99, source: ipv4Address(ipv4Bits(PEER) + (i % 7)) })),
          i,
        );
      }
      return drain(core).link;
    };
    expect(run()).toEqual(run());
  });
});
