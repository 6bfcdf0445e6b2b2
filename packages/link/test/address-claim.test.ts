import { arp, checkFrame, ethernet } from '@strata/conformance/checkers';
import { ARP_REQUEST, BROADCAST_MAC, UNSPECIFIED_IPV4 } from '@strata/wire';
import type { LinkEvent } from '../src/index.ts';
import {
  arpReply,
  arpRequest,
  Bench,
  ethernetFrame,
  ip,
  OTHER_MAC,
  OWN,
  OWN_MAC,
  PEER,
  STRANGER,
  udpPacket,
} from './support.ts';

/** A bench that probes for its address. Random is 0.5: waits are in the middle of their range. */
function probing(sysctl = {}, random = () => 0.5): Bench {
  return new Bench({}, { 'conf.default.accept_dad': 1, ...sysctl }, random);
}

function events(bench: Bench): LinkEvent[] {
  const all: LinkEvent[] = [];
  for (let one = bench.core.pollEvent(); one; one = bench.core.pollEvent()) all.push(one);
  return all;
}

const states = (bench: Bench) => bench.core.interfaces()[0]!.addressStates;

/** An ARP probe for our address by another station. */
const PROBE = arpRequest({ senderMac: OTHER_MAC, senderAddress: UNSPECIFIED_IPV4 });
/** An announcement of our address by another station. */
const CLAIM = arpRequest({ senderMac: OTHER_MAC, senderAddress: OWN, targetAddress: OWN });

describe('An address that is probed for (RFC 5227 2.1)', () => {
  it('is asked for three times, 1 to 2 s apart, after up to 1 s, then announced twice, 2 s apart', () => {
    const bench = probing();
    const sent = bench.pass(60_000);
    expect(sent.map(({ atMs }) => atMs)).toEqual([500, 2_000, 3_500, 5_500, 7_500]);
    sent.forEach(({ frame }, index) => {
      checkFrame(
        frame,
        ethernet({ source: OWN_MAC, destination: BROADCAST_MAC }),
        arp({
          operation: ARP_REQUEST,
          senderMac: OWN_MAC,
          senderAddress: index < 3 ? UNSPECIFIED_IPV4 : OWN,
          targetMac: 0,
          targetAddress: OWN,
        }),
      );
    });
    expect(events(bench)).toEqual([
      { kind: 'preferred', interfaceIndex: 1, address: OWN, rival: undefined },
    ]);
    expect(bench.core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    [0, [0, 1_000, 2_000, 4_000, 6_000]],
    [0.999, [999, 2_998, 4_997, 6_997, 8_997]],
  ])('waits for random times within their ranges: with random %d', (random, atMs) => {
    const bench = probing({}, () => random);
    expect(bench.pass(60_000).map((sent) => Math.round(sent.atMs))).toEqual(atMs);
  });

  it('is tentative until then: nothing is answered, sent from it, or taken for it', () => {
    const bench = probing();
    bench.pass(5_000);
    expect(states(bench)).toEqual(['tentative']);
    expect(bench.receive(arpRequest())).toEqual([]);
    expect(bench.send()).toEqual([]);
    expect(bench.indications()).toMatchObject([{ kind: 'unreachable' }]);
    bench.receive(ethernetFrame(udpPacket(100, 0, PEER, OWN)));
    expect(bench.indications()).toEqual([]);
    expect(bench.core.interfaces()[0]!.counters).toMatchObject({ rx_dropped: 1, tx_dropped: 1 });
    bench.pass(501);
    expect(states(bench)).toEqual(['preferred']);
    expect(bench.receive(arpRequest())).toHaveLength(1);
    bench.receive(ethernetFrame(udpPacket(100, 0, PEER, OWN)));
    expect(bench.indications()).toMatchObject([{ kind: 'packet' }]);
  });

  it.each([
    ['an announcement of it', CLAIM],
    [
      'a request from it',
      arpRequest({ senderMac: OTHER_MAC, senderAddress: OWN, targetAddress: STRANGER }),
    ],
    ['a reply from it', arpReply({ senderMac: OTHER_MAC, senderAddress: OWN })],
    ['a probe of another station for it', PROBE],
  ])('is never used after %s', (_, frame) => {
    const bench = probing();
    bench.pass(5_400);
    expect(bench.receive(frame)).toEqual([]);
    expect(states(bench)).toEqual(['duplicate']);
    expect(bench.pass(600_000)).toEqual([]);
    expect(bench.receive(arpRequest())).toEqual([]);
    expect(events(bench)).toEqual([
      { kind: 'duplicate', interfaceIndex: 1, address: OWN, rival: OTHER_MAC },
    ]);
    expect(bench.core.counters()).toMatchObject({ arp_conflicts: 1, addresses_given_up: 1 });
  });

  it('is not contested by our own probe, echoed by the wire', () => {
    const bench = probing();
    bench.pass(600);
    bench.receive(arpRequest({ senderMac: OWN_MAC, senderAddress: UNSPECIFIED_IPV4 }));
    expect(states(bench)).toEqual(['tentative']);
  });

  it('is probed for anew if the interface comes up again, or the address is set anew', () => {
    const bench = probing();
    bench.pass(1_000);
    bench.receive(CLAIM);
    bench.core.setInterfaceUp(1, false);
    expect(bench.pass(60_000)).toEqual([]);
    bench.core.setInterfaceUp(1, true);
    expect(states(bench)).toEqual(['tentative']);
    expect(bench.pass(60_000)).toHaveLength(5);
    const kept = bench.core.interfaces()[0]!.addresses;
    const added = { address: ip('192.0.2.77'), prefixLength: 24 };
    bench.core.setAddresses(1, [...kept, added]);
    expect(states(bench)).toEqual(['preferred', 'tentative']);
    expect(bench.pass(60_000)).toHaveLength(5);
    bench.core.setAddresses(1, kept);
    expect(bench.receive(arpRequest({ targetAddress: added.address }))).toEqual([]);
  });

  it('needs dad_transmits probes; with 0 it is in use at once', () => {
    expect(probing({ 'conf.default.dad_transmits': 1 }).pass(60_000)).toHaveLength(3);
    expect(states(probing({ 'conf.default.dad_transmits': 0 }))).toEqual(['preferred']);
  });

  it('goes on in another core where the first was', () => {
    const bench = probing();
    bench.pass(2_500);
    const heir = new Bench();
    heir.core.restore(structuredClone(bench.core.snapshot(2_500)), 0);
    expect(states(heir)).toEqual(['tentative']);
    expect(heir.pass(60_000).map(({ atMs }) => atMs)).toEqual([1_000, 3_000, 5_000]);
  });
});

describe('An address in use that another station claims (RFC 5227 2.4)', () => {
  const defending = (level: number) => new Bench({}, { 'conf.default.arp_defend': level });

  it('is only counted with arp_defend 0, as in Linux', () => {
    const bench = defending(0);
    for (let n = 0; n < 3; n += 1) expect(bench.receive(CLAIM)).toEqual([]);
    expect(bench.core.counters().arp_conflicts).toBe(3);
    expect(states(bench)).toEqual(['preferred']);
    expect(events(bench)).toMatchObject([{ kind: 'conflict', rival: OTHER_MAC }]);
  });

  it('is given up at once with arp_defend 1 (a)', () => {
    const bench = defending(1);
    expect(bench.receive(CLAIM)).toEqual([]);
    expect(states(bench)).toEqual(['duplicate']);
  });

  it('is defended by one announcement with arp_defend 2, and given up at a conflict within 10 s (b)', () => {
    const bench = defending(2);
    const [defence] = bench.receive(CLAIM);
    checkFrame(
      defence!.frame,
      ethernet({ destination: BROADCAST_MAC }),
      arp({ senderAddress: OWN, targetAddress: OWN }),
    );
    bench.pass(10_000);
    expect(bench.receive(CLAIM)).toHaveLength(1);
    bench.pass(9_999);
    expect(bench.receive(CLAIM)).toEqual([]);
    expect(states(bench)).toEqual(['duplicate']);
    expect(events(bench).map(({ kind }) => kind)).toEqual(['conflict', 'conflict', 'duplicate']);
  });

  it('is defended at most once in 10 s with arp_defend 3, and never given up (c)', () => {
    const bench = defending(3);
    const sent = Array.from({ length: 21 }, () => {
      const frames = bench.receive(CLAIM);
      bench.pass(1_000);
      return frames.length;
    });
    expect(sent.reduce((sum, one) => sum + one, 0)).toBe(3);
    expect(states(bench)).toEqual(['preferred']);
    expect(bench.core.counters().arp_conflicts).toBe(21);
  });

  it('is defended against a probe by the answer to it', () => {
    const bench = defending(1);
    expect(bench.receive(PROBE)).toHaveLength(1);
    expect(states(bench)).toEqual(['preferred']);
  });

  it('is not contested by a station of ours on the same wire', () => {
    const bench = defending(1);
    bench.receive(arpRequest({ senderMac: OWN_MAC, senderAddress: OWN, targetAddress: PEER }));
    expect(states(bench)).toEqual(['preferred']);
  });
});
