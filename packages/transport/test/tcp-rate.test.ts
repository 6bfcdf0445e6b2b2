import {
  ADDRESS_B,
  createTcpPair,
  listening,
  synReceived,
  type TcpPeer,
  type TcpPeerOptions,
} from '@strata/simulator';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { deliveryRate, finishRateSample } from '../src/tcp/send/rate.ts';
import { createRate } from '../src/tcp/state/send.ts';

const MSS = 1460;
const at = (n: number) => 1 + (n - 1) * MSS;

/** ESTABLISHED after a handshake with this round trip. */
function establishedAfter(rttMs: number, options: TcpPeerOptions = {}): TcpPeer {
  const peer = synReceived({ maxPduOctets: 1, ...options });
  peer.advance(rttMs);
  peer.inject('ACK', { seq: 1, ack: 1 });
  return peer.accept();
}

function infoOf(peer: TcpPeer) {
  return peer.core.sockets(peer.nowMs).find((socket) => socket.tcp !== undefined)!.tcp!;
}

describe('the delivery rate (draft-cheng-iccrg-delivery-rate-estimation)', () => {
  it('is not known before anything was delivered', () => {
    expect(infoOf(establishedAfter(100)).deliveryRate).toBe(-1);
  });

  it('is what was delivered in a round trip', () => {
    const peer = establishedAfter(100);
    peer.write(400 * MSS);
    peer.advance(100);
    peer.inject('ACK', { seq: 1, ack: at(11) });
    expect(infoOf(peer)).toMatchObject({ deliveryRate: 100 * MSS, isAppLimited: true });
    peer.advance(100);
    peer.inject('ACK', { seq: 1, ack: at(31) });
    // Before the first write the sender was short of data, since then it was not.
    expect(infoOf(peer)).toMatchObject({ deliveryRate: 200 * MSS, isAppLimited: false });
  });

  it('counts SACKed data when it is SACKed, and not again when it is acknowledged', () => {
    const peer = establishedAfter(100, { synOptions: { mss: MSS, sackPermitted: true } });
    peer.write(400 * MSS);
    peer.advance(100);
    const start = (peer.coreIss + at(2)) >>> 0;
    const end = (peer.coreIss + at(11)) >>> 0;
    const options = { sack: [{ left: start, right: end }] };
    peer.inject('ACK', { seq: 1, ack: 1, options });
    expect(infoOf(peer).deliveryRate).toBe(90 * MSS);
    const { deliveredSegments } = infoOf(peer);
    peer.advance(10);
    peer.inject('ACK', { seq: 1, ack: at(11) });
    expect(infoOf(peer).deliveredSegments).toBe(deliveredSegments + 1);
  });

  it.each([
    ['sent in 200 ms, acknowledged in 100', 200, 200, 5000],
    ['sent in 100 ms, acknowledged in 200', 100, 300, 5000],
    ['sent and acknowledged in 100', 100, 200, 10_000],
  ])(
    'uses the longer of the send and the ACK interval: 1,000 octets %s',
    (_, sentIn, ackedAt, rate) => {
      const state = createRate(0);
      const stamp = {
        deliveredOctets: 0,
        deliveredAtMs: 100,
        firstSentAtMs: 0,
        isAppLimited: false,
      };
      // The send interval begins at 0, the ACK interval at 100.
      const sample = { stamp, sentAtMs: sentIn, order: 1, segments: 1 };
      finishRateSample(state, sample, 1000, 50, ackedAt);
      expect(deliveryRate(state)).toBe(rate);
    },
  );

  it('is a lower bound if the application wrote less than the window allows', () => {
    const peer = establishedAfter(100);
    peer.write(2 * MSS);
    peer.advance(100);
    peer.inject('ACK', { seq: 1, ack: at(3) });
    expect(infoOf(peer)).toMatchObject({ deliveryRate: 20 * MSS, isAppLimited: true });
    // A slower app-limited sample changes nothing, a faster one does.
    peer.write(MSS);
    peer.advance(100);
    peer.inject('ACK', { seq: 1, ack: at(4) });
    expect(infoOf(peer).deliveryRate).toBe(20 * MSS);
    peer.write(5 * MSS);
    peer.advance(100);
    peer.inject('ACK', { seq: 1, ack: at(9) });
    expect(infoOf(peer)).toMatchObject({ deliveryRate: 50 * MSS, isAppLimited: true });
  });

  it('is that of the network again once the sender is no longer short of data', () => {
    const peer = establishedAfter(100);
    peer.write(2 * MSS);
    peer.advance(100);
    peer.inject('ACK', { seq: 1, ack: at(3) });
    peer.write(400 * MSS);
    peer.advance(100);
    peer.inject('ACK', { seq: 1, ack: at(13) });
    peer.advance(100);
    peer.inject('ACK', { seq: 1, ack: at(33) });
    expect(infoOf(peer).isAppLimited).toBe(false);
  });

  it('takes no sample shorter than a round trip: the ACK answers the original transmission', () => {
    const state = createRate(0);
    const stamp = { deliveredOctets: 0, deliveredAtMs: 90, firstSentAtMs: 80, isAppLimited: false };
    finishRateSample(state, { stamp, sentAtMs: 100, order: 1, segments: 1 }, 1000, 50, 110);
    expect(deliveryRate(state)).toBe(-1);
    expect(state.deliveredOctets).toBe(1000);
  });

  it('matches the rate of a bottleneck', () => {
    const stream = { send: 2_000_000, sendSeed: 1, expect: 0, expectSeed: 2 };
    const remote = { address: ADDRESS_B, port: 80 };
    const local = { address: UNSPECIFIED_IPV4, port: 80 };
    const receiver = { send: 0, sendSeed: 2, expect: 2_000_000, expectSeed: 1 };
    const { pair, cores } = createTcpPair(1, {
      a: { connect: [{ remote, stream }] },
      b: { listen: [{ local, stream: () => receiver }] },
      wire: { delayMs: 10, rateOctetsPerSecond: 1_000_000 },
    });
    pair.run(1500);
    const info = cores[0].sockets().find(({ tcp }) => tcp !== undefined)!.tcp!;
    // 1,448 octets of data in each packet of 1,500.
    expect(info.deliveryRate / 965_333).toBeCloseTo(1, 2);
    expect(info.minRttMs).toBeGreaterThan(20);
    expect(info.minRttMs).toBeLessThan(25);
  });
});

describe('delivered segments', () => {
  it('are counted by acknowledgments, those with ECE apart (TCPDelivered, TCPDeliveredCE)', () => {
    const peer = listening({ maxPduOctets: 1 });
    peer.inject('SYN,ECE,CWR', { options: { mss: MSS } });
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.accept();
    const { counters } = peer.core;
    const before = counters.TCPDelivered;
    peer.write(10 * MSS);
    peer.inject('ACK', { seq: 1, ack: at(5) });
    peer.inject('ECE,ACK', { seq: 1, ack: at(8) });
    expect([counters.TCPDelivered - before, counters.TCPDeliveredCE]).toEqual([7, 3]);
    expect(infoOf(peer).deliveredCeSegments).toBe(3);
  });
});
