import { readUint32, TcpSegment, UdpDatagram, UNSPECIFIED_IPV4 } from '@strata/wire';
import type { NetworkCore, ProbeRequest } from '../src/index.ts';
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
  probe,
  ROUTER,
  SUBNET_BROADCAST,
  takeIcmp,
  udp,
  valid,
} from './network-kit.ts';

/** Sends one probe of a new session; returns the session. */
function send(core: NetworkCore, changes: Partial<ProbeRequest> = {}, nowMs = 0): number {
  return core.probe(0, [probe(changes)], nowMs)!;
}

/** The data of ping: octets that count up, behind the time of sending. */
function pingData(octets = 56): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, at) => at & 255);
}

const events = (core: NetworkCore) => drain(core).probes;

describe('An echo probe', () => {
  it('is sent with the fields that it is given', () => {
    const core = host();
    const session = send(core, { ttl: 2, tos: 4, sequence: 3, fragmentation: 'do' });
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
    send(core, {}, 1500.25);
    const view = new DataView(onlyIcmp(core).icmp.payload.slice().buffer);
    expect(view.getBigUint64(0, true)).toBe(1_700_000_001n);
    expect(view.getBigUint64(8, true)).toBe(500_250n);
  });

  it('repeats its pattern', () => {
    const core = host();
    send(core, { octets: 5, pattern: new Uint8Array([0xab, 0xcd]) });
    expect([...onlyIcmp(core).icmp.payload]).toEqual([0xab, 0xcd, 0xab, 0xcd, 0xab]);
  });

  it('is answered by the reply with its identifier and number; a second one is a duplicate', () => {
    const core = host();
    const session = send(core, { sequence: 3 });
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
    expect(events(core)).toMatchObject([
      { ...event, rttMs: 1.25, isDuplicate: false },
      { ...event, rttMs: 2, isDuplicate: true },
    ]);
  });

  it('times out once; a later reply is a late one', () => {
    const core = host();
    const session = send(core, { timeoutMs: 500 });
    drain(core);
    expect(core.nextDeadlineMs()).toBe(500);
    core.handleTimeout(499);
    expect(events(core)).toEqual([]);
    core.handleTimeout(500);
    core.handleTimeout(1000);
    expect(events(core)).toMatchObject([{ sequence: 1, outcome: 'timeout' }]);
    takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 1700, FAR);
    expect(events(core)).toMatchObject([
      { outcome: 'reply', rttMs: 1700, isLate: true, isDuplicate: false },
    ]);
  });

  it('does not time out once it is answered', () => {
    const core = host();
    const session = send(core, { timeoutMs: 500 });
    takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 1, FAR);
    drain(core);
    core.handleTimeout(10_000);
    expect(events(core)).toEqual([]);
  });

  it('reports the data of a reply only where it is not what was sent', () => {
    const core = host();
    const session = send(core);
    const changed = pingData();
    changed[20] = 0xff;
    takeIcmp(core, icmp(0, 0, changed, [session, 1]), 1, FAR);
    takeIcmp(core, icmp(0, 0, pingData(50), [session, 1]), 1, FAR);
    expect(events(core).map(({ data }) => data)).toEqual([changed, pingData(50)]);
  });

  it('reports a reply with a wrong checksum, which is dropped, and waits on', () => {
    const core = host();
    const session = send(core);
    const broken = icmp(0, 0, pingData(), [session, 1]);
    broken[30]! ^= 1;
    expect(takeIcmp(core, broken, 1, FAR)).toBe('ICMP_CSUM');
    takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 2, FAR);
    expect(events(core)).toMatchObject([
      { outcome: 'reply', hasBadChecksum: true },
      { outcome: 'reply', hasBadChecksum: false, isDuplicate: false },
    ]);
  });

  it('reports a reply from each host that a broadcast reaches, if broadcasts are allowed', () => {
    const core = host();
    const session = send(core, { destination: SUBNET_BROADCAST, allowBroadcast: true });
    for (const from of [PEER, ip('192.0.2.9')]) {
      takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 1, from);
    }
    expect(events(core)).toMatchObject([
      { from: PEER, isDuplicate: false },
      { from: ip('192.0.2.9'), isDuplicate: true },
    ]);
    send(core, { destination: SUBNET_BROADCAST });
    expect(events(core)).toMatchObject([{ outcome: 'not sent', error: 'EACCES' }]);
  });

  it('sends its IPv4 options, and reports those of the reply', () => {
    const core = host();
    const options = new Uint8Array([1, 7, 7, 4, 0, 0, 0, 0]);
    const session = send(core, { options });
    expect(onlyPacket(core).ip.options).toEqual(options);
    const answered = new Uint8Array([1, 7, 7, 8, 192, 0, 2, 1]);
    const reply = icmp(0, 0, pingData(), [session, 1]);
    const bytes = packet({ protocol: 1, source: FAR, options: answered, payload: reply });
    core.handleIndication(fromLink(bytes), 1);
    expect(events(core)).toMatchObject([{ outcome: 'reply', options: answered }]);
  });

  it.each([['127.0.0.1'], ['192.0.2.2']])('reaches the stack itself at %s', (destination) => {
    const core = host();
    send(core, { destination: ip(destination) });
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
    send(core, { octets: 1400, fragmentation: 'do' });
    const [sent] = drain(core).link;
    takeIcmp(core, icmp(3, 4, sent!.packet.subarray(0, 28), [0, 1000]), 1);
    expect(events(core)).toMatchObject([{ outcome: 'icmp error', type: 3, code: 4, mtu: 1000 }]);
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
    send(core, { fragmentation, octets }, 2);
    expect(drain(core).link.map((request) => valid(request.packet))).toMatchObject(expected);
  });

  it.each([
    ['do', 973, 1000],
    ['probe', 1473, 1500],
    ['want', 65_507, 0],
  ] as const)('fragmentation %s refuses %d octets of data', (fragmentation, octets, mtu) => {
    const core = narrow();
    const options = octets > 2000 ? new Uint8Array([1, 1, 1, 1]) : new Uint8Array(0);
    send(core, { fragmentation, octets, options }, 2);
    expect(drain(core)).toMatchObject({
      link: [],
      up: [],
      probes: [{ outcome: 'not sent', error: 'EMSGSIZE', mtu }],
    });
  });
});

describe('An error about a probe', () => {
  const quote = (core: NetworkCore, octets = 28) => drain(core).link[0]!.packet.subarray(0, octets);

  it('is reported with what it quotes: traceroute needs it', () => {
    const core = host();
    send(core, { ttl: 1, sequence: 9 });
    const quoted = quote(core);
    takeIcmp(core, icmp(11, 0, quoted), 5);
    expect(drain(core)).toMatchObject({
      up: [],
      probes: [
        {
          sequence: 9,
          outcome: 'icmp error',
          from: ROUTER,
          type: 11,
          code: 0,
          rttMs: 5,
          isLocal: false,
          quoted,
        },
      ],
    });
    core.handleTimeout(5000);
    expect(events(core)).toEqual([]);
  });

  it('comes from the stack itself where ARP gets no answer', () => {
    const core = host();
    send(core, { destination: PEER });
    const request = drain(core).link[0]!;
    const unreachable = { interfaceIndex: 1, packet: request.packet, nextHop: PEER };
    core.handleIndication({ kind: 'unreachable', ...unreachable }, 3000);
    expect(drain(core)).toMatchObject({
      up: [],
      probes: [{ outcome: 'icmp error', from: HOST, type: 3, code: 1, isLocal: true }],
    });
  });

  it('does not make the reply a duplicate, and a redirect leaves the probe waiting', () => {
    const core = host();
    const session = send(core);
    const message = icmp(5, 1, quote(core), [0xc000, 0x0209]);
    takeIcmp(core, message, 1, PEER);
    takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 2, FAR);
    expect(events(core)).toMatchObject([
      { outcome: 'icmp error', type: 5, code: 1, gateway: ip('192.0.2.9') },
      { outcome: 'reply', isDuplicate: false },
    ]);
  });

  it.each([
    ['no route', { routes: [] }, 'ENETUNREACH'],
    ['a blackhole', { routes: [{ ...anywhere(), kind: 'blackhole' as const }] }, 'EINVAL'],
    ['unreachable', { routes: [{ ...anywhere(), kind: 'unreachable' as const }] }, 'EHOSTUNREACH'],
    ['prohibit', { routes: [{ ...anywhere(), kind: 'prohibit' as const }] }, 'EACCES'],
  ])('says why nothing was sent: %s', (_what, config, error) => {
    const core = host(config);
    send(core);
    expect(drain(core)).toMatchObject({
      link: [],
      up: [],
      probes: [{ outcome: 'not sent', error }],
    });
  });

  it('does not go out from an address that is not ours', () => {
    const core = host();
    send(core, { source: PEER });
    expect(events(core)).toMatchObject([{ outcome: 'not sent', error: 'EADDRNOTAVAIL' }]);
  });
});

function anywhere() {
  return { destination: UNSPECIFIED_IPV4, prefixLength: 0 };
}

describe('A UDP probe', () => {
  const sent = (core: NetworkCore) => {
    const { ip: view } = onlyPacket(core);
    return { view, datagram: UdpDatagram.parse(view.payload) as UdpDatagram };
  };

  it('leaves from a port above those of transport, and with a right checksum', () => {
    const core = host();
    send(core, { kind: 'udp', destinationPort: 33_434, octets: 32 });
    const { view, datagram } = sent(core);
    expect(datagram.sourcePort).toBeGreaterThanOrEqual(61_000);
    expect(datagram.destinationPort).toBe(33_434);
    expect(datagram.hasValidChecksum(view.source, view.destination)).toBe(true);
  });

  it('ends at port unreachable, which transport does not see', () => {
    const core = host();
    send(core, { kind: 'udp', destinationPort: 33_434 });
    const quoted = drain(core).link[0]!.packet.subarray(0, 28);
    takeIcmp(core, icmp(3, 3, quoted), 4, FAR);
    expect(drain(core)).toMatchObject({
      up: [],
      probes: [{ outcome: 'icmp error', from: FAR, type: 3, code: 3, rttMs: 4 }],
    });
  });

  it('takes the answering datagram, which transport would refuse; others go to transport', () => {
    const core = host();
    send(core, { kind: 'udp', destinationPort: 7, octets: 4 });
    const { sourcePort } = sent(core).datagram;
    const take = (source: number, from = FAR) => {
      const payload = udp(from, HOST, pingData(4), [source, sourcePort]);
      core.handleIndication(fromLink(packet({ protocol: 17, source: from, payload })), 1);
      return drain(core);
    };
    expect(take(8).up).toHaveLength(1);
    expect(take(7, ROUTER).up).toHaveLength(1);
    expect(take(7)).toMatchObject({ up: [], probes: [{ outcome: 'datagram', data: undefined }] });
  });
});

describe('A TCP probe', () => {
  function syn(core: NetworkCore): TcpSegment {
    send(core, { kind: 'tcp', destinationPort: 80, octets: 0 });
    const { ip: view } = onlyPacket(core);
    const segment = TcpSegment.parse(view.payload) as TcpSegment;
    expect(segment.hasValidChecksum(view.source, view.destination)).toBe(true);
    return segment;
  }

  /** A segment without options from port 80. */
  function answer(to: TcpSegment, flags: number, acknowledgment: number): Uint8Array {
    const bytes = new Uint8Array(20);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, 80);
    view.setUint16(2, to.sourcePort);
    view.setUint32(8, acknowledgment);
    bytes[12] = 0x50;
    bytes[13] = flags;
    return packet({ protocol: 6, source: FAR, payload: bytes });
  }

  it('is a SYN with an MSS', () => {
    expect(syn(host())).toMatchObject({ flags: 2, destinationPort: 80, options: { mss: 1460 } });
  });

  it.each([
    ['SYN,ACK: the port is open', 0x12, 1, 'syn-ack'],
    ['RST,ACK: it is closed', 0x14, 1, 'reset'],
  ])('ends at %s; transport sees the segment too, to refuse it', (_what, flags, more, outcome) => {
    const core = host();
    const sent = syn(core);
    const acknowledgment = (sent.sequence + more) >>> 0;
    core.handleIndication(fromLink(answer(sent, flags, acknowledgment)), 2);
    expect(drain(core)).toMatchObject({
      up: [{ kind: 'segment', protocol: 6 }],
      probes: [{ outcome, from: FAR, rttMs: 2 }],
    });
  });

  it('is not answered by a segment that acknowledges something else (RFC 9293 3.10.7.3)', () => {
    const core = host();
    const sent = syn(core);
    core.handleIndication(fromLink(answer(sent, 0x12, (sent.sequence + 2) >>> 0)), 2);
    core.handleIndication(fromLink(answer(sent, 0x10, (sent.sequence + 1) >>> 0)), 2);
    const { up, probes } = drain(core);
    expect([up.length, probes]).toEqual([2, []]);
  });

  it('is not ended by an error that quotes another sequence number (RFC 5927 4.1)', () => {
    const core = host();
    send(core, { kind: 'tcp', destinationPort: 80, octets: 0 });
    const quoted = drain(core).link[0]!.packet.slice(0, 28);
    quoted[24]! ^= 1;
    takeIcmp(core, icmp(11, 0, quoted), 1);
    expect(events(core)).toEqual([]);
    quoted[24]! ^= 1;
    takeIcmp(core, icmp(11, 0, quoted), 1);
    expect(events(core)).toMatchObject([{ outcome: 'icmp error', type: 11 }]);
  });
});

describe('A timestamp probe', () => {
  it('carries our time, and reports the three times of the reply (RFC 792)', () => {
    const core = host({ unixTimeAtZeroMs: 86_400_000 });
    const session = send(core, { kind: 'timestamp' }, 1234);
    const { icmp: message } = onlyIcmp(core);
    expect(message.type).toBe(13);
    expect(readUint32(message.payload, 0)).toBe(1234);
    const data = Uint8Array.of(0, 0, 4, 210, 0, 0, 5, 0, 0, 0, 5, 0);
    takeIcmp(core, icmp(14, 0, data, [session, 1]), 1236, FAR);
    expect(events(core)).toMatchObject([{ outcome: 'reply', data, rttMs: 2 }]);
  });
});

describe('An address mask probe', () => {
  it('reports the mask (RFC 950)', () => {
    const core = host();
    const session = send(core, { kind: 'address mask' });
    expect(onlyIcmp(core).icmp.type).toBe(17);
    const data = Uint8Array.of(255, 255, 255, 0);
    takeIcmp(core, icmp(18, 0, data, [session, 1]), 1, FAR);
    expect(events(core)).toMatchObject([{ outcome: 'reply', data }]);
  });
});

describe('Sessions of probes', () => {
  it('have different numbers, which are their identifiers', () => {
    const core = host();
    const numbers = [send(core), send(core)];
    expect(new Set(numbers).size).toBe(2);
    const events: number[] = [];
    for (const session of numbers.reverse()) {
      takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 1, FAR);
      events.push(core.pollProbeEvent()!.session);
    }
    expect(events).toEqual(numbers);
  });

  it('end when they are told to, and two minutes after their last use', () => {
    const core = host();
    const [ended, idle] = [send(core), send(core, { timeoutMs: 1 })];
    core.endProbes(ended);
    expect(core.probe(ended, [], 0)).toBeUndefined();
    expect(takeIcmp(core, icmp(0, 0, pingData(), [ended, 1]), 1, FAR)).toBe('NO_SOCKET');
    expect(core.probe(idle, [], 60_000)).toBe(idle);
    core.handleTimeout(120_000);
    expect(core.probe(idle, [], 179_999)).toBe(idle);
    core.handleTimeout(300_000);
    expect(core.probe(idle, [], 300_000)).toBeUndefined();
    expect(core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('are few', () => {
    const core = host();
    for (let opened = 0; opened < 64; opened += 1) core.probe(0, [], 0);
    expect(() => core.probe(0, [], 0)).toThrow(
      expect.objectContaining({ code: 'NETWORK_BAD_PROBE' }),
    );
  });

  it('have a bounded number of probes in flight', () => {
    const core = host();
    const session = send(core, { sequence: 0 });
    const many = Array.from({ length: 4096 }, (_, at) => probe({ sequence: at + 1 }));
    core.probe(session, many, 0);
    expect(events(core)).toMatchObject([{ sequence: 4096, outcome: 'not sent', error: 'ENOBUFS' }]);
    core.handleTimeout(1000);
    expect(events(core)).toHaveLength(4096);
    core.probe(session, [probe()], 1000);
    expect(drain(core)).toMatchObject({ link: [{}], probes: [] });
  });

  it('forget their oldest answered probes, and use a number again after its wrap', () => {
    const core = host();
    const session = send(core, { sequence: 0 });
    for (let at = 1; at <= 16_384; at += 1) {
      core.probe(session, [probe({ sequence: at, timeoutMs: 1 })], at * 2);
      core.handleTimeout(at * 2 + 1000);
      drain(core);
    }
    const reply = (sequence: number) => icmp(0, 0, pingData(), [session, sequence]);
    expect(takeIcmp(core, reply(0), 40_000, FAR)).toBe('NO_SOCKET');
    expect(takeIcmp(core, reply(1), 40_000, FAR)).toBe('strata/ECHO_REPLY');
    core.probe(session, [probe({ sequence: 1 })], 40_001);
    drain(core);
    takeIcmp(core, reply(1), 40_002, FAR);
    expect(events(core)).toMatchObject([{ sequence: 1, isDuplicate: false, rttMs: 1 }]);
  });

  it('keep a bounded number of events', () => {
    const core = host();
    const session = send(core);
    for (let at = 0; at < 8200; at += 1) {
      takeIcmp(core, icmp(0, 0, pingData(), [session, 1]), 1, FAR);
    }
    expect(events(core)).toHaveLength(8192);
    expect(core.counters().StrataProbeEventsDropped).toBe(8);
  });

  it.each([
    { identifier: 65_536 },
    { sequence: -1 },
    { ttl: 256 },
    { octets: 65_508 },
    { timeoutMs: 0 },
    { interfaceName: 'eth9' },
    { options: new Uint8Array([7]) },
    { options: new Uint8Array([7, 3, 1, 0]) },
    { destination: UNSPECIFIED_IPV4 },
    { kind: 'udp' as const },
  ])('refuse a probe with %j', (changes) => {
    expect(() => send(host(), changes)).toThrow(
      expect.objectContaining({ code: 'NETWORK_BAD_PROBE' }),
    );
  });
});
