import { type IpAddress, UNSPECIFIED_IPV4 } from '@strata/wire';
import type { TransportRequest } from '../src/pdu.ts';
import { bytes, createUdp, datagramFrom, HERE, ip, PEER, SECOND } from './udp-kit.ts';

const GROUP = ip('239.1.2.3');
const OTHER_GROUP = ip('239.9.9.9');

type SetGroup = Extract<TransportRequest, { kind: 'set-group' }>;

/** A request for a group. Default: of socket 1, all sources, by any interface. */
const join = (changes: Partial<SetGroup> = {}): SetGroup => ({
  kind: 'set-group',
  socket: 1,
  group: GROUP,
  interfaceAddress: UNSPECIFIED_IPV4,
  mode: 'exclude',
  sources: [],
  ...changes,
});

/** UDP with two sockets on port 5000. */
function setUp() {
  const it = createUdp();
  for (const socket of [1, 2]) it.bind(socket, UNSPECIFIED_IPV4, 5000, { reuseAddress: true });
  it.take();
  const from = (source: IpAddress, interfaceIndex = 1) => {
    const datagram = datagramFrom(source, GROUP, 4000, 5000, bytes('hello'));
    it.udp.handleSegment({ ...datagram, cast: 'multicast', interfaceIndex }, 0);
    return it.take().map(({ socket }) => socket);
  };
  return { ...it, from };
}

describe('a UDP socket that joins a group', () => {
  it('tells network, and says it again every 10 s', () => {
    const { udp, sent } = setUp();
    udp.handleRequest(join({ interfaceAddress: HERE, sources: [{ address: PEER }] }));
    const told = {
      kind: 'group',
      socket: 1,
      group: GROUP,
      interfaceAddress: HERE,
      mode: 'exclude',
      sources: [{ address: PEER }],
    };
    expect(sent).toEqual([told]);
    expect(udp.nextDeadlineMs()).toBe(10_000);
    udp.handleTimeout(10_000);
    expect(sent).toEqual([told, told]);
    expect(udp.nextDeadlineMs()).toBe(20_000);
  });

  it('leaves it when it says so, and when it closes', () => {
    const { udp, sent } = setUp();
    udp.handleRequest(join());
    udp.handleRequest(join({ group: OTHER_GROUP }));
    udp.handleRequest(join({ mode: 'include' }));
    udp.handleRequest({ kind: 'close', socket: 1 });
    const left = { kind: 'group', mode: 'include', sources: [] };
    expect(sent.slice(2)).toMatchObject([
      { ...left, group: GROUP },
      { ...left, group: OTHER_GROUP },
    ]);
    expect(udp.nextDeadlineMs()).toBe(Infinity);
  });

  it('takes from the sources that it wants only; others take all (IP_MULTICAST_ALL)', () => {
    const { udp, from } = setUp();
    udp.handleRequest(join({ mode: 'include', sources: [{ address: PEER }] }));
    expect(from(PEER)).toEqual([1, 2]);
    expect(from(ip('192.0.2.9'))).toEqual([2]);
    udp.handleRequest(join({ sources: [{ address: PEER }] }));
    expect(from(PEER)).toEqual([2]);
    expect(from(ip('192.0.2.9'))).toEqual([1, 2]);
  });

  it('has a filter for each interface', () => {
    const { udp, from } = setUp();
    udp.handleRequest(join({ interfaceAddress: SECOND, sources: [{ address: PEER }] }));
    expect(from(PEER, 1)).toEqual([1, 2]);
    expect(from(PEER, 2)).toEqual([2]);
  });

  it.each([
    ['an address of no group', [join({ group: PEER })], 'invalid'],
    [
      'more groups than igmp_max_memberships',
      [...Array(21).keys()].map((low) => join({ group: ip(`239.0.0.${low}`) })),
      'no buffers',
    ],
    [
      'more sources than igmp_max_msf',
      [join({ sources: Array(11).fill({ address: PEER }) })],
      'no buffers',
    ],
  ])('is refused, and what it had stays: %s', (_, requests, reason) => {
    const { udp, sent, take } = setUp();
    for (const request of requests) udp.handleRequest(request);
    expect(take()).toMatchObject([{ kind: 'error', socket: 1, reason, remote: { port: 0 } }]);
    expect(sent).toHaveLength(requests.length - 1);
  });
});
