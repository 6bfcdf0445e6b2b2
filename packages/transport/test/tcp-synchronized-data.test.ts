import { established, SYNCHRONIZED_STATES, type TcpPeer } from '@strata/simulator';
import { AFTER_FIN, enter, oldAck, RECEIVING } from './synchronized-kit.ts';

describe('seventh, the data (RFC 9293 3.10.7.4)', () => {
  it.each(RECEIVING)('%s: it is accepted and acknowledged', (name) => {
    const { peer, sndNxt } = enter(name);
    peer.inject('PSH,ACK', { seq: 1, ack: oldAck(name), data: 'hello' });
    expect(peer.told()).toMatchObject([{ kind: 'data', offset: 0 }]);
    expect([...peer.sent(), ...peer.advance(250)].join()).toContain(`ACK seq=${sndNxt} ack=6`);
    expect(peer.state).toBe(name);
  });

  it.each(AFTER_FIN)('%s: data after the FIN is dropped', (name) => {
    const { peer, rcvNxt } = enter(name);
    peer.inject('PSH,ACK', { seq: rcvNxt, ack: oldAck(name), data: 10 });
    expect(peer.told()).toEqual([]);
    expect(peer.state).toBe(name);
    for (const line of peer.sent()) expect(line).toContain(`ack=${rcvNxt}`);
  });

  it('duplicate octets are trimmed at the left', () => {
    const { peer } = enter('ESTABLISHED');
    peer.inject('PSH,ACK', { seq: 1, data: 'abc' });
    peer.inject('PSH,ACK', { seq: 2, data: 'bcdef' });
    expect(dataOf(peer)).toEqual([
      [0, 'abc'],
      [3, 'def'],
    ]);
  });

  it('octets beyond the window are trimmed at the right, with the FIN', () => {
    const peer = SYNCHRONIZED_STATES.ESTABLISHED({
      socketOptions: { receiveBufferOctets: 4096 },
      creditOctets: 0,
    });
    peer.inject('FIN,ACK', { seq: 1, data: 5000 });
    const [line] = peer.sent();
    const taken = Number(/ack=(\d+)/.exec(line ?? '')?.[1]) - 1;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(4096);
    expect(peer.state).toBe('ESTABLISHED');
    peer.credit(10_000);
    expect(peer.told()).toMatchObject([{ kind: 'data', data: { byteLength: taken } }]);
  });

  it('out-of-order segments are put in order (T5)', () => {
    const { peer } = enter('ESTABLISHED');
    peer.inject('ACK', { seq: 7, data: 'ghi' });
    peer.inject('ACK', { seq: 4, data: 'def' });
    expect(peer.told()).toEqual([]);
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1', 'ACK seq=1 ack=1']);
    peer.inject('ACK', { seq: 1, data: 'abc' });
    expect(
      dataOf(peer)
        .map(([, text]) => text)
        .join(''),
    ).toBe('abcdefghi');
    expect(peer.sent()).toEqual(['ACK seq=1 ack=10']);
  });

  it('overlaps of all kinds leave each octet once, the first one received (T5)', () => {
    const { peer } = enter('ESTABLISHED');
    peer.inject('ACK', { seq: 5, data: 'EFGH' });
    peer.inject('ACK', { seq: 3, data: 'cdefghij' });
    peer.inject('ACK', { seq: 6, data: 'xxx' });
    peer.inject('ACK', { seq: 1, data: 'abc' });
    const text = dataOf(peer)
      .map(([, part]) => part)
      .join('');
    expect(text.toLowerCase()).toBe('abcdefghij');
  });
});

describe('eighth, FIN (RFC 9293 3.10.7.4)', () => {
  it.each([
    ['ESTABLISHED', 'CLOSE-WAIT', ['end']],
    ['FIN-WAIT-1', 'CLOSING', ['end']],
    ['FIN-WAIT-2', 'TIME-WAIT', ['end', 'closed: finished']],
  ] as const)('%s: it leads to %s and is acknowledged', (name, next, told) => {
    const { peer, sndNxt } = enter(name);
    peer.inject('FIN,ACK', { seq: 1, ack: oldAck(name) });
    expect(peer.state).toBe(next);
    expect(peer.toldKinds()).toEqual(told);
    expect([...peer.sent(), ...peer.advance(40)].join()).toContain(`ACK seq=${sndNxt} ack=2`);
  });

  it('FIN-WAIT-1: a FIN with the ACK of ours leads straight to TIME-WAIT', () => {
    const { peer } = enter('FIN-WAIT-1');
    peer.inject('FIN,ACK', { seq: 1, ack: 2 });
    expect(peer.state).toBe('TIME-WAIT');
    expect(peer.sent()).toEqual(['ACK seq=2 ack=2']);
    expect(peer.toldKinds()).toEqual(['end', 'closed: finished']);
  });

  it.each(AFTER_FIN)('%s: a retransmitted FIN changes nothing and is acknowledged', (name) => {
    const { peer, ack } = enter(name);
    peer.inject('FIN,ACK', { seq: 1, ack: oldAck(name) });
    expect(peer.state).toBe(name);
    expect(peer.sent()).toContain(ack);
    expect(peer.told()).toEqual([]);
  });

  it('is processed once the data before it has arrived', () => {
    const { peer } = enter('ESTABLISHED');
    peer.inject('FIN,ACK', { seq: 6, data: 'fghij' });
    expect(peer.state).toBe('ESTABLISHED');
    peer.inject('ACK', { seq: 1, data: 'abcde' });
    expect(peer.state).toBe('CLOSE-WAIT');
    expect(peer.sent().at(-1)).toBe('ACK seq=1 ack=12');
    expect(peer.toldKinds().at(-1)).toBe('end');
  });

  it('is indicated after the data that the application has not taken yet', () => {
    const peer = SYNCHRONIZED_STATES.ESTABLISHED({ creditOctets: 0 });
    peer.inject('FIN,ACK', { seq: 1, data: 'abcde' });
    expect(peer.state).toBe('CLOSE-WAIT');
    expect(peer.told()).toEqual([]);
    peer.credit(3);
    expect(peer.toldKinds()).toEqual(['data']);
    peer.credit(5);
    expect(peer.toldKinds()).toEqual(['data', 'end']);
  });
});

function dataOf(peer: TcpPeer): [number, string][] {
  return peer
    .told()
    .flatMap((told) =>
      told.kind === 'data'
        ? [[told.offset, String.fromCharCode(...told.data)] as [number, string]]
        : [],
    );
}

describe('duplicates (RFC 2883)', () => {
  it.each([
    [1, '<sack 1-11>'],
    [0, ''],
  ])('are reported where tcp_dsack is %i: %s', (tcp_dsack, options) => {
    const peer = established({
      synOptions: { mss: 1460, sackPermitted: true },
      sysctl: { tcp_dsack },
    });
    peer.inject('PSH,ACK', { seq: 1, data: 10 });
    peer.sent();
    peer.inject('PSH,ACK', { seq: 1, data: 10 });
    expect(peer.sentInFull().at(-1)).toMatch(new RegExp(`ack=11 win=\\d+ ?${options}$`));
    expect(peer.core.counters.TCPDSACKOldSent).toBe(tcp_dsack);
  });
});
