import { synReceived, type TcpPeer } from '@strata/simulator';

const MSS = 1448;
const RTT_MS = 40;

/** First sequence number of the n-th segment, from 1. */
const at = (n: number) => 1 + (n - 1) * MSS;

/** The retransmissions: segments below the eleventh. */
const again = (lines: readonly string[]) =>
  lines.map((line) => (Number(/seq=(\d+)/.exec(line)![1]) - 1) / MSS + 1).filter((n) => n < 11);

/**
 * Ten segments in flight; a round trip later the last three are SACKed. The others are marked lost,
 * and three are retransmitted.
 */
function sevenDeemedLost() {
  const synOptions = { mss: 1460, sackPermitted: true, timestamps: { value: 1, echo: 0 } };
  const peer = synReceived({ synOptions, maxPduOctets: 1 });
  const ack = (n: number, echo: number, sack?: [number, number]) => {
    const timestamps = { value: Math.floor(peer.nowMs), echo };
    const number = (k: number) => (peer.coreIss + at(k)) >>> 0;
    const blocks = sack && { sack: [{ left: number(sack[0]), right: number(sack[1]) }] };
    peer.inject('ACK', { seq: 1, ack: at(n), options: { timestamps, ...blocks } });
    return peer.sent();
  };
  peer.advance(RTT_MS);
  ack(1, peer.coreTimestamp);
  peer.accept();
  peer.write(300 * MSS);
  expect(peer.sent()).toHaveLength(10);
  const original = peer.coreTimestamp;
  peer.advance(RTT_MS);
  expect(again(ack(1, original, [8, 11]))).toEqual([1, 2, 3]);
  return { peer, ack, original };
}

const counters = (peer: TcpPeer) => peer.core.counters;

describe('data marked lost that is only late (RFC 3522, RFC 4015; T13)', () => {
  it('is no longer retransmitted once an acknowledgment answers the original transmission', () => {
    const { peer, ack, original } = sevenDeemedLost();
    peer.advance(1);
    expect(again(ack(2, original, [8, 11]))).toEqual([]);
    expect(again(ack(3, original, [8, 11]))).toEqual([]);
    expect(counters(peer).TCPTSReorder).toBe(2);
    expect(counters(peer).TCPPartialUndo).toBe(0);
  });

  it('has its reduction undone when all retransmissions are acknowledged', () => {
    const { peer, ack, original } = sevenDeemedLost();
    peer.advance(1);
    ack(2, original, [8, 11]);
    expect(again(ack(4, original, [8, 11]))).toEqual([]);
    expect(counters(peer).TCPPartialUndo).toBe(1);
  });

  it('is retransmitted if the acknowledgment answers the retransmission', () => {
    const { peer, ack } = sevenDeemedLost();
    const resent = peer.coreTimestamp;
    peer.advance(RTT_MS);
    expect(again(ack(2, resent, [8, 11]))).toContain(4);
    expect(counters(peer).TCPTSReorder).toBe(0);
  });
});
