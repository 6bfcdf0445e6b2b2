import { synReceived } from '@strata/simulator';
import { afterRoundTrip, infoOf, MSS, RTT_MS, sack } from './recovery-kit.ts';

describe('the four parts of the stream (RFC 9293 3.3.1) in tcp_info', () => {
  it('add up to the octets written, also with segments SACKed, lost and retransmitted', () => {
    const peer = afterRoundTrip();
    peer.write(100 * MSS);
    peer.sent();
    peer.advance(RTT_MS);
    sack(peer, 1, [4, 11]);
    const info = infoOf(peer);
    expect(info.lostSegments + info.resentSegments).toBeGreaterThan(0);
    expect(info.inFlightOctets).toBe((info.sndNxt - info.sndUna) >>> 0);
    const { acknowledgedOctets, inFlightOctets, sendableOctets, notSendableOctets } = info;
    expect(acknowledgedOctets + inFlightOctets + sendableOctets + notSendableOctets).toBe(
      100 * MSS,
    );
    expect(info.pipeOctets).toBeLessThan(info.inFlightOctets);
  });

  it('are whole octets although cwnd grows by fractions', () => {
    const peer = afterRoundTrip({ sysctl: { tcp_congestion_control: 'cubic' } });
    peer.write(100 * MSS);
    peer.sent();
    peer.advance(RTT_MS);
    // A loss, and then congestion avoidance.
    sack(peer, 1, [2, 11]);
    peer.advance(RTT_MS);
    for (let n = 12; n < 30; n += 1) {
      sack(peer, n);
      peer.advance(RTT_MS / 10);
      const { sendableOctets, notSendableOctets, sndNxt, iss } = infoOf(peer);
      expect(Number.isInteger(sendableOctets)).toBe(true);
      expect(sendableOctets + notSendableOctets).toBe(100 * MSS - (((sndNxt - iss) >>> 0) - 1));
    }
  });
});

describe('values of tcp_info that match Linux', () => {
  it('tcpi_advmss is the MSS of the SYN, less the timestamps that each segment carries', () => {
    const without = afterRoundTrip();
    expect(infoOf(without).advertisedMssOctets).toBe(1460);
    const peer = synReceived({ synOptions: { mss: MSS, timestamps: { value: 1, echo: 0 } } });
    peer.inject('ACK', { seq: 1, ack: 1, options: { timestamps: { value: 2, echo: 0 } } });
    expect(infoOf(peer)).toMatchObject({ timestamps: true, advertisedMssOctets: 1448 });
  });

  it('tcpi_rcv_space is an initial window before the first measurement', () => {
    expect(infoOf(afterRoundTrip()).receiveSpaceOctets).toBe(10 * MSS);
  });
});

describe('a list of many connections', () => {
  it('takes no more than a few times what JSON takes to write it, since all connections wait meanwhile', () => {
    const peer = afterRoundTrip();
    const info = infoOf(peer);
    const leastMs = (action: () => unknown) => {
      let least = Infinity;
      for (let round = 0; round < 10; round += 1) {
        const startedMs = performance.now();
        for (let n = 0; n < 200; n += 1) action();
        least = Math.min(least, performance.now() - startedMs);
      }
      return least;
    };
    const ratio = leastMs(() => infoOf(peer)) / leastMs(() => JSON.stringify(info));
    // About 4; it was 80 when the objects were built by spread.
    expect(ratio).toBeLessThan(20);
  });
});
