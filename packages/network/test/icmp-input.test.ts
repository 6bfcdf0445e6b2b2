import type { LinkUnreachableIndication } from '@strata/link';
import { emitIcmp } from '@strata/wire';
import type { NetworkCore } from '../src/index.ts';
import {
  drain,
  FAR,
  fromLink,
  HOST,
  host,
  icmp,
  ip,
  OTHER_HOST,
  onlyError,
  onlyIcmp,
  PEER,
  packet,
  pattern,
  SUBNET_BROADCAST,
  send,
  udp,
  valid,
} from './network-kit.ts';

const ROUTER = ip('203.0.113.1');
const SECOND_GATEWAY = ip('192.0.2.9');

/** What we sent, as an error quotes it. */
function ours(changes: Parameters<typeof packet>[0] = {}): Uint8Array {
  return packet({
    source: HOST,
    destination: FAR,
    protocol: 17,
    payload: pattern(100),
    ...changes,
  });
}

function take(
  core: NetworkCore,
  message: Uint8Array,
  nowMs = 0,
  source = ROUTER,
  interfaceIndex = 1,
): string {
  const bytes = packet({ protocol: 1, source, payload: message });
  return core.handleIndication(fromLink(bytes, { interfaceIndex }), nowMs);
}

/** Fragmentation needed about a packet of 1,500 octets with DF. */
function tooBig(mtu: number, changes: Parameters<typeof packet>[0] = {}): Uint8Array {
  const full = ours({ dontFragment: true, payload: pattern(1480), ...changes });
  return icmp(3, 4, full.subarray(0, 28), [0, mtu]);
}

describe('an echo request (RFC 1122 3.2.2.6)', () => {
  it.each([0, 1, 56, 1472])(
    'of %i octets is answered with the same data, from the address that was asked',
    (octets) => {
      const core = host();
      const asked = packet({
        protocol: 1,
        destination: OTHER_HOST,
        tos: 0x10,
        ttl: 3,
        payload: icmp(8, 0, pattern(octets), [0x1234, 9]),
      });
      expect(core.handleIndication(fromLink(asked), 0)).toBe('answered: echo reply');
      const { ip: view, icmp: message } = onlyIcmp(core);
      expect(view).toMatchObject({ source: OTHER_HOST, destination: PEER, tos: 0x10, ttl: 64 });
      expect(message).toMatchObject({ type: 0, code: 0, identifier: 0x1234, sequence: 9 });
      expect(message.payload).toEqual(pattern(octets));
      expect(core.counters()).toMatchObject({
        IcmpInMsgs: 1,
        IcmpInEchos: 1,
        IcmpOutMsgs: 1,
        IcmpOutEchoReps: 1,
      });
    },
  );

  it('that came in fragments is answered in fragments, to the largest size', () => {
    const core = host();
    const message = icmp(8, 0, pattern(65507), [1, 1]);
    for (let from = 0; from < message.byteLength; from += 1480) {
      const payload = message.subarray(from, from + 1480);
      const moreFragments = from + 1480 < message.byteLength;
      core.handleIndication(
        fromLink(packet({ protocol: 1, payload, fragmentOffsetOctets: from, moreFragments })),
        0,
      );
    }
    const { link } = drain(core);
    expect(link).toHaveLength(Math.ceil(65515 / 1480));
    const answer = link.flatMap((each) => [...valid(each.packet).payload]);
    expect(answer.slice(8)).toEqual([...pattern(65507)]);
    expect(answer[0]).toBe(0);
  });

  it.each([[SUBNET_BROADCAST], [0xffffffff], [ip('224.0.0.1')]])(
    'to many is ignored, by icmp_echo_ignore_broadcasts',
    (destination) => {
      const core = host();
      const bytes = packet({ protocol: 1, destination, payload: icmp(8, 0, pattern(8), [1, 1]) });
      expect(core.handleIndication(fromLink(bytes.slice(), { cast: 'broadcast' }), 0)).toBe(
        'dropped: echo ignored',
      );
      expect(drain(core).link).toEqual([]);
      core.setSysctl({ icmp_echo_ignore_broadcasts: 0 });
      core.handleIndication(fromLink(bytes, { cast: 'broadcast' }), 0);
      expect(onlyIcmp(core).ip.source).toBe(HOST);
    },
  );

  it('is ignored where icmp_echo_ignore_all says so', () => {
    const core = host({ sysctl: { icmp_echo_ignore_all: 1 } });
    expect(take(core, icmp(8, 0, pattern(8)))).toBe('dropped: echo ignored');
    expect(drain(core).link).toEqual([]);
  });

  it('is answered as often as it comes: echo replies have no rate limit in icmp_ratemask', () => {
    const core = host();
    for (let sequence = 0; sequence < 500; sequence += 1)
      take(core, icmp(8, 0, pattern(8), [1, sequence]));
    expect(drain(core).link).toHaveLength(500);
  });
});

describe('an ICMP message', () => {
  it('with a bad checksum is dropped and counted', () => {
    const core = host();
    const message = icmp(8, 0, pattern(8));
    message[9]! ^= 1;
    expect(take(core, message)).toBe('dropped: bad ICMP checksum');
    expect(core.counters()).toMatchObject({ IcmpInErrors: 1, IcmpInCsumErrors: 1 });
  });

  it('shorter than its header is dropped', () => {
    expect(take(host(), new Uint8Array(7))).toBe('dropped: bad ICMP');
  });

  it.each([1, 2, 7, 9, 10, 13, 14, 17, 18, 30, 255])(
    'of type %i, which we do not know, is discarded silently (RFC 1122 3.2.2)',
    (type) => {
      const core = host();
      expect(take(core, icmp(type, 0, pattern(20)))).toBe('dropped: ICMP type ignored');
      expect(drain(core)).toEqual({ link: [], up: [], echo: [] });
    },
  );

  it('that says source quench is ignored (RFC 6633 3)', () => {
    const core = host();
    expect(take(core, icmp(4, 0, ours()))).toBe('dropped: ICMP type ignored');
    expect(drain(core).up).toEqual([]);
    expect(core.counters().IcmpInSrcQuenchs).toBe(1);
  });

  it('to all that is no question is dropped', () => {
    const core = host();
    const bytes = packet({
      protocol: 1,
      destination: SUBNET_BROADCAST,
      payload: icmp(3, 1, ours()),
    });
    expect(core.handleIndication(fromLink(bytes), 0)).toBe('dropped: ICMP not for a group');
  });
});

describe('an ICMP error (RFC 1122 3.2.2)', () => {
  it.each([
    ['net unreachable', 3, 0, 'IcmpInDestUnreachs'],
    ['host unreachable', 3, 1, 'IcmpInDestUnreachs'],
    ['port unreachable', 3, 3, 'IcmpInDestUnreachs'],
    ['TTL exceeded', 11, 0, 'IcmpInTimeExcds'],
    ['parameter problem', 12, 0, 'IcmpInParmProbs'],
  ])('that says %s goes up to whoever sent the packet', (_name, type, code, counter) => {
    const core = host();
    expect(take(core, icmp(type, code, ours().subarray(0, 60)))).toBe('delivered: error');
    expect(onlyError(core)).toEqual({
      kind: 'error',
      reporter: ROUTER,
      type,
      code,
      mtu: 0,
      protocol: 17,
      source: HOST,
      destination: FAR,
      quoted: pattern(100).subarray(0, 40),
    });
    expect(core.counters()).toMatchObject({ [counter]: 1, IcmpInErrors: 0 });
  });

  it('may quote options', () => {
    const core = host();
    take(core, icmp(3, 3, ours({ options: Uint8Array.of(1, 1, 1, 0) }).subarray(0, 32)));
    expect(onlyError(core).quoted).toEqual(pattern(8));
  });

  it.each([
    [
      'a packet that we did not send',
      ours({ source: ip('192.0.2.77') }),
      'dropped: error not about us',
    ],
    ['a later fragment', ours({ fragmentOffsetOctets: 8 }), 'dropped: error not about us'],
    ['a packet to all', ours({ destination: SUBNET_BROADCAST }), 'dropped: error not about us'],
    [
      'fewer than 8 octets behind the header (RFC 792)',
      ours().subarray(0, 27),
      'dropped: bad ICMP',
    ],
    ['half a header', ours().subarray(0, 12), 'dropped: bad ICMP'],
    ['nothing', new Uint8Array(0), 'dropped: bad ICMP'],
    ['no IPv4', pattern(60), 'dropped: bad ICMP'],
  ])('about %s is dropped and counted', (_name, quoted, outcome) => {
    const core = host();
    expect(take(core, icmp(3, 1, quoted))).toBe(outcome);
    expect(drain(core)).toEqual({ link: [], up: [], echo: [] });
    expect(core.counters().IcmpInErrors).toBe(1);
  });

  it('about a protocol that nobody sends is heard by nobody', () => {
    const core = host();
    take(core, icmp(3, 1, ours({ protocol: 99 })));
    expect(drain(core).up).toEqual([]);
  });
});

describe('a host that nobody answers for at ARP', () => {
  it('is reported as host unreachable (RFC 1122 2.3.2.2)', () => {
    const core = host();
    const indication: LinkUnreachableIndication = {
      kind: 'unreachable',
      interfaceIndex: 1,
      nextHop: PEER,
      packet: ours(),
    };
    core.handleIndication(indication, 0);
    expect(onlyError(core)).toEqual({
      kind: 'error',
      reporter: HOST,
      type: 3,
      code: 1,
      mtu: 0,
      protocol: 17,
      source: HOST,
      destination: FAR,
      quoted: pattern(100),
    });
  });

  it('is reported once for a datagram in fragments', () => {
    const core = host();
    core.handleRequest(send({ segment: pattern(4000) }), 0);
    for (const { packet: lost, nextHop } of drain(core).link) {
      core.handleIndication({ kind: 'unreachable', interfaceIndex: 1, nextHop, packet: lost }, 0);
    }
    expect(onlyError(core)).toMatchObject({ code: 1, quoted: pattern(4000).subarray(0, 128) });
  });

  it('is not reported for rubbish or what others sent', () => {
    const core = host();
    for (const lost of [packet(), pattern(40), new Uint8Array(0)]) {
      core.handleIndication(
        { kind: 'unreachable', interfaceIndex: 1, nextHop: PEER, packet: lost },
        0,
      );
    }
    expect(drain(core)).toEqual({ link: [], up: [], echo: [] });
  });
});

describe('path MTU discovery (RFC 1191)', () => {
  const mtuTo = (core: NetworkCore, nowMs = 0) => {
    const choice = core.sourceFor(FAR, nowMs);
    return choice === 'unreachable' ? 0 : choice.mtu;
  };

  it('learns from fragmentation needed, tells transport, and cuts to it', () => {
    const core = host();
    expect(take(core, tooBig(1400))).toBe('delivered: error');
    expect(onlyError(core)).toMatchObject({ type: 3, code: 4, mtu: 1400, destination: FAR });
    expect(mtuTo(core)).toBe(1400);
    expect(core.pathMtus(0)).toEqual([
      { destination: FAR, mtu: 1400, isLocked: false, expiresAtMs: 600000 },
    ]);
    core.handleRequest(send({ dontFragment: true, segment: pattern(1381) }), 0);
    expect(onlyError(core)).toMatchObject({ code: 4, mtu: 1400 });
    core.handleRequest(send({ segment: pattern(1400) }), 0);
    expect(drain(core).link.map((each) => each.packet.byteLength)).toEqual([1396, 44]);
  });

  it('forgets after mtu_expires (RFC 1191 6.3)', () => {
    const core = host();
    take(core, tooBig(1400), 5000);
    expect(mtuTo(core, 604999)).toBe(1400);
    expect(mtuTo(core, 605000)).toBe(1500);
    expect(core.pathMtus(605000)).toEqual([]);
  });

  it('never raises an MTU by a report (RFC 1191 3)', () => {
    const core = host();
    take(core, tooBig(1000));
    take(core, tooBig(1400));
    expect(mtuTo(core)).toBe(1000);
  });

  it('keeps paths apart', () => {
    const core = host();
    take(core, tooBig(1400));
    expect(core.sourceFor(ip('198.51.100.8'), 0)).toMatchObject({ mtu: 1500 });
  });

  it.each([
    [1500, 1492],
    [1492, 1006],
    [1006, 552],
  ])(
    'steps down the plateaus where a router names no MTU: from %i to %i (RFC 1191 7.1)',
    (octets, mtu) => {
      const core = host();
      take(core, tooBig(0, { payload: pattern(octets - 20) }));
      expect(mtuTo(core)).toBe(mtu);
    },
  );

  it('does not believe less than min_pmtu: it stops setting DF instead (as in Linux)', () => {
    const core = host();
    take(core, tooBig(300));
    expect(onlyError(core).mtu).toBe(552);
    expect(core.pathMtus(0)).toMatchObject([{ mtu: 552, isLocked: true }]);
    core.handleRequest(send({ dontFragment: true, segment: pattern(600) }), 0);
    const { link } = drain(core);
    expect(link).toHaveLength(2);
    for (const each of link) expect(valid(each.packet).dontFragment).toBe(false);
  });

  it.each([
    ['about a packet without DF', tooBig(1400, { dontFragment: false })],
    ['with an MTU in which the packet would have fitted', tooBig(1500)],
    ['about a destination within the stack', tooBig(1400, { destination: OTHER_HOST })],
  ])('does not believe a report %s', (_name, message) => {
    const core = host();
    expect(take(core, message)).toBe('dropped: path MTU not plausible');
    expect(drain(core).up).toEqual([]);
    expect(core.pathMtus(0)).toEqual([]);
  });

  it('is off with ip_no_pmtu_disc: 1 lowers to min_pmtu, 2 ignores', () => {
    const lower = host({ sysctl: { ip_no_pmtu_disc: 1 } });
    take(lower, tooBig(1400));
    expect(mtuTo(lower)).toBe(552);
    const ignore = host({ sysctl: { ip_no_pmtu_disc: 2 } });
    take(ignore, tooBig(1400));
    expect(mtuTo(ignore)).toBe(1500);
  });

  it('remembers a bounded number of paths: the oldest goes', () => {
    const core = host();
    for (let i = 0; i < 5000; i += 1) take(core, tooBig(1400, { destination: ip('20.0.0.0') + i }));
    expect(core.pathMtus(0)).toHaveLength(4096);
    expect(core.sourceFor(ip('20.0.0.0'), 0)).toMatchObject({ mtu: 1500 });
    expect(core.sourceFor(ip('20.0.0.0') + 4999, 0)).toMatchObject({ mtu: 1400 });
  });
});

describe('a redirect (RFC 1122 3.2.2.2)', () => {
  const redirect = (gateway: number, quoted = ours()) =>
    icmp(5, 1, quoted, [gateway >>> 16, gateway & 0xffff]);
  const nextHop = (core: NetworkCore, nowMs = 0) => {
    core.handleRequest(send(), nowMs);
    return drain(core).link[0]?.nextHop;
  };

  it('from the gateway in use is followed for that host, for a while', () => {
    const core = host();
    expect(take(core, redirect(SECOND_GATEWAY), 0, PEER)).toBe('learnt: redirect');
    expect(nextHop(core)).toBe(SECOND_GATEWAY);
    core.handleRequest(send({ destination: ip('198.51.100.8') }), 0);
    expect(drain(core).link[0]?.nextHop).toBe(PEER);
    expect(nextHop(core, 300000)).toBe(PEER);
  });

  it('may follow another, from the gateway that is in use then', () => {
    const core = host();
    take(core, redirect(SECOND_GATEWAY), 0, PEER);
    expect(take(core, redirect(ip('192.0.2.10')), 0, PEER)).toBe('dropped: redirect not plausible');
    expect(take(core, redirect(ip('192.0.2.10')), 0, SECOND_GATEWAY)).toBe('learnt: redirect');
    expect(nextHop(core)).toBe(ip('192.0.2.10'));
  });

  it('is forgotten when the routes change', () => {
    const core = host();
    take(core, redirect(SECOND_GATEWAY), 0, PEER);
    core.addRoute({ destination: ip('203.0.113.0'), prefixLength: 24, via: PEER });
    expect(nextHop(core)).toBe(PEER);
  });

  it.each([
    ['from somebody else', SECOND_GATEWAY, ip('192.0.2.33'), 1, ours()],
    ['to a gateway that is not on the link', ROUTER, PEER, 1, ours()],
    ['to ourselves', HOST, PEER, 1, ours()],
    ['to a broadcast address', SUBNET_BROADCAST, PEER, 1, ours()],
    ['by another interface', SECOND_GATEWAY, PEER, 2, ours()],
    ['about what we did not send', SECOND_GATEWAY, PEER, 1, ours({ source: ip('192.0.2.77') })],
    ['about a host on the link', SECOND_GATEWAY, PEER, 1, ours({ destination: PEER })],
    ['about rubbish', SECOND_GATEWAY, PEER, 1, pattern(30)],
  ])('is not followed %s', (_name, gateway, source, interfaceIndex, quoted) => {
    const core = host();
    expect(take(core, redirect(gateway, quoted), 0, source, interfaceIndex)).toBe(
      'dropped: redirect not plausible',
    );
    expect(nextHop(core)).toBe(PEER);
    expect(core.counters().StrataInRedirectsIgnored).toBe(1);
  });

  it('is not followed where accept_redirects is 0', () => {
    const core = host({ sysctl: { accept_redirects: 0 } });
    take(core, redirect(SECOND_GATEWAY), 0, PEER);
    expect(nextHop(core)).toBe(PEER);
  });
});

describe('the echo client', () => {
  const request = { destination: FAR, identifier: 77, sequence: 3, payload: pattern(56) };
  const reply = (identifier: number, sequence: number) =>
    icmp(0, 0, pattern(56), [identifier, sequence]);

  it('sends a request with the fields that it is given', () => {
    const core = host();
    core.ping({ ...request, ttl: 2, tos: 4, dontFragment: true }, 0);
    const { ip: view, icmp: message } = onlyIcmp(core);
    expect(view).toMatchObject({
      source: HOST,
      destination: FAR,
      ttl: 2,
      tos: 4,
      dontFragment: true,
    });
    expect(message).toMatchObject({ type: 8, code: 0, identifier: 77, sequence: 3 });
    expect(message.payload).toEqual(pattern(56));
  });

  it('tells of replies, repeated ones too, to identifiers that asked', () => {
    const core = host();
    core.ping(request, 0);
    expect(take(core, reply(78, 3), 1, FAR)).toBe('dropped: nobody asked');
    take(core, reply(77, 3), 1, FAR);
    take(core, reply(77, 3), 2, FAR);
    const event = {
      kind: 'echo-reply',
      source: FAR,
      destination: HOST,
      identifier: 77,
      sequence: 3,
      ttl: 64,
      payload: pattern(56),
    };
    expect(drain(core).echo).toEqual([event, event]);
  });

  it('tells of errors that quote a request: traceroute lives on it', () => {
    const core = host();
    core.ping({ ...request, ttl: 1 }, 0);
    const [sent] = drain(core).link;
    take(core, icmp(11, 0, sent!.packet.subarray(0, 28)), 5);
    const { echo, up } = drain(core);
    expect(up).toEqual([]);
    expect(echo).toEqual([
      {
        kind: 'error',
        reporter: ROUTER,
        type: 11,
        code: 0,
        mtu: 0,
        destination: FAR,
        identifier: 77,
        sequence: 3,
      },
    ]);
  });

  it('tells of errors that the stack finds itself', () => {
    const core = host({ routes: [] });
    core.ping(request, 0);
    expect(drain(core).echo).toMatchObject([{ kind: 'error', type: 3, code: 0, sequence: 3 }]);
  });

  it.each([['127.0.0.1'], ['192.0.2.2']])('reaches ourselves at %s', (destination) => {
    const core = host();
    core.ping({ ...request, destination: ip(destination) }, 0);
    expect(drain(core)).toEqual({
      link: [],
      up: [],
      echo: [
        expect.objectContaining({
          kind: 'echo-reply',
          source: ip(destination),
          payload: pattern(56),
        }),
      ],
    });
  });

  it('keeps a bounded number of events', () => {
    const core = host();
    core.ping(request, 0);
    for (let i = 0; i < 1500; i += 1) take(core, reply(77, i), 1, FAR);
    expect(drain(core).echo).toHaveLength(1000);
    expect(core.counters().StrataEchoEventsDropped).toBe(500);
  });

  it.each([
    { identifier: 65536 },
    { sequence: -1 },
    { ttl: 256 },
    { payload: new Uint8Array(65508) },
  ])('refuses %j', (changes) => {
    expect(() => host().ping({ ...request, ...changes }, 0)).toThrow(
      expect.objectContaining({ code: 'NETWORK_BAD_ECHO' }),
    );
  });
});

it('uses the same message builder as the stack', () => {
  const bytes = new Uint8Array(8);
  emitIcmp(bytes, 8, 0, 1, 2);
  expect(icmp(8, 0, new Uint8Array(0), [1, 2])).toEqual(bytes);
  expect(udp(1, 2, pattern(3)).byteLength).toBe(11);
});
