import { type IpAddress, ipv4Address, ipv4Bits } from '@strata/wire';
import fc from 'fast-check';
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
  PEER,
  packet,
  pattern,
  SUBNET_BROADCAST,
  valid,
} from './network-kit.ts';

const octets = (address: IpAddress) =>
  [24, 16, 8, 0].map((shift) => (ipv4Bits(address) >>> shift) & 255);
const room = (count: number) => new Array<number>(count).fill(0);
/** 11:46:40 UT, when the core's clock reads 0. */
const MORNING_MS = 42_400_000;
const MORNING = octets(ipv4Address(MORNING_MS + 5));

/** The options of the reply to a request with these options, 5 ms after the core's clock read 0. */
function echoed(options: readonly number[], unixTimeAtZeroMs: number | undefined): number[] {
  const core = host({ unixTimeAtZeroMs });
  const payload = icmp(8, 0, pattern(56), [1, 1]);
  const asked = packet({ protocol: 1, payload, options: Uint8Array.from(options) });
  expect(core.handleIndication(fromLink(asked), 5)).toBe('strata/ECHO_REQUEST');
  const { ip: view, icmp: message } = onlyIcmp(core);
  expect(message.payload).toEqual(pattern(56));
  expect(view.headerOctets % 4).toBe(0);
  return [...view.options];
}

const DAY_MS = 86_400_000;
const echoedInTheMorning = (options: readonly number[]) =>
  echoed(options, 20_000 * DAY_MS + MORNING_MS);

describe('an echo reply has the record route and timestamp options of the request (RFC 1122 3.2.2.6)', () => {
  it.each<[string, number[], number[]]>([
    [
      'record route, with this host twice, for arrival and departure, as ip_options_echo() does (ping -R)',
      [1, 7, 39, 8, ...octets(PEER), ...room(32)],
      [7, 39, 16, ...octets(PEER), ...octets(HOST), ...octets(HOST), ...room(24), 0],
    ],
    [
      'record route with room for one more',
      [7, 7, 4, ...room(4), 1],
      [7, 7, 8, ...octets(HOST), 0],
    ],
    [
      'record route without room, as it was: nothing is truncated',
      [7, 7, 8, ...octets(FAR), 0],
      [7, 7, 8, ...octets(FAR), 0],
    ],
    [
      'timestamps alone (ping -T tsonly)',
      [68, 16, 5, 0, ...room(12)],
      [68, 16, 13, 0, ...MORNING, ...MORNING, ...room(4)],
    ],
    [
      'timestamps with addresses (ping -T tsandaddr)',
      [68, 28, 13, 1, ...octets(PEER), 1, 2, 3, 4, ...room(16)],
      [
        ...[68, 28, 29, 1, ...octets(PEER), 1, 2, 3, 4],
        ...[...octets(HOST), ...MORNING, ...octets(HOST), ...MORNING],
      ],
    ],
    [
      'timestamps of addresses that the sender has chosen (ping -T tsprespec)',
      [68, 20, 5, 3, ...octets(HOST), ...room(4), ...octets(OTHER_HOST), ...room(4)],
      [68, 20, 21, 3, ...octets(HOST), ...MORNING, ...octets(OTHER_HOST), ...MORNING],
    ],
    [
      'no timestamp of another host, nor of one behind it',
      [68, 20, 5, 3, ...octets(FAR), ...room(4), ...octets(HOST), ...room(4)],
      [68, 20, 5, 3, ...octets(FAR), ...room(4), ...octets(HOST), ...room(4)],
    ],
    [
      'timestamps where one fits: the one of the way in',
      [68, 8, 5, 0, ...room(4)],
      [68, 8, 9, 0, ...MORNING],
    ],
    [
      'timestamps without room, counted once as an overflow',
      [68, 8, 9, 0xe0, 1, 2, 3, 4],
      [68, 8, 9, 0xf0, 1, 2, 3, 4],
    ],
    [
      'no overflow where the sender has chosen whose',
      [68, 12, 13, 0xf3, ...octets(FAR), 1, 2, 3, 4],
      [68, 12, 13, 0xf3, ...octets(FAR), 1, 2, 3, 4],
    ],
    [
      'timestamps of a kind that nobody knows, as they were',
      [68, 8, 5, 9, ...room(4)],
      [68, 8, 5, 9, ...room(4)],
    ],
    [
      'both, without what lies between them and behind',
      [7, 7, 4, ...room(4), 1, 148, 4, 0, 0, 68, 8, 5, 0, ...room(4), 0xff, 2, 0, 0],
      [7, 7, 8, ...octets(HOST), 68, 8, 9, 0, ...MORNING, 0],
    ],
    ['no others', [148, 4, 0, 0, 1, 1, 1, 0], []],
  ])('has %s', (_name, options, expected) => {
    const padded = [...options, ...room(-options.length & 3)];
    expect(echoedInTheMorning(padded)).toEqual(expected);
  });

  it('with a time marked as non-standard if the time of day is unknown (RFC 791 3.1)', () => {
    const time = octets(ipv4Address(0x80000005));
    expect(echoed([68, 8, 5, 0, ...room(4)], undefined)).toEqual([68, 8, 9, 0, ...time]);
  });

  it('with the address of the reply, if the request was a broadcast', () => {
    const core = host({ sysctl: { icmp_echo_ignore_broadcasts: 0 } });
    const options = Uint8Array.of(7, 11, 4, ...room(8), 0);
    const payload = icmp(8, 0, pattern(8), [1, 1]);
    core.handleIndication(
      fromLink(packet({ protocol: 1, destination: SUBNET_BROADCAST, options, payload }), {
        cast: 'broadcast',
      }),
      0,
    );
    const own = octets(HOST);
    expect([...onlyIcmp(core).ip.options]).toEqual([7, 11, 12, ...own, ...own, 0]);
  });

  it('in the first fragment only: their copied flag is 0 (RFC 791 3.1)', () => {
    const core = host();
    const options = Uint8Array.of(7, 39, 4, ...room(36), 0);
    const message = icmp(8, 0, pattern(4000), [1, 1]);
    for (let from = 0; from < message.byteLength; ) {
      const more = from === 0 ? { options } : {};
      const end = Math.min(from + (from === 0 ? 1440 : 1480), message.byteLength);
      const moreFragments = end < message.byteLength;
      const payload = message.subarray(from, end);
      const fields = { protocol: 1, payload, fragmentOffsetOctets: from, moreFragments, ...more };
      core.handleIndication(fromLink(packet(fields)), 0);
      from = end;
    }
    const fragments = drain(core).link.map((each) => valid(each.packet));
    expect(fragments.map(({ headerOctets }) => headerOctets)).toEqual([60, 20, 20]);
    expect(fragments.map(({ totalOctets }) => totalOctets)).toEqual([1500, 1500, 20 + 1088]);
    expect([...fragments[0]!.options.subarray(0, 11)]).toEqual([
      ...[7, 39, 12],
      ...octets(HOST),
      ...octets(HOST),
    ]);
    const data = fragments.flatMap(({ payload }) => [...payload]);
    expect(data.slice(8)).toEqual([...pattern(4000)]);
  });

  it('for any options: the header is right, and each pointer stays in its range', () => {
    const recording = fc
      .record({
        type: fc.constantFrom(7, 68),
        octets: fc.integer({ min: 4, max: 39 }),
        pointer: fc.integer({ min: 5, max: 44 }),
        flag: fc.integer({ min: 0, max: 255 }),
        isOwn: fc.boolean(),
      })
      .map(({ type, octets: length, pointer, flag, isOwn }) => {
        const option = new Uint8Array(Math.max(length, 4)).fill(isOwn ? 0 : 9);
        option.set([type, option.byteLength, pointer, flag]);
        return option;
      });
    fc.assert(
      fc.property(recording, (option) => {
        const core = host();
        const options = new Uint8Array((option.byteLength + 3) & ~3);
        options.set(option);
        const payload = icmp(8, 0, pattern(8), [1, 1]);
        const outcome = core.handleIndication(
          fromLink(packet({ protocol: 1, options, payload })),
          0,
        );
        const { ip: view, icmp: message } = onlyIcmp(core);
        if (outcome === 'strata/IP_OPTION') return message.type === 12;
        const answer = view.options;
        return (
          answer[1] === option.byteLength &&
          answer[2]! >= option[2]! &&
          answer[2]! <= option[2]! + 16
        );
      }),
    );
  });

  it('but not a source route: it is refused (RFC 7126 4.3, 4.4)', () => {
    const core = host();
    const options = Uint8Array.of(131, 7, 8, ...octets(ip('192.0.2.9')), 0);
    const payload = icmp(8, 0, pattern(8), [1, 1]);
    core.handleIndication(fromLink(packet({ protocol: 1, options, payload })), 0);
    expect(drain(core).link).toEqual([]);
  });
});
