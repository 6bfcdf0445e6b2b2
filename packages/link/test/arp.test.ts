import { arp, checkFrame, ethernet } from '@strata/conformance/checkers';
import {
  ARP_REPLY,
  ARP_REQUEST,
  BROADCAST_MAC,
  ETHERTYPE_ARP,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { LinkCore } from '../src/index.ts';
import {
  arpReply,
  arpRequest,
  Bench,
  drain,
  ip,
  linkFrame,
  OTHER_MAC,
  OWN,
  OWN_MAC,
  PEER,
  PEER_MAC,
  STRANGER,
  TAP,
  udpPacket,
} from './support.ts';

describe('An ARP request for our address (RFC 826)', () => {
  it('is answered to its sender, and the sender is learnt', () => {
    const bench = new Bench();
    const [reply, ...more] = bench.receive(arpRequest());
    expect(more).toEqual([]);
    checkFrame(
      reply!.frame,
      ethernet({ source: OWN_MAC, destination: PEER_MAC, etherType: ETHERTYPE_ARP }),
      arp({
        operation: ARP_REPLY,
        senderMac: OWN_MAC,
        senderAddress: OWN,
        targetMac: PEER_MAC,
        targetAddress: PEER,
      }),
    );
    expect(reply!.frame.byteLength).toBe(60);
    expect(bench.state()).toBe('STALE 20000000001');
    expect(bench.core.counters()).toMatchObject({ arp_received: 1, arp_replies_sent: 1 });
    expect(bench.indications()).toEqual([]);
  });

  it('replaces the known address of its sender', () => {
    const bench = new Bench();
    bench.send();
    bench.answer();
    bench.receive(arpRequest({ senderMac: OTHER_MAC }));
    expect(bench.state()).toBe('STALE 200000000ee');
  });

  it('is answered on any interface (arp_ignore 0)', () => {
    const second = {
      ...TAP,
      index: 2,
      name: 'tap1',
      mac: 0x020000000003,
      addresses: [{ address: ip('198.51.100.2'), prefixLength: 24 }],
    };
    const core = new LinkCore({ interfaces: [TAP, second] }, () => 0.5);
    drain(() => core.pollFrame());
    core.handleFrame(linkFrame(arpRequest(), { interfaceIndex: 2 }), 0);
    const [reply] = drain(() => core.pollFrame());
    expect(reply!.interfaceIndex).toBe(2);
    checkFrame(
      reply!.frame,
      ethernet({ source: 0x020000000003 }),
      arp({ senderMac: 0x020000000003, senderAddress: OWN }),
    );
  });

  it('is answered but not learnt if it is a probe of a station without address (RFC 5227 2.1.1)', () => {
    const bench = new Bench();
    const [reply] = bench.receive(arpRequest({ senderAddress: UNSPECIFIED_IPV4 }));
    checkFrame(
      reply!.frame,
      ethernet({ destination: PEER_MAC }),
      arp({ operation: ARP_REPLY, targetAddress: UNSPECIFIED_IPV4 }),
    );
    expect(bench.core.neighbours(0)).toEqual([]);
  });

  it('is not answered by an interface without ARP', () => {
    const bench = new Bench({ arp: false });
    expect(bench.receive(arpRequest())).toEqual([]);
    expect(bench.tap.rx_nohandler).toBe(1);
  });
});

describe('An ARP request for another address', () => {
  it('is neither answered nor makes an entry', () => {
    const bench = new Bench();
    expect(bench.receive(arpRequest({ targetAddress: STRANGER }))).toEqual([]);
    expect(bench.core.neighbours(0)).toEqual([]);
  });

  it('changes an existing entry that is older than locktime', () => {
    const bench = new Bench();
    bench.send();
    bench.answer();
    const request = arpRequest({ targetAddress: STRANGER, senderMac: OTHER_MAC });
    bench.pass(1_000);
    bench.receive(request);
    expect(bench.state()).toBe('REACHABLE 20000000001');
    bench.pass(1);
    bench.receive(request);
    expect(bench.state()).toBe('STALE 200000000ee');
  });
});

describe('An ARP reply', () => {
  it('makes no entry if nobody asked', () => {
    const bench = new Bench();
    bench.answer();
    expect(bench.core.neighbours(0)).toEqual([]);
  });

  it('to us makes the neighbour reachable', () => {
    const bench = new Bench();
    bench.send();
    bench.answer();
    expect(bench.state()).toBe('REACHABLE 20000000001');
  });

  it('by broadcast proves only the address', () => {
    const bench = new Bench();
    bench.receive(arpRequest());
    bench.receive(arpReply({}, BROADCAST_MAC));
    expect(bench.state()).toBe('STALE 20000000001');
  });

  it('from a second station is ignored within locktime', () => {
    const bench = new Bench();
    bench.send();
    bench.answer();
    bench.answer(OTHER_MAC);
    expect(bench.state()).toBe('REACHABLE 20000000001');
    bench.pass(1_001);
    bench.answer(OTHER_MAC);
    expect(bench.state()).toBe('REACHABLE 200000000ee');
  });
});

describe('locktime', () => {
  it('counts from the last change, not from the last answer that said the same', () => {
    const bench = new Bench();
    bench.send();
    bench.answer();
    bench.pass(900);
    bench.answer();
    bench.pass(101);
    bench.answer(OTHER_MAC);
    expect(bench.state()).toBe('REACHABLE 200000000ee');
    bench.answer();
    expect(bench.state()).toBe('REACHABLE 200000000ee');
  });
});

describe('Gratuitous ARP', () => {
  it.each([
    ['request', arpRequest({ senderMac: OTHER_MAC, targetAddress: PEER })],
    [
      'reply',
      arpReply({ senderMac: OTHER_MAC, targetMac: OTHER_MAC, targetAddress: PEER }, BROADCAST_MAC),
    ],
  ])('%s changes an entry at once, locktime or not', (_name, frame) => {
    const bench = new Bench();
    bench.send();
    bench.answer();
    expect(bench.receive(frame)).toEqual([]);
    expect(bench.state()).toBe('STALE 200000000ee');
  });

  it('makes an entry only with arp_accept', () => {
    const frame = arpRequest({ targetAddress: PEER });
    const bench = new Bench();
    bench.receive(frame);
    expect(bench.state()).toBe('none');
    bench.core.setSysctl({ 'conf.tap0.arp_accept': 1 });
    bench.receive(frame);
    expect(bench.state()).toBe('STALE 20000000001');
  });

  it('is sent for each address of an interface that is up from the start, comes up, or is told to', () => {
    const addresses = [...TAP.addresses, { address: ip('198.51.100.2'), prefixLength: 24 }];
    const core = new LinkCore({ interfaces: [{ ...TAP, addresses }] }, () => 0.5);
    const announced = () => {
      const frames = drain(() => core.pollFrame());
      expect(frames).toHaveLength(2);
      frames.forEach(({ frame }, index) => {
        const { address } = addresses[index]!;
        checkFrame(
          frame,
          ethernet({ source: OWN_MAC, destination: BROADCAST_MAC }),
          arp({
            operation: ARP_REQUEST,
            senderMac: OWN_MAC,
            senderAddress: address,
            targetMac: 0,
            targetAddress: address,
          }),
        );
      });
    };
    announced();
    core.setInterfaceUp(1, true);
    expect(core.pollFrame()).toBeUndefined();
    core.setInterfaceUp(1, false);
    core.announce(1);
    expect(core.pollFrame()).toBeUndefined();
    core.setInterfaceUp(1, true);
    announced();
    core.announce(1);
    announced();
    core.setSysctl({ 'conf.tap0.arp_notify': 0 });
    core.setInterfaceUp(1, false);
    core.setInterfaceUp(1, true);
    expect(core.pollFrame()).toBeUndefined();
  });
});

describe('An ARP packet that claims our address (RFC 5227 2.4)', () => {
  it.each([
    ['an announcement', arpRequest({ senderAddress: OWN, targetAddress: OWN })],
    ['a request', arpRequest({ senderAddress: OWN, targetAddress: STRANGER })],
    ['a reply', arpReply({ senderAddress: OWN })],
  ])('is counted, not learnt and not answered: %s', (_name, frame) => {
    const bench = new Bench({}, { 'conf.default.arp_defend': 0 });
    expect(bench.receive(frame)).toEqual([]);
    expect(bench.core.counters().arp_conflicts).toBe(1);
    expect(bench.core.neighbours(0)).toEqual([]);
  });

  it('is no conflict if it is our own packet, echoed by the wire', () => {
    const bench = new Bench();
    bench.receive(arpRequest({ senderMac: OWN_MAC, senderAddress: OWN, targetAddress: OWN }));
    expect(bench.core.counters().arp_conflicts).toBe(0);
  });
});

describe('A bad ARP packet', () => {
  it.each([
    ['a group as sender', arpRequest({ senderMac: 0x01005e000001 })],
    ['everybody as sender', arpRequest({ senderMac: BROADCAST_MAC })],
    ['sender 00:00:00:00:00:00', arpRequest({ senderMac: 0 })],
    ['a multicast sender address', arpRequest({ senderAddress: ip('224.0.0.1') })],
    ['the broadcast sender address', arpRequest({ senderAddress: ip('255.255.255.255') })],
    ['a loopback sender address', arpRequest({ senderAddress: ip('127.0.0.1') })],
    ['a multicast target', arpRequest({ targetAddress: ip('224.0.0.1') })],
    ['another operation', arpRequest({ operation: 3 })],
    ['another hardware type', arpRequest().fill(6, 15, 16)],
    ['too few octets', arpRequest().slice(0, 41)],
  ])('is counted and otherwise ignored: %s', (_name, frame) => {
    const bench = new Bench();
    bench.send();
    expect(bench.receive(frame)).toEqual([]);
    expect(bench.core.counters().arp_bad).toBe(1);
    expect(bench.core.neighbours(0).map(({ state }) => state)).toEqual(['INCOMPLETE']);
  });
});

describe('An ARP request of ours', () => {
  it('is a broadcast, from the source address of the waiting packet (arp_announce 0)', () => {
    const alias = ip('198.51.100.2');
    const bench = new Bench({
      addresses: [...TAP.addresses, { address: alias, prefixLength: 24 }],
    });
    const [first] = bench.send(PEER, { packet: udpPacket(100, 0, alias) });
    checkFrame(
      first!.frame,
      ethernet({ source: OWN_MAC, destination: BROADCAST_MAC, etherType: ETHERTYPE_ARP }),
      arp({
        operation: ARP_REQUEST,
        senderMac: OWN_MAC,
        senderAddress: alias,
        targetMac: 0,
        targetAddress: PEER,
      }),
    );
  });

  it('comes from an address of the same subnet if the packet is not from us', () => {
    const alias = ip('198.51.100.2');
    const bench = new Bench({
      addresses: [{ address: alias, prefixLength: 24 }, ...TAP.addresses],
    });
    const [first] = bench.send(PEER, { packet: udpPacket(100, 0, STRANGER) });
    checkFrame(first!.frame, ethernet(), arp({ senderAddress: OWN }));
  });
});
