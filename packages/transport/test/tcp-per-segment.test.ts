import { established, type TcpPeer } from '@strata/simulator';

/** Counts how often the core reads a field. */
function countReads(owner: object, field: string): () => number {
  let reads = 0;
  let value: unknown = Reflect.get(owner, field);
  Object.defineProperty(owner, field, {
    get: () => {
      reads += 1;
      return value;
    },
    set: (changed) => {
      value = changed;
    },
  });
  return () => reads;
}

function connectionOf(peer: TcpPeer) {
  const [tcb] = peer.core.connections();
  return tcb!;
}

describe('the work for a segment', () => {
  // With nothing in flight only the start of a sample reads `recover`.
  const samplesOf = (peer: TcpPeer) => countReads(connectionOf(peer), 'recover');

  it.each([
    ['data', 'ACK', { data: 1460 }],
    ['data with PSH', 'PSH,ACK', { data: 10 }],
    ['a bare acknowledgment of nothing new', 'ACK', {}],
  ] as const)('takes no sample of %s with nothing in flight', (_what, flags, made) => {
    const peer = established();
    const samples = samplesOf(peer);
    for (let i = 0; i < 5; i += 1) peer.inject(flags, made);
    expect(samples()).toBe(0);
  });

  it('takes no sample of data that acknowledges nothing new with data in flight', () => {
    const peer = established();
    peer.write(100);
    const samples = samplesOf(peer);
    peer.inject('ACK', { ack: 1, data: 100 });
    expect(samples()).toBe(0);
    peer.inject('ACK', { ack: 101, data: 100 });
    expect(samples()).toBeGreaterThan(0);
  });

  it('takes a sample of a duplicate ACK (RFC 5681 2)', () => {
    const peer = established();
    peer.write(100);
    peer.inject('ACK', { ack: 1 });
    expect(connectionOf(peer).statistics.duplicateAcks).toBe(1);
  });

  it('still takes the window of a segment that acknowledges nothing new (RFC 9293 3.10.7.4)', () => {
    const peer = established();
    peer.inject('ACK', { win: 0 });
    expect(connectionOf(peer).sndWnd).toBe(0);
    peer.write(100);
    expect(peer.sent()).toEqual([]);
    peer.inject('ACK', { win: 1000 });
    expect(peer.sent()).toHaveLength(1);
  });

  it.each([
    ['data', 'ACK', { data: 100 }],
    ['data beyond a hole', 'ACK', { seq: 2001, data: 100 }],
    ['data and FIN', 'FIN,ACK', { data: 100 }],
    ['neither', 'ACK', {}],
  ] as const)('delivers once for a segment with %s', (_what, flags, made) => {
    const peer = established();
    // With nothing in flight nothing else reads `accepted`.
    const reads = countReads(connectionOf(peer), 'accepted');
    peer.credit(2 ** 30);
    const readsOfOne = reads();
    expect(readsOfOne).toBeGreaterThan(0);
    peer.inject(flags, made);
    expect(reads()).toBe(2 * readsOfOne);
  });
});
