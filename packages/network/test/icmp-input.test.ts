import type { LinkUnreachableIndication } from '@strata/link';
import { LIMITED_BROADCAST_IPV4 } from '@strata/wire';
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
  ours,
  PEER,
  packet,
  pattern,
  ROUTER,
  SUBNET_BROADCAST,
  send,
  takeIcmp,
  valid,
} from './network-kit.ts';

describe('an echo request (RFC 1122 3.2.2.6)', () => {
  it.each([0, 1, 56, 1472])(
    'of %i octets is answered with the same data, from the address that it was sent to',
    (octets) => {
      const core = host();
      const asked = packet({
        protocol: 1,
        destination: OTHER_HOST,
        tos: 0x10,
        ttl: 3,
        payload: icmp(8, 0, pattern(octets), [0x1234, 9]),
      });
      expect(core.handleIndication(fromLink(asked), 0)).toBe('strata/ECHO_REQUEST');
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

  it.each([[SUBNET_BROADCAST], [LIMITED_BROADCAST_IPV4], [ip('224.0.0.1')]])(
    'to a broadcast or multicast address is ignored by icmp_echo_ignore_broadcasts',
    (destination) => {
      const core = host();
      const bytes = packet({
        protocol: 1,
        destination,
        payload: icmp(8, 0, pattern(8), [1, 1]),
      });
      expect(core.handleIndication(fromLink(bytes.slice(), { cast: 'broadcast' }), 0)).toBe(
        'strata/ECHO_IGNORED',
      );
      expect(drain(core).link).toEqual([]);
      core.setSysctl({ icmp_echo_ignore_broadcasts: 0 });
      core.handleIndication(fromLink(bytes, { cast: 'broadcast' }), 0);
      expect(onlyIcmp(core).ip.source).toBe(HOST);
    },
  );

  it('is ignored if icmp_echo_ignore_all is 1', () => {
    const core = host({ sysctl: { icmp_echo_ignore_all: 1 } });
    expect(takeIcmp(core, icmp(8, 0, pattern(8)))).toBe('strata/ECHO_IGNORED');
    expect(drain(core).link).toEqual([]);
  });

  it('is answered each time: icmp_ratemask does not limit echo replies', () => {
    const core = host();
    for (let sequence = 0; sequence < 500; sequence += 1)
      takeIcmp(core, icmp(8, 0, pattern(8), [1, sequence]));
    expect(drain(core).link).toHaveLength(500);
  });
});

describe('an ICMP message', () => {
  it('with a bad checksum is dropped and counted', () => {
    const core = host();
    const message = icmp(8, 0, pattern(8));
    message[9]! ^= 1;
    expect(takeIcmp(core, message)).toBe('ICMP_CSUM');
    expect(core.counters()).toMatchObject({ IcmpInErrors: 1, IcmpInCsumErrors: 1 });
  });

  it('shorter than its header is dropped', () => {
    expect(takeIcmp(host(), new Uint8Array(7))).toBe('HDR_TRUNC');
  });

  it.each([1, 2, 7, 9, 10, 15, 16, 30, 255])(
    'of the unknown type %i is silently discarded (RFC 1122 3.2.2)',
    (type) => {
      const core = host();
      expect(takeIcmp(core, icmp(type, 0, pattern(20)))).toBe('strata/ICMP_TYPE_IGNORED');
      expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
    },
  );

  it('that says source quench is ignored (RFC 6633 3)', () => {
    const core = host();
    expect(takeIcmp(core, icmp(4, 0, ours()))).toBe('strata/ICMP_TYPE_IGNORED');
    expect(drain(core).up).toEqual([]);
    expect(core.counters().IcmpInSrcQuenchs).toBe(1);
  });

  it('to a broadcast address is dropped if it is not a query', () => {
    const core = host();
    const bytes = packet({
      protocol: 1,
      destination: SUBNET_BROADCAST,
      payload: icmp(3, 1, ours()),
    });
    expect(core.handleIndication(fromLink(bytes), 0)).toBe('INVALID_PROTO');
  });
});

describe('an ICMP error (RFC 1122 3.2.2)', () => {
  it.each([
    ['net unreachable', 3, 0, 'IcmpInDestUnreachs'],
    ['host unreachable', 3, 1, 'IcmpInDestUnreachs'],
    ['port unreachable', 3, 3, 'IcmpInDestUnreachs'],
    ['TTL exceeded', 11, 0, 'IcmpInTimeExcds'],
    ['parameter problem', 12, 0, 'IcmpInParmProbs'],
  ])('that says %s goes up to the protocol that sent the packet', (_name, type, code, counter) => {
    const core = host();
    expect(takeIcmp(core, icmp(type, code, ours().subarray(0, 60)))).toBe('strata/ICMP_ERROR');
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
    takeIcmp(core, icmp(3, 3, ours({ options: Uint8Array.of(1, 1, 1, 0) }).subarray(0, 32)));
    expect(onlyError(core).quoted).toEqual(pattern(8));
  });

  it.each([
    ['a packet that we did not send', ours({ source: ip('192.0.2.77') }), 'strata/ICMP_NOT_OURS'],
    ['a later fragment', ours({ fragmentOffsetOctets: 8 }), 'strata/ICMP_NOT_OURS'],
    ['a packet to all', ours({ destination: SUBNET_BROADCAST }), 'strata/ICMP_NOT_OURS'],
    ['fewer than 8 octets behind the header (RFC 792)', ours().subarray(0, 27), 'HDR_TRUNC'],
    ['half a header', ours().subarray(0, 12), 'HDR_TRUNC'],
    ['nothing', new Uint8Array(0), 'HDR_TRUNC'],
    ['no IPv4', pattern(60), 'HDR_TRUNC'],
  ])('about %s is dropped and counted', (_name, quoted, outcome) => {
    const core = host();
    expect(takeIcmp(core, icmp(3, 1, quoted))).toBe(outcome);
    expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
    expect(core.counters().IcmpInErrors).toBe(1);
  });

  it('about a protocol that the stack does not have goes up to nobody', () => {
    const core = host();
    takeIcmp(core, icmp(3, 1, ours({ protocol: 99 })));
    expect(drain(core).up).toEqual([]);
  });
});

describe('a host for which ARP gets no answer', () => {
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

  it('is not reported for malformed packets or packets of other hosts', () => {
    const core = host();
    for (const lost of [packet(), pattern(40), new Uint8Array(0)]) {
      core.handleIndication(
        { kind: 'unreachable', interfaceIndex: 1, nextHop: PEER, packet: lost },
        0,
      );
    }
    expect(drain(core)).toEqual({ link: [], up: [], probes: [] });
  });
});
