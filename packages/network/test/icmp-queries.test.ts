import { readUint32 } from '@strata/wire';
import {
  drain,
  FAR,
  fromLink,
  HOST,
  host,
  icmp,
  onlyIcmp,
  packet,
  pattern,
  SUBNET_BROADCAST,
  takeIcmp,
} from './network-kit.ts';

/** The time of day is 0:00:05 when the core's clock reads 0. */
const NIGHT = { unixTimeAtZeroMs: 86_400_000 * 20_000 + 5000 };
const TIMES = Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0);

describe('An ICMP timestamp request (RFC 792, RFC 1122 3.2.2.8)', () => {
  it('is answered with its originate time, and with the time of day twice', () => {
    const core = host(NIGHT);
    expect(takeIcmp(core, icmp(13, 0, TIMES, [7, 65_535]), 250)).toBe('strata/TIMESTAMP_REQUEST');
    const { icmp: message } = onlyIcmp(core);
    expect(message).toMatchObject({ type: 14, code: 0, identifier: 7, sequence: 65_535 });
    expect([0, 4, 8].map((at) => readUint32(message.payload, at))).toEqual([
      0x01020304, 5250, 5250,
    ]);
    expect(core.counters()).toMatchObject({ IcmpInTimestamps: 1, IcmpOutTimestampReps: 1 });
  });

  it('has a time with the bit of a non-standard one where the time of day is unknown', () => {
    const core = host();
    takeIcmp(core, icmp(13, 0, TIMES), 250);
    expect(readUint32(onlyIcmp(core).icmp.payload, 4)).toBe(0x80000000 + 250);
  });

  it.each([
    [4, 'strata/TIMESTAMP_REQUEST'],
    [3, 'HDR_TRUNC'],
    [20, 'strata/TIMESTAMP_REQUEST'],
  ])('with %d octets of times is %s, as in icmp_timestamp()', (octets, outcome) => {
    const core = host();
    expect(takeIcmp(core, icmp(13, 0, pattern(octets)))).toBe(outcome);
    expect(drain(core).link).toHaveLength(outcome === 'HDR_TRUNC' ? 0 : 1);
  });

  it.each([
    ['timestamp request', 13],
    ['echo request', 8],
  ])('as an %s, keeps its TOS and its record route in the reply', (_what, type) => {
    const core = host();
    const options = Uint8Array.of(7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const payload = icmp(type, 0, TIMES);
    core.handleIndication(fromLink(packet({ protocol: 1, tos: 0xb8, options, payload })), 0);
    const { ip: view } = onlyIcmp(core);
    expect(view.tos).toBe(0xb8);
    expect([...view.options]).toEqual([7, 11, 12, 192, 0, 2, 2, 192, 0, 2, 2, 0]);
  });

  it('to a broadcast address is answered only where broadcast echoes are', () => {
    for (const ignored of [1, 0]) {
      const core = host({ sysctl: { icmp_echo_ignore_broadcasts: ignored } });
      const fields = { protocol: 1, destination: SUBNET_BROADCAST, payload: icmp(13, 0, TIMES) };
      core.handleIndication(fromLink(packet(fields), { cast: 'broadcast' }), 0);
      if (ignored) expect(drain(core).link).toEqual([]);
      else expect(onlyIcmp(core).ip.source).toBe(HOST);
    }
  });
});

describe('Other ICMP queries', () => {
  it('for an address mask are counted, and not answered: no host but an agent may (RFC 1122 3.2.2.9)', () => {
    const core = host();
    expect(takeIcmp(core, icmp(17, 0, pattern(4)))).toBe('strata/ICMP_TYPE_IGNORED');
    expect(drain(core).link).toEqual([]);
    expect(core.counters().IcmpInAddrMasks).toBe(1);
  });

  it.each([
    ['echo', 0, 'IcmpInEchoReps'],
    ['timestamp', 14, 'IcmpInTimestampReps'],
    ['address mask', 18, 'IcmpInAddrMaskReps'],
  ] as const)('get no reaction to a reply that nobody asked for: %s', (_what, type, counter) => {
    const core = host();
    expect(takeIcmp(core, icmp(type, 0, TIMES), 0, FAR)).toBe('NO_SOCKET');
    expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
    expect(core.counters()[counter]).toBe(1);
  });
});

describe('An echo request', () => {
  it.each([0, 1, 15, 16, 17, 1471, 1472])('of %d octets comes back whole', (octets) => {
    const core = host();
    takeIcmp(core, icmp(8, 0, pattern(octets), [0xffff, 0]));
    const { ip: view, icmp: message } = onlyIcmp(core);
    expect(view.totalOctets).toBe(28 + octets);
    expect(message.payload).toEqual(pattern(octets));
    expect(message).toMatchObject({ identifier: 0xffff, sequence: 0 });
  });

  it('with a code other than 0 keeps it in the reply (RFC 792)', () => {
    const core = host();
    takeIcmp(core, icmp(8, 5, pattern(8)));
    expect(onlyIcmp(core).icmp).toMatchObject({ type: 0, code: 5 });
  });
});
