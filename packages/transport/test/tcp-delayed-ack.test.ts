import { established, type TcpPeer } from '@strata/simulator';

/** Uses up the quick ACKs of a new connection. */
function settled(peer: TcpPeer): TcpPeer {
  for (let i = 0; i < 20; i += 1) {
    peer.inject('PSH,ACK', { data: 10 });
    peer.advance(500);
  }
  peer.sent();
  peer.told();
  return peer;
}

describe('the delayed acknowledgment (RFC 9293 3.8.6.3, T14)', () => {
  it('is sent within 500 ms (MUST-40)', () => {
    const peer = settled(established());
    peer.inject('PSH,ACK', { data: 100 });
    expect(peer.sent()).toEqual([]);
    const lines = peer.advance(500);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/ACK seq=1 ack=301$/);
    expect(Number(lines[0]!.split(' ')[0])).toBeLessThan(500);
  });

  it('is sent at once for every second full segment (SHLD-19)', () => {
    const peer = settled(established());
    peer.inject('ACK', { data: 1460 });
    expect(peer.sent()).toEqual([]);
    peer.inject('ACK', { data: 1460 });
    expect(peer.sent()).toHaveLength(1);
  });

  it('is sent for every second segment that the peer fills, even if it is smaller than the MSS', () => {
    const peer = settled(established());
    for (let i = 0; i < 3; i += 1) {
      peer.inject('ACK', { data: 1000 });
      expect(peer.sent()).toEqual([]);
      peer.inject('ACK', { data: 1000 });
      expect(peer.sent()).toHaveLength(1);
    }
  });

  it('takes no segment as larger than the announced MSS: a device on the path may have joined several', () => {
    const peer = settled(established());
    peer.inject('ACK', { data: 20_000 });
    expect(peer.sent()).toHaveLength(1);
  });

  it('is one for a whole batch', () => {
    const peer = settled(established());
    peer.injectBatch(
      Array.from({ length: 10 }, (_, i) => ['ACK', { seq: 201 + i * 1460, data: 1460 }]),
    );
    expect(peer.sent()).toEqual(['ACK seq=1 ack=14801']);
  });

  it('is sent with data if there is any', () => {
    const peer = settled(established());
    peer.inject('PSH,ACK', { data: 100 });
    peer.write(10);
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=301 len=10']);
    peer.inject('ACK', { ack: 11 });
    expect(peer.advance(1000)).toEqual([]);
  });

  it('is not sent for an ACK: an ACK is never answered by an ACK', () => {
    const peer = established();
    for (let i = 0; i < 5; i += 1) peer.inject('ACK', { seq: 1, ack: 1 });
    expect(peer.advance(10_000)).toEqual([]);
  });

  it('is not delayed if a segment leaves or fills a hole (RFC 5681 4.2)', () => {
    const peer = settled(established());
    peer.inject('ACK', { seq: 1661, data: 1460 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=201']);
    peer.inject('ACK', { seq: 201, data: 1460 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=3121']);
  });

  it('is sent for each segment of a batch while there is a hole: the loss recovery of the peer counts them (RFC 5681 4.2)', () => {
    const peer = settled(established());
    const data = 1460;
    const at = (n: number) => ({ seq: 201 + n * 1460, data });
    peer.injectBatch([
      ['ACK', at(3)],
      ['ACK', at(0)],
      ['ACK', at(1)],
      ['ACK', at(2)],
      ['ACK', at(4)],
    ]);
    expect(peer.sent()).toEqual([
      'ACK seq=1 ack=201',
      'ACK seq=1 ack=1661',
      'ACK seq=1 ack=3121',
      'ACK seq=1 ack=6041',
    ]);
  });
});
