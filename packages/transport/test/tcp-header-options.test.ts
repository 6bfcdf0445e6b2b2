import { established, listening, TcpPeer } from '@strata/simulator';
import { fromHex, withOptions } from './raw-options.ts';

describe('the window field (RFC 9293 3.1)', () => {
  const windowAfter = (win: number, windowScale?: number) => {
    const peer = established({ synOptions: { mss: 1460, windowScale } });
    peer.inject('ACK', { seq: 1, ack: 1, win });
    return peer.core.sockets().find((socket) => socket.tcp !== undefined)?.tcp?.sendWindowOctets;
  };

  it.each([32_767, 32_768, 65_535])('%i is an unsigned number of octets (MUST-1)', (win) => {
    expect(windowAfter(win)).toBe(win);
  });

  it('is kept as a 32-bit number: 65,535 with the largest shift is 1,073,725,440 (REC-1)', () => {
    expect(windowAfter(65_535, 14)).toBe(65_535 * 2 ** 14);
  });
});

describe('the options of a segment (RFC 9293 3.1)', () => {
  it.each([
    ['MSS, which belongs to SYN alone', '020405b4'],
    ['SACK permitted, which belongs to SYN alone', '01010402'],
    ['a window scale, which belongs to SYN alone', '01030307'],
    ['no operation and end of list', '01010100'],
    ['one that nobody has defined', 'e904abcd'],
    ['one of 10 octets that nobody has defined', 'e90a0102030405060708 0000'],
  ])('may be in any segment: %s leaves a data segment as it is (MUST-5, MUST-6)', (_, hex) => {
    const peer = established();
    const before = peer.core.sockets().find((socket) => socket.tcp !== undefined)?.tcp;
    peer.injectRaw(withOptions(peer, 'PSH,ACK', hex, { seq: 1, data: 'abc' }));
    expect(peer.told()).toMatchObject([{ kind: 'data', data: fromHex('616263') }]);
    const after = peer.core.sockets().find((socket) => socket.tcp !== undefined)?.tcp;
    expect(after).toMatchObject({ mssOctets: before!.mssOctets, sack: false, sendWindowShift: 0 });
  });

  it.each(['SYN', 'FIN,ACK', 'RST'])('may be in %s too (MUST-5)', (flags) => {
    const peer = flags === 'SYN' ? listening() : established();
    peer.injectRaw(withOptions(peer, flags, '01e904abcd010101', { seq: flags === 'SYN' ? 0 : 1 }));
    const states = { SYN: 'SYN-RECEIVED', 'FIN,ACK': 'CLOSE-WAIT', RST: 'CLOSED' };
    expect(peer.state).toBe(states[flags as keyof typeof states]);
  });

  it.each([
    ['of length 0', 'e900ffff'],
    ['of length 1', 'e901ffff'],
    ['longer than the header', 'e9ffffff'],
    ['MSS of length 0', '0200ffff'],
    ['without a length', '010101e9'],
  ])('that are illegal do no harm: one %s, and the segment is accepted (MUST-7)', (_, hex) => {
    const peer = established();
    peer.injectRaw(withOptions(peer, 'PSH,ACK', hex, { seq: 1, data: 'abc' }));
    expect(peer.toldKinds()).toEqual(['data']);
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('are read from a SYN in any order and at any alignment (MUST-4, MUST-64)', () => {
    const peer = listening();
    peer.injectRaw(withOptions(peer, 'SYN', '01 030307 0402 020401f4 00 00', { seq: 0 }));
    expect(peer.sentInFull()[0]).toMatch(/<mss 1460,sackOK,wscale \d+>/);
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.accept();
    peer.write(5000);
    const info = peer.core.sockets().find((socket) => socket.tcp !== undefined)?.tcp;
    expect(info).toMatchObject({ mssOctets: 500, sack: true, sendWindowShift: 7 });
  });

  it('have an MSS only in SYN and SYN,ACK (3.7.1, MUST-65)', () => {
    const peer = established({ synOptions: { mss: 1460, sackPermitted: true }, maxPduOctets: 1 });
    peer.write(5000);
    peer.inject('ACK', { seq: 11, data: 10 });
    peer.ask('abort');
    const active = new TcpPeer().connect();
    const [syn] = active.sentSegments();
    expect(syn!.options.mss).toBe(1460);
    active.inject('SYN,ACK', { seq: 0, ack: 1, options: { mss: 1460 } });
    active.write(5000);
    active.ask('shutdown');
    const later = [...peer.sentSegments(), ...active.sentSegments()];
    expect(later.length).toBeGreaterThan(3);
    for (const segment of later) expect(segment.options.mss).toBeUndefined();
  });
});

describe('the checksum of a segment sent (RFC 9293 3.1, MUST-2)', () => {
  it('is correct over pseudo-header, header and data', () => {
    // TcpPeer refuses a segment with a wrong checksum, so it has checked each of these.
    const peer = established({ maxPduOctets: 1 });
    peer.write(5001);
    peer.ask('shutdown');
    const segments = peer.sentSegments();
    expect(segments.length).toBeGreaterThan(3);
    for (const { checksum } of segments) expect(checksum).not.toBe(0);
  });

  it('is wrong if any octet changes', () => {
    const peer = established();
    const segment = peer.make('PSH,ACK', { seq: 1, data: 'abc' });
    segment[segment.length - 1]! ^= 0x20;
    peer.injectRaw(segment);
    expect(peer.told()).toEqual([]);
    expect(peer.core.counters.TcpInCsumErrors).toBe(1);
  });
});
