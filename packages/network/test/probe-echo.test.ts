import type { NetworkCore } from '../src/index.ts';
import {
  drain,
  FAR,
  fromLink,
  HOST,
  host,
  icmp,
  ip,
  onlyIcmp,
  onlyPacket,
  PEER,
  packet,
  SUBNET_BROADCAST,
  takeIcmp,
  valid,
} from './network-kit.ts';
import { eventsOf, pingData, sendProbe } from './probe-kit.ts';

describe('An echo probe', () => {
  it('is sent with the fields that it is given', () => {
    const core = host();
    const session = sendProbe(core, { ttl: 2, tos: 4, sequence: 3, fragmentation: 'do' });
    const { ip: view, icmp: message } = onlyIcmp(core);
    expect(view).toMatchObject({
      source: HOST,
      destination: FAR,
      ttl: 2,
      tos: 4,
      dontFragment: true,
    });
    expect(message).toMatchObject({ type: 8, code: 0, identifier: session, sequence: 3 });
    expect(message.payload.subarray(16)).toEqual(pingData().subarray(16));
  });

  it('has the time of sending in its first 16 octets, as ping has', () => {
    const core = host({ unixTimeAtZeroMs: 1_700_000_000_000 });
    sendProbe(core, {}, 1500.25);
    const view = new DataView(onlyIcmp(core).icmp.payload.slice().buffer);
    expect(view.getBigUint64(0, true)).toBe(1_700_000_001n);
    expect(view.getBigUint64(8, true)).toBe(500_250n);
  });

  it('repeats its pattern', () => {
    const core = host();
    sendProbe(core, { octets: 5, pattern: new Uint8Array([0xab, 0xcd]) });
    expect([...onlyIcmp(core).icmp.payload]).toEqual([0xab, 0xcd, 0xab, 0xcd, 0xab]);
  });

  it('is answered by the reply with its identifier and number; a second one is a duplicate', () => {
    const core = host();
    const session = sendProbe(core, { sequence: 3 });
    expect(takeIcmp(core, icmp(0, 0, pingData(), [session ^ 1, 3]), 1, FAR)).toBe('NO_SOCKET');
    expect(takeIcmp(core, icmp(0, 0, pingData(), [session, 4]), 1, FAR)).toBe('NO_SOCKET');
    const reply = icmp(0, 0, pingData(), [session, 3]);
    expect(takeIcmp(core, reply, 1.25, FAR)).toBe('strata/ECHO_REPLY');
    takeIcmp(core, reply, 2, FAR);
    const event = {
      sequence: 3,
      outcome: 'reply',
      from: FAR,
      ttl: 64,
      octets: 64,
      data: undefined,
    };
    expect(eventsOf(core)).toMatchObject([
      { ...event, rttMs: 1.25, isDuplicate: false },
      { ...event, rttMs: 2, isDuplicate: true },
    ]);
  });

  it('times out once; a later reply is a late one', () => {
    const core = host();
    const session = sendProbe(core, { timeoutMs: 500 });
    drain(core);
    expect(core.nextDeadlineMs()).toBe(500);
    core.handleTimeout(499);
    expect(eventsOf(core)).toEqual([]);
    core.handleTimeout(500);
    core.handleTimeout(1000);
    expect(eventsOf(core)).toMatchObject([{ sequence: 1, outcome: 'timeout' }]);
    takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 1700, FAR);
    expect(eventsOf(core)).toMatchObject([
      { outcome: 'reply', rttMs: 1700, isLate: true, isDuplicate: false },
    ]);
  });

  it('does not time out once it is answered', () => {
    const core = host();
    const session = sendProbe(core, { timeoutMs: 500 });
    takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 1, FAR);
    drain(core);
    core.handleTimeout(10_000);
    expect(eventsOf(core)).toEqual([]);
  });

  it('reports the data of a reply only where it is not what was sent', () => {
    const core = host();
    const session = sendProbe(core);
    const changed = pingData();
    changed[20] = 0xff;
    takeIcmp(core, icmp(0, 0, changed, [session, 1]), 1, FAR);
    takeIcmp(core, icmp(0, 0, pingData(50), [session, 1]), 1, FAR);
    expect(eventsOf(core).map(({ data }) => data)).toEqual([changed, pingData(50)]);
  });

  it('reports a reply with a wrong checksum, which is dropped, and waits on', () => {
    const core = host();
    const session = sendProbe(core);
    const broken = icmp(0, 0, pingData(), [session, 1]);
    broken[30]! ^= 1;
    expect(takeIcmp(core, broken, 1, FAR)).toBe('ICMP_CSUM');
    takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 2, FAR);
    expect(eventsOf(core)).toMatchObject([
      { outcome: 'reply', hasBadChecksum: true },
      { outcome: 'reply', hasBadChecksum: false, isDuplicate: false },
    ]);
  });

  it('reports a reply from each host that a broadcast reaches, if broadcasts are allowed', () => {
    const core = host();
    const session = sendProbe(core, { destination: SUBNET_BROADCAST, allowBroadcast: true });
    for (const from of [PEER, ip('192.0.2.9')]) {
      takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 1, from);
    }
    expect(eventsOf(core)).toMatchObject([
      { from: PEER, isDuplicate: false },
      { from: ip('192.0.2.9'), isDuplicate: true },
    ]);
    sendProbe(core, { destination: SUBNET_BROADCAST });
    expect(eventsOf(core)).toMatchObject([{ outcome: 'not sent', error: 'EACCES' }]);
  });

  it('records this host in its IPv4 options where it leaves, and in those of the reply', () => {
    const core = host();
    const options = new Uint8Array([1, 7, 15, 4, ...new Array<number>(12).fill(0)]);
    const session = sendProbe(core, { options });
    const sent = [1, 7, 15, 8, 192, 0, 2, 2, ...new Array<number>(8).fill(0)];
    expect([...onlyPacket(core).ip.options]).toEqual(sent);
    const answered = new Uint8Array([1, 7, 15, 12, 192, 0, 2, 2, 192, 0, 2, 1, 0, 0, 0, 0]);
    const reply = icmp(0, 0, pingData(), [session, 1]);
    const bytes = packet({ protocol: 1, source: FAR, options: answered, payload: reply });
    core.handleIndication(fromLink(bytes), 1);
    expect([...eventsOf(core)[0]!.options]).toEqual([
      1, 7, 15, 16, 192, 0, 2, 2, 192, 0, 2, 1, 192, 0, 2, 2,
    ]);
  });

  it.each([['127.0.0.1'], ['192.0.2.2']])('reaches the stack itself at %s', (destination) => {
    const core = host();
    sendProbe(core, { destination: ip(destination) });
    expect(drain(core)).toEqual({
      link: [],
      up: [],
      probes: [expect.objectContaining({ outcome: 'reply', from: ip(destination) })],
    });
  });
});

describe('What is sent about the MTU', () => {
  /** A core that has learnt that the path to FAR carries 1,000 octets. */
  function narrow(): NetworkCore {
    const core = host();
    sendProbe(core, { octets: 1400, fragmentation: 'do' });
    const [sent] = drain(core).link;
    takeIcmp(core, icmp(3, 4, sent!.packet.subarray(0, 28), [0, 1000]), 1);
    expect(eventsOf(core)).toMatchObject([{ outcome: 'icmp error', type: 3, code: 4, mtu: 1000 }]);
    return core;
  }

  it.each([
    ['want', 972, [{ dontFragment: true, moreFragments: false }]],
    ['want', 973, [{ dontFragment: false, moreFragments: true }, { dontFragment: false }]],
    ['dont', 972, [{ dontFragment: false, moreFragments: false }]],
    ['dont', 973, [{ moreFragments: true }, { moreFragments: false }]],
    ['do', 972, [{ dontFragment: true }]],
    ['probe', 1472, [{ dontFragment: true, totalOctets: 1500 }]],
  ] as const)('fragmentation %s with %d octets of data', (fragmentation, octets, expected) => {
    const core = narrow();
    sendProbe(core, { fragmentation, octets }, 2);
    expect(drain(core).link.map((request) => valid(request.packet))).toMatchObject(expected);
  });

  it.each([
    ['do', 973, 1000],
    ['probe', 1473, 1500],
    ['want', 65_507, 0],
  ] as const)('fragmentation %s refuses %d octets of data', (fragmentation, octets, mtu) => {
    const core = narrow();
    const options = octets > 2000 ? new Uint8Array([1, 1, 1, 1]) : new Uint8Array(0);
    sendProbe(core, { fragmentation, octets, options }, 2);
    expect(drain(core)).toMatchObject({
      link: [],
      up: [],
      probes: [{ outcome: 'not sent', error: 'EMSGSIZE', mtu }],
    });
  });
});
