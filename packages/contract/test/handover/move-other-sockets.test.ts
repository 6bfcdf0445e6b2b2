import {
  ADDRESS_A,
  established,
  listening,
  SeededRandom,
  synReceived,
  type TcpPeer,
} from '@strata/simulator';
import {
  availableCongestionControls,
  TransportCore,
  type TransportIndication,
} from '@strata/transport';
import { ipv4Address, isParseError, TcpSegment, UNSPECIFIED_IPV4 } from '@strata/wire';
import { decodeHandover, encodeHandover, shardOfFlow } from '../../src/index.ts';
import { move } from './move.ts';
import { movePeer } from './moved-peer.ts';
import {
  bindDatagramSocket,
  DATAGRAM_SOCKET,
  drain,
  listenTogether,
  makeCore,
} from './other-sockets.ts';
import { PEER_OPTIONS } from './peer-circumstances.ts';
import { emitUdpDatagram } from './udp-datagram.ts';

/** The core's indications to the application. */
function toldBy(core: TransportCore): TransportIndication[] {
  const told: TransportIndication[] = [];
  for (let one = core.pollIndication(); one; one = core.pollIndication()) told.push(one);
  return told;
}

/** The segments that the core sends. */
function sentBy(core: TransportCore): TcpSegment[] {
  const sent: TcpSegment[] = [];
  for (let one = core.pollNetworkRequest(); one; one = core.pollNetworkRequest()) {
    const segment = one.kind === 'send' ? TcpSegment.parse(one.segment) : undefined;
    if (segment !== undefined && !isParseError(segment)) sent.push(segment);
  }
  return sent;
}

const connect = (core: TransportCore, socket: number, nowMs: number) =>
  core.handleRequest(
    {
      kind: 'connect',
      socket,
      endpoint: 'app',
      local: { address: UNSPECIFIED_IPV4, port: 0 },
      remote: { address: ADDRESS_A, port: 443 },
      options: {},
      creditOctets: 0,
    },
    nowMs,
  );

describe('a UDP socket that is moved', () => {
  it('delivers its waiting datagrams in order, as far as the credit allows', () => {
    const [from, to] = [makeCore(), makeCore(-512)];
    bindDatagramSocket(from, 1000);
    drain(from);
    move({ from, fromMs: 1000, to, toMs: 488 });
    to.handleRequest({ kind: 'credit', socket: DATAGRAM_SOCKET, limitOctets: 800 }, 500);
    const told = () => toldBy(to).map((one) => one.kind === 'datagram' && [one.data[0], one.ttl]);
    expect(told()).toEqual([[1, 60]]);
    to.handleRequest({ kind: 'credit', socket: DATAGRAM_SOCKET, limitOctets: 90_000 }, 500);
    expect(told()).toEqual([
      [2, 60],
      [3, 60],
    ]);
  });

  it('has the same room in its queue', () => {
    const [from, to] = [makeCore(), makeCore()];
    bindDatagramSocket(from, 1000);
    drain(from);
    move({ from, fromMs: 1000, to, toMs: 1000 });
    to.handleIndication(emitUdpDatagram(1500, 9), 1000);
    expect(to.counters.UdpRcvbufErrors).toBe(1);
    to.handleIndication(emitUdpDatagram(10, 9), 1000);
    expect(to.counters.UdpRcvbufErrors).toBe(1);
  });
});

describe('a listener that is moved', () => {
  it('gives the next connection to the listener whose turn it is', () => {
    const [from, to] = [makeCore(), makeCore()];
    listenTogether(from, 1000);
    drain(from);
    move({ from, fromMs: 1000, to, toMs: 1000 });
    const [listener] = to.exportSockets(({ kind }) => kind === 'listener', 1000);
    expect(listener?.listener).toMatchObject({ next: 1 });
  });

  it.each([
    ['before', false],
    ['behind', true],
  ])(
    'knows how full its queues are, if its record comes %s those of its connections',
    (_, isReversed) => {
      const peer = listening({ ...PEER_OPTIONS, sysctl: { tcp_syncookies: 0 } }, 1);
      fillAcceptQueue(peer);
      const records = peer.core.takeOut(() => true, peer.nowMs);
      const to = makeCore();
      to.takeIn(isReversed ? records.reverse() : records, peer.nowMs);
      peer.replaceCore(to);
      peer.inject('SYN', { from: 50_000, seq: 5 });
      expect(to.counters.ListenOverflows).toBe(1);
      expect(peer.sent()).toEqual([]);
    },
  );

  it('takes the connections in its queues along, and not the accepted ones', () => {
    const peer = listening(PEER_OPTIONS, 4);
    fillAcceptQueue(peer);
    peer.inject('SYN', { from: 50_000, seq: 5 });
    const records = peer.core.takeOut(64, peer.nowMs);
    const kinds = records.map((one) => Object.keys(one).find((name) => name !== 'version'));
    expect(kinds).toEqual(['listener', 'request', 'connection']);
    expect(peer.core.sockets()).toEqual([]);
  });

  it('completes handshakes that the old stack began, from its queue or from a cookie', () => {
    for (const tcp_syncookies of [1, 2]) {
      const options = { ...PEER_OPTIONS, sysctl: { tcp_syncookies } };
      const peer = synReceived(options);
      movePeer(peer, options);
      peer.advance(100);
      peer.inject('ACK', {
        seq: 1,
        ack: 1,
        options: { timestamps: { value: 800, echo: peer.coreTimestamp } },
      });
      expect(peer.toldKinds()).toEqual(['offer']);
    }
  });

  it('lets an application accept a connection that the old stack offered', () => {
    const peer = synReceived(PEER_OPTIONS);
    peer.inject('ACK', { seq: 1, ack: 1, data: 5 });
    const [offer] = peer.told();
    movePeer(peer, PEER_OPTIONS);
    peer.request({ kind: 'accept', socket: offer!.socket, endpoint: 'app', creditOctets: 100 });
    expect(peer.toldKinds()).toEqual(['data']);
  });
});

/** Leaves a connection in the accept queue. */
function fillAcceptQueue(peer: TcpPeer): void {
  peer.inject('SYN', { seq: 0, options: peer.synOptions });
  const echo = peer.coreTimestamp;
  peer.inject('ACK', { seq: 1, ack: 1, options: { timestamps: { value: 701, echo } } });
  peer.sent();
  peer.told();
}

describe('a stack that is moved', () => {
  it('continues the ports and the initial sequence numbers of the old stack', () => {
    const numbersOf = (isMoved: boolean) => {
      let [core, by] = [makeCore(), 0];
      connect(core, 64, 1000);
      connect(core, 128, 1000);
      drain(core);
      if (isMoved) {
        const to = makeCore(-512);
        move({ from: core, fromMs: 2000, to, toMs: 1488 });
        [core, by] = [to, -512];
      }
      connect(core, 192, 3000 + by);
      connect(core, 256, 3000.5 + by);
      return sentBy(core).map(({ sourcePort, sequence }) => [sourcePort, sequence]);
    };
    expect(numbersOf(true)).toEqual(numbersOf(false));
    expect(numbersOf(true)).toHaveLength(2);
  });

  it('keeps its own port counter if that is further on', () => {
    const [from, to] = [makeCore(), makeCore()];
    connect(from, 64, 1000);
    for (const socket of [128, 192, 256]) connect(to, socket, 1000);
    const before = to.exportStack(1000);
    to.takeIn([from.exportStack(1000)], 1000);
    expect(to.exportStack(1000)).toEqual(before);
  });

  it('has no challenge ACK left if the old stack has sent all of this second', () => {
    const options = {
      ...PEER_OPTIONS,
      sysctl: { tcp_challenge_ack_limit: 1, tcp_invalid_ratelimit: 0 },
    };
    const peer = established(options);
    const invalid = () => peer.inject('SYN', { seq: 7 });
    for (let i = 0; i < 4; i += 1) invalid();
    movePeer(peer, options);
    peer.sent();
    invalid();
    expect(peer.sent()).toEqual([]);
    peer.advance(1000);
    invalid();
    expect(peer.sent()).toHaveLength(1);
  });

  it('does not let timestamps go back if its clock is behind the old one', () => {
    const peer = established({
      ...PEER_OPTIONS,
      synOptions: { mss: 1000, timestamps: { value: 700, echo: 0 } },
    });
    peer.write(10);
    peer.sent();
    const before = peer.coreTimestamp;
    const records = peer.core.takeOut(() => true, peer.nowMs);
    // This core learns that the stack began 300 ms later than the old core learned.
    const to = makeCore(300);
    to.takeIn(records, peer.nowMs);
    peer.replaceCore(to);
    peer.write(10);
    expect(peer.coreTimestamp).toBe(before);
    peer.advance(250);
    expect(peer.coreTimestamp).toBeGreaterThan(before);
  });

  it('keeps the quiet time of the old stack', () => {
    const sysctl = { tcp_quiet_time: 5000 };
    const [from, to] = [makeCore(0, sysctl), makeCore(-512, sysctl)];
    connect(from, 64, 1000);
    drain(from);
    move({ from, fromMs: 1000, to, toMs: 488 });
    expect(to.nextDeadlineMs()).toBe(5000 - 512);
  });
});

describe('the time that records are in transit', () => {
  const retransmissionAt = (transitMs: number | undefined) => {
    const peer = established(PEER_OPTIONS);
    peer.write(100);
    const atMs = peer.core.nextDeadlineMs();
    const records = peer.core.takeOut(() => true, peer.nowMs);
    const to = makeCore();
    to.takeIn(records, peer.nowMs + 30, transitMs);
    return to.nextDeadlineMs() - atMs;
  };

  it('counts if it is known: timers expire when they would have without the move', () => {
    expect(retransmissionAt(30)).toBeCloseTo(0, 6);
  });

  it('does not count otherwise: timers stop meanwhile', () => {
    expect(retransmissionAt(undefined)).toBeCloseTo(30, 6);
  });
});

describe('a shard that is moved', () => {
  it('takes its own flows along, and neither other flows nor listeners', () => {
    const addresses = [{ address: ipv4Address(0xc0000202), prefixLength: 24, mtuOctets: 1500 }];
    const secret = new Uint8Array(16).fill(3);
    const random = new SeededRandom(1);
    const core = new TransportCore({ addresses, secret, shardOf: shardOfFlow }, random.next);
    listenTogether(core, 1000);
    for (let i = 1; i <= 40; i += 1) connect(core, i * 64 + (i % 3), 1000);
    drain(core);
    const before = core.sockets().length;
    const moved = core.takeOut(({ shard }) => shard === 2, 1000);
    expect(moved).toHaveLength(13);
    for (const { connection } of moved) expect((connection?.['socket'] as number) % 64).toBe(2);
    expect(core.sockets()).toHaveLength(before - 13);
  });
});

describe('the numbers of a congestion control', () => {
  it.each(availableCongestionControls())('are carried completely: %s', (congestionControl) => {
    const options = { ...PEER_OPTIONS, socketOptions: { congestionControl } };
    const peer = synReceived(options);
    peer.inject('ACK', { seq: 1, ack: 1 });
    const records = peer.core.exportSockets(() => true, peer.nowMs);
    const to = makeCore();
    to.takeIn(
      records.map((record) => decodeHandover(encodeHandover(record))),
      peer.nowMs,
    );
    const [was, is] = [peer.core, to].map((core) => [...core.connections()][0]!.congestion);
    expect(was?.name).toBe(congestionControl);
    expect(is).toEqual(was);
  });
});
