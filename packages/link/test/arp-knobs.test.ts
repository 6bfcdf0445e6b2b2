import { arp, checkFrame, ethernet } from '@strata/conformance/checkers';
import { ARP_REPLY, BROADCAST_MAC, UNSPECIFIED_IPV4 } from '@strata/wire';
import { LinkCore, type LinkRoute, type LinkSysctl } from '../src/index.ts';
import {
  arpReply,
  arpRequest,
  Bench,
  drain,
  ip,
  linkFrame,
  linkRequest,
  OTHER_MAC,
  OWN,
  OWN_MAC,
  PEER,
  STRANGER,
  TAP,
  udpPacket,
} from './support.ts';

const FAR_OWN = ip('198.51.100.2');
const FAR_PEER = ip('198.51.100.9');
const TAP1 = {
  index: 2,
  name: 'tap1',
  mac: 0x020000000102,
  mtu: 1_500,
  addresses: [{ address: FAR_OWN, prefixLength: 24 }],
};

const route = (text: string, interfaceIndex: number, more: Partial<LinkRoute> = {}): LinkRoute => {
  const [network, length] = text.split('/');
  const destination = ip(network!);
  const common = { metric: 0, isUnicast: true, ...more };
  return { destination, prefixLength: Number(length), interfaces: [interfaceIndex], ...common };
};
const ROUTES = [route('192.0.2.0/24', 1), route('198.51.100.0/24', 2), route('0.0.0.0/0', 2)];

/** A core with two interfaces: tap0 in 192.0.2.0/24, tap1 in 198.51.100.0/24. Its clock is at 0. */
function two(sysctl: Partial<LinkSysctl> = {}, forwarding: readonly number[] = [1, 2]): LinkCore {
  const core = new LinkCore(
    { interfaces: [TAP, TAP1], sysctl: { 'conf.default.arp_notify': 0, ...sysctl } },
    () => 0.5,
  );
  core.setRoutes({ routes: ROUTES, forwarding });
  return core;
}

function receive(core: LinkCore, frame: Uint8Array, interfaceIndex = 1, nowMs = 0): Uint8Array[] {
  core.handleFrame(linkFrame(frame, { interfaceIndex }), nowMs);
  return drain(() => core.pollFrame()).map((sent) => sent.frame);
}

const answers = (core: LinkCore, frame: Uint8Array, on = 1) =>
  receive(core, frame, on).length === 1;

describe('arp_ignore', () => {
  const near = arpRequest();
  const far = arpRequest({ targetAddress: FAR_OWN });
  const stranger = arpRequest({ senderAddress: ip('203.0.113.7') });
  const probe = arpRequest({ senderAddress: UNSPECIFIED_IPV4 });

  it.each([
    [0, [true, true, true, true]],
    [1, [true, false, true, true]],
    [2, [true, false, false, true]],
    [3, [true, true, true, true]],
    [4, [true, true, true, true]],
    [8, [false, false, false, false]],
  ])(
    '%d answers requests for the interface, for another one, from another network, and probes: %j',
    (level, wanted) => {
      const core = () => two({ 'conf.all.arp_ignore': level });
      expect([near, far, stranger, probe].map((frame) => answers(core(), frame))).toEqual(wanted);
    },
  );

  it('is the larger one of all and the interface', () => {
    const core = two({ 'conf.all.arp_ignore': 1, 'conf.tap0.arp_ignore': 8 });
    expect(answers(core, near)).toBe(false);
    expect(answers(core, arpRequest({ targetAddress: FAR_OWN }), 2)).toBe(true);
  });
});

describe('arp_filter', () => {
  const fromFar = arpRequest({ senderAddress: FAR_PEER });

  it('answers only where packets to the sender leave through the interface', () => {
    const core = two({ 'conf.tap0.arp_filter': 1 });
    expect(answers(core, arpRequest())).toBe(true);
    expect(answers(core, fromFar)).toBe(false);
    expect(core.counters().ArpFilter).toBe(1);
    expect(core.neighbours(0).map(({ address }) => address)).toEqual([PEER]);
  });

  it('answers where one of several ways to the sender leaves through the interface', () => {
    const core = two({ 'conf.tap0.arp_filter': 1 });
    const both = route('198.51.100.0/24', 1, { interfaces: [2, 1] });
    core.setRoutes({ routes: [both], forwarding: [] });
    expect(answers(core, fromFar)).toBe(true);
  });

  it('answers all with 0, and while network has told no routes', () => {
    expect(answers(two(), fromFar)).toBe(true);
    const sysctl = { 'conf.default.arp_filter': 1, 'conf.default.arp_notify': 0 };
    const core = new LinkCore({ interfaces: [TAP], sysctl }, () => 0.5);
    expect(answers(core, fromFar)).toBe(true);
  });
});

describe('arp_announce', () => {
  /** The sender address of the request for `target`, for a packet from `source`. */
  function senderOf(level: number, source = FAR_OWN, target = PEER): Uint8Array {
    const core = two({ 'conf.all.arp_announce': level });
    core.handleRequest(linkRequest({ nextHop: target, packet: udpPacket(100, 0, source) }), 0);
    return core.pollFrame()!.frame;
  }

  it.each([
    [0, FAR_OWN],
    [1, OWN],
    [2, OWN],
  ])('%d: a packet from an address of another network', (level, senderAddress) => {
    checkFrame(senderOf(level), ethernet(), arp({ senderAddress }));
  });

  it('1 keeps the source of the packet if it is in the network of the target', () => {
    const alias = ip('192.0.2.3');
    const addresses = [...TAP.addresses, { address: alias, prefixLength: 24 }];
    const sender = (level: number) => {
      const bench = new Bench({ addresses }, { 'conf.all.arp_announce': level });
      return bench.send(PEER, { packet: udpPacket(100, 0, alias) })[0]!.frame;
    };
    checkFrame(sender(1), ethernet(), arp({ senderAddress: alias }));
    checkFrame(sender(2), ethernet(), arp({ senderAddress: OWN }));
  });
});

describe('arp_accept', () => {
  const outside = ip('203.0.113.7');
  const gratuitous = arpRequest({ targetAddress: PEER });
  const unsolicited = arpReply({ senderAddress: STRANGER });
  const request = arpRequest({ targetAddress: STRANGER });

  it.each([
    [0, [], []],
    [1, [gratuitous, unsolicited], [PEER, STRANGER]],
    [2, [gratuitous, unsolicited], [PEER, STRANGER]],
  ])('%d makes entries of senders in our network', (level, _, made) => {
    const bench = new Bench({}, { 'conf.all.arp_accept': level });
    for (const frame of [gratuitous, unsolicited, request]) bench.receive(frame);
    expect(bench.core.neighbours(0).map(({ address }) => address)).toEqual(made);
  });

  it.each([
    [1, [outside]],
    [2, []],
  ])('%d and a sender in another network', (level, made) => {
    const bench = new Bench({}, { 'conf.all.arp_accept': level });
    bench.receive(arpRequest({ senderAddress: outside, targetAddress: outside }));
    expect(bench.core.neighbours(0).map(({ address }) => address)).toEqual(made);
  });

  it('never lets a request for another station make an entry', () => {
    const bench = new Bench({}, { 'conf.all.arp_accept': 1 });
    bench.receive(request);
    expect(bench.core.neighbours(0)).toEqual([]);
  });
});

describe('drop_gratuitous_arp', () => {
  it('leaves an entry as it is', () => {
    const bench = new Bench({}, { 'conf.all.drop_gratuitous_arp': 1 });
    bench.send();
    bench.answer();
    bench.receive(arpRequest({ senderMac: OTHER_MAC, targetAddress: PEER }));
    expect(bench.state()).toBe('REACHABLE 20000000001');
  });
});

describe('proxy_arp (RFC 1027)', () => {
  const forFar = arpRequest({ targetAddress: FAR_PEER }, OWN_MAC);
  const on = { 'conf.tap0.proxy_arp': 1 };

  it('answers with our address for a station behind another interface, and learns the sender', () => {
    const core = two(on);
    const [reply] = receive(core, forFar);
    checkFrame(
      reply!,
      ethernet({ source: OWN_MAC }),
      arp({
        operation: ARP_REPLY,
        senderMac: OWN_MAC,
        senderAddress: FAR_PEER,
        targetAddress: PEER,
      }),
    );
    expect(core.neighbours(0)).toMatchObject([{ address: PEER, state: 'STALE' }]);
  });

  it.each([
    ['the interface does not forward', two(on, [2])],
    ['the knob is off', two()],
  ])('does not answer if %s', (_, core) => {
    expect(answers(core, forFar)).toBe(false);
  });

  it('does not answer for a station behind the same interface, nor for one that no route leads to', () => {
    const core = two(on);
    expect(answers(core, arpRequest({ targetAddress: STRANGER }, OWN_MAC))).toBe(false);
    core.setRoutes({ routes: ROUTES.slice(0, 2), forwarding: [1] });
    expect(answers(core, arpRequest({ targetAddress: ip('203.0.113.7') }, OWN_MAC))).toBe(false);
    const refused = route('198.51.100.9/32', 0, { isUnicast: false });
    core.setRoutes({ routes: [...ROUTES, refused], forwarding: [1] });
    expect(answers(core, forFar)).toBe(false);
  });

  it('follows the lowest metric of a prefix', () => {
    const core = two(on);
    const near = route('198.51.100.0/24', 1, { metric: 5 });
    const far = route('198.51.100.0/24', 2, { metric: 9 });
    core.setRoutes({ routes: [far, near], forwarding: [1] });
    expect(answers(core, forFar)).toBe(false);
  });

  it('answers for single addresses that a person has set, without the knob', () => {
    const core = two();
    core.addProxy(1, FAR_PEER);
    expect(answers(core, forFar)).toBe(true);
    expect(answers(core, arpRequest({ targetAddress: ip('198.51.100.10') }, OWN_MAC))).toBe(false);
    core.deleteProxy(1, FAR_PEER);
    expect(answers(core, forFar)).toBe(false);
  });

  it('proxy_arp_pvlan answers for stations behind the same interface (RFC 3069), but no probes of itself', () => {
    const core = two({ 'conf.tap0.proxy_arp_pvlan': 1 });
    expect(answers(core, arpRequest({ targetAddress: STRANGER }, OWN_MAC))).toBe(true);
    expect(answers(core, forFar)).toBe(false);
    expect(answers(core, arpRequest({ targetAddress: PEER }, OWN_MAC))).toBe(false);
  });

  describe('by broadcast', () => {
    const broadcast = arpRequest({ targetAddress: FAR_PEER }, BROADCAST_MAC);

    it('is answered after a random time up to proxy_delay', () => {
      const core = two(on);
      expect(receive(core, broadcast)).toEqual([]);
      expect(core.nextDeadlineMs()).toBe(400);
      core.handleTimeout(399);
      expect(core.pollFrame()).toBeUndefined();
      core.handleTimeout(400);
      expect(core.pollFrame()).toBeDefined();
      expect(core.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
    });

    it('is answered at once if proxy_delay is 0', () => {
      expect(answers(two({ ...on, 'neigh.tap0.proxy_delay': 0 }), broadcast)).toBe(true);
    });

    it('is not answered if the proxy has gone meanwhile', () => {
      const core = two(on);
      receive(core, broadcast);
      core.setSysctl({ 'conf.tap0.proxy_arp': 0 });
      core.handleTimeout(1_000);
      expect(core.pollFrame()).toBeUndefined();
    });

    it('keeps at most proxy_qlen answers of an interface', () => {
      const core = two({ ...on, 'neigh.tap0.proxy_qlen': 3 });
      for (let n = 0; n < 100; n += 1) receive(core, broadcast);
      core.handleTimeout(1_000);
      expect(drain(() => core.pollFrame())).toHaveLength(4);
    });
  });
});
