import { established, SYNCHRONIZED_STATES, type TcpPeer } from '@strata/simulator';

type Name = keyof typeof SYNCHRONIZED_STATES;

/** SND.NXT and RCV.NXT of the builders' connections, relative. */
const NUMBERS: Record<Name, readonly [sndNxt: number, rcvNxt: number]> = {
  ESTABLISHED: [1, 1],
  'FIN-WAIT-1': [2, 1],
  'FIN-WAIT-2': [2, 1],
  'CLOSE-WAIT': [1, 2],
  CLOSING: [2, 2],
  'LAST-ACK': [2, 2],
  'TIME-WAIT': [2, 2],
};

const NAMES = Object.keys(SYNCHRONIZED_STATES) as Name[];
const BUT_TIME_WAIT = NAMES.filter((name) => name !== 'TIME-WAIT');
const RECEIVING = ['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'] as const;
const AFTER_FIN = ['CLOSE-WAIT', 'CLOSING', 'LAST-ACK'] as const;
const BUT_AFTER_FIN = NAMES.filter((name) => !AFTER_FIN.some((after) => after === name));

function enter(name: Name): { peer: TcpPeer; sndNxt: number; rcvNxt: number; ack: string } {
  const [sndNxt, rcvNxt] = NUMBERS[name];
  const ack = `ACK seq=${sndNxt} ack=${rcvNxt}`;
  return { peer: SYNCHRONIZED_STATES[name](), sndNxt, rcvNxt, ack };
}

/**
 * What our end has not had acknowledged keeps its number: SEG.ACK that acknowledges nothing new.
 */
function oldAck(name: Name): number {
  return name === 'FIN-WAIT-1' || name === 'CLOSING' || name === 'LAST-ACK' ? 1 : NUMBERS[name][0];
}

describe('the builders', () => {
  it.each(NAMES)('bring the connection to %s', (name) => {
    expect(enter(name).peer.state).toBe(name);
  });
});

describe('first, the sequence number (RFC 9293 3.10.7.4)', () => {
  it.each(NAMES)('%s: data left of the window is answered by an ACK and dropped', (name) => {
    const { peer, rcvNxt, ack } = enter(name);
    peer.inject('PSH,ACK', { seq: rcvNxt - 1, ack: oldAck(name), data: 1 });
    expect(peer.sent().map(withoutFin)).toContain(ack);
    expect(peer.state).toBe(name);
    expect(peer.told()).toEqual([]);
  });

  it.each(BUT_TIME_WAIT)(
    '%s: data right of the window is answered by an ACK and dropped',
    (name) => {
      const { peer, rcvNxt, ack } = enter(name);
      peer.inject('PSH,ACK', { seq: rcvNxt + 10_000_000, ack: oldAck(name), data: 10 });
      expect(peer.sent()).toEqual([ack]);
      expect(peer.state).toBe(name);
      expect(peer.told()).toEqual([]);
    },
  );

  it.each(BUT_TIME_WAIT)('%s: an empty segment out of the window is answered by an ACK', (name) => {
    const { peer, rcvNxt, ack } = enter(name);
    peer.inject('ACK', { seq: rcvNxt + 10_000_000, ack: oldAck(name) });
    expect(peer.sent()).toEqual([ack]);
  });

  it('answers of that kind are limited to one in tcp_invalid_ratelimit for empty segments', () => {
    const { peer, ack } = enter('ESTABLISHED');
    const outside = () => peer.inject('ACK', { seq: 10_000_000 });
    outside();
    outside();
    expect(peer.sent()).toEqual([ack]);
    expect(peer.core.counters.TCPACKSkippedSeq).toBe(1);
    peer.advance(500);
    outside();
    expect(peer.sent()).toEqual([ack]);
  });
});

describe('second, RST (RFC 9293 3.10.7.4, RFC 5961 3.2)', () => {
  it.each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT'] as const)(
    '%s: with SEG.SEQ = RCV.NXT the connection is reset',
    (name) => {
      const { peer, rcvNxt } = enter(name);
      peer.inject('RST', { seq: rcvNxt });
      expect(peer.state).toBe('CLOSED');
      expect(peer.sent()).toEqual([]);
      expect(peer.toldKinds()).toEqual(['closed: reset']);
      expect(peer.core.nextDeadlineMs()).toBe(Infinity);
      expect(peer.core.counters.TcpEstabResets).toBe(1);
    },
  );

  it.each(['CLOSING', 'LAST-ACK'] as const)(
    '%s: with SEG.SEQ = RCV.NXT the connection is closed, without an error',
    (name) => {
      const { peer, rcvNxt } = enter(name);
      peer.inject('RST', { seq: rcvNxt });
      expect(peer.state).toBe('CLOSED');
      expect(peer.toldKinds()).toEqual(['closed: finished']);
      expect(peer.core.nextDeadlineMs()).toBe(Infinity);
    },
  );

  it('TIME-WAIT: with SEG.SEQ = RCV.NXT the TCB is deleted', () => {
    const { peer, rcvNxt } = enter('TIME-WAIT');
    peer.inject('RST', { seq: rcvNxt });
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('TIME-WAIT: with tcp_rfc1337 it is ignored', () => {
    const peer = SYNCHRONIZED_STATES['TIME-WAIT']({ sysctl: { tcp_rfc1337: 1 } });
    peer.inject('RST', { seq: 2 });
    expect(peer.state).toBe('TIME-WAIT');
  });

  it.each(BUT_TIME_WAIT)('%s: in the window, not exact, it is challenged by an ACK', (name) => {
    const { peer, rcvNxt, ack } = enter(name);
    peer.inject('RST', { seq: rcvNxt + 1 });
    expect(peer.sent()).toEqual([ack]);
    expect(peer.state).toBe(name);
    expect(peer.told()).toEqual([]);
    expect(peer.core.counters.TCPChallengeACK).toBe(1);
  });

  it.each(NAMES)('%s: out of the window it is dropped', (name) => {
    const { peer, rcvNxt } = enter(name);
    peer.inject('RST', { seq: rcvNxt + 10_000_000 });
    peer.inject('RST', { seq: rcvNxt - 2 });
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe(name);
  });

  it.each(BUT_AFTER_FIN)('%s: with SEG.SEQ = RCV.NXT - 1 it is dropped', (name) => {
    const { peer, rcvNxt } = enter(name);
    peer.inject('RST', { seq: rcvNxt - 1 });
    expect(peer.sent()).toEqual([]);
    expect(peer.told()).toEqual([]);
    expect(peer.state).toBe(name);
  });

  it.each(AFTER_FIN)(
    '%s: with the number of the FIN before it, RCV.NXT - 1, it ends the connection, as in Linux',
    (name) => {
      const { peer, rcvNxt } = enter(name);
      peer.inject('RST', { seq: rcvNxt - 1 });
      expect(peer.state).toBe('CLOSED');
      const reason = name === 'CLOSE-WAIT' ? 'reset' : 'finished';
      expect(peer.toldKinds()).toEqual([`closed: ${reason}`]);
      expect(peer.core.nextDeadlineMs()).toBe(Infinity);
      expect(peer.sent()).toEqual([]);
      peer.inject('ACK', { seq: rcvNxt });
      expect(peer.sent()).toEqual([expect.stringMatching(/^RST /)]);
    },
  );

  it.each(AFTER_FIN)('%s: the number of the FIN counts whatever the timestamp', (name) => {
    const synOptions = { mss: 1460, timestamps: { value: 1000, echo: 0 } };
    const peer = SYNCHRONIZED_STATES[name]({ synOptions });
    const timestamps = { value: 1, echo: 0 };
    peer.inject('RST', { seq: NUMBERS[name][1] - 1, options: { timestamps } });
    expect(peer.state).toBe('CLOSED');
  });

  it('challenge ACKs are limited for the whole stack (RFC 5961 7)', () => {
    const sysctl = { tcp_challenge_ack_limit: 3, tcp_invalid_ratelimit: 0 };
    const peer = SYNCHRONIZED_STATES.ESTABLISHED({ sysctl });
    for (let i = 0; i < 10; i += 1) peer.inject('RST', { seq: 2 });
    const first = peer.sent().length;
    // Linux spreads the limit at random between its half and one and a half.
    expect(first).toBeGreaterThanOrEqual(1);
    expect(first).toBeLessThanOrEqual(5);
    peer.advance(1001);
    peer.inject('RST', { seq: 2 });
    expect(peer.sent()).toEqual(['ACK seq=1 ack=1']);
  });
});

describe('fourth, SYN (RFC 9293 3.10.7.4, RFC 5961 4.2)', () => {
  it.each(BUT_TIME_WAIT)(
    '%s: in the window it is challenged by an ACK, nothing changes',
    (name) => {
      const { peer, rcvNxt, ack } = enter(name);
      peer.inject('SYN', { seq: rcvNxt + 5 });
      expect(peer.sent()).toEqual([ack]);
      expect(peer.state).toBe(name);
      expect(peer.told()).toEqual([]);
    },
  );

  it.each(BUT_TIME_WAIT)('%s: an old SYN of this connection is answered by an ACK', (name) => {
    const { peer, ack } = enter(name);
    peer.inject('SYN', { seq: 0 });
    expect(peer.sent()).toEqual([ack]);
    expect(peer.state).toBe(name);
  });
});

describe('fifth, ACK (RFC 9293 3.10.7.4)', () => {
  it.each(BUT_TIME_WAIT)('%s: a segment without ACK is dropped', (name) => {
    const { peer, rcvNxt } = enter(name);
    peer.inject('PSH', { seq: rcvNxt, data: 10 });
    peer.inject('FIN', { seq: rcvNxt });
    expect(peer.sent()).toEqual([]);
    expect(peer.told()).toEqual([]);
    expect(peer.state).toBe(name);
  });

  it.each(BUT_TIME_WAIT)(
    '%s: an ACK of what was not sent is answered by an ACK and dropped',
    (name) => {
      const { peer, rcvNxt, sndNxt, ack } = enter(name);
      peer.inject('PSH,ACK', { seq: rcvNxt, ack: sndNxt + 1, data: 10 });
      expect(peer.sent()).toEqual([ack]);
      expect(peer.told()).toEqual([]);
      expect(peer.state).toBe(name);
    },
  );

  it.each(BUT_TIME_WAIT)(
    '%s: an ACK far older than any window is challenged (RFC 5961 5.2)',
    (name) => {
      const { peer, rcvNxt, ack } = enter(name);
      peer.inject('PSH,ACK', { seq: rcvNxt, ack: -10_000_000, data: 10 });
      expect(peer.sent()).toEqual([ack]);
      expect(peer.told()).toEqual([]);
    },
  );

  it.each([
    ['FIN-WAIT-1', 'FIN-WAIT-2', []],
    ['CLOSING', 'TIME-WAIT', ['closed: finished']],
    ['LAST-ACK', 'CLOSED', ['closed: finished']],
  ] as const)('%s: the ACK of our FIN leads to %s', (name, next, told) => {
    const { peer, rcvNxt } = enter(name);
    peer.inject('ACK', { seq: rcvNxt, ack: 2 });
    expect(peer.state).toBe(next);
    expect(peer.sent()).toEqual([]);
    expect(peer.toldKinds()).toEqual(told);
  });

  it('LAST-ACK: nothing is left behind, not even a timer', () => {
    const { peer } = enter('LAST-ACK');
    peer.inject('ACK', { seq: 2, ack: 2 });
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
    expect(peer.core.sockets().filter((socket) => socket.state !== 'LISTEN')).toEqual([]);
  });
});

describe('seventh, the data (RFC 9293 3.10.7.4)', () => {
  it.each(RECEIVING)('%s: it is taken and acknowledged', (name) => {
    const { peer, sndNxt } = enter(name);
    peer.inject('PSH,ACK', { seq: 1, ack: oldAck(name), data: 'hello' });
    expect(peer.told()).toMatchObject([{ kind: 'data', offset: 0 }]);
    expect([...peer.sent(), ...peer.advance(250)].join()).toContain(`ACK seq=${sndNxt} ack=6`);
    expect(peer.state).toBe(name);
  });

  it.each(AFTER_FIN)('%s: data behind the FIN is ignored', (name) => {
    const { peer, rcvNxt } = enter(name);
    peer.inject('PSH,ACK', { seq: rcvNxt, ack: oldAck(name), data: 10 });
    expect(peer.told()).toEqual([]);
    expect(peer.state).toBe(name);
    for (const line of peer.sent()) expect(line).toContain(`ack=${rcvNxt}`);
  });

  it('what is known already is cut off at the left', () => {
    const { peer } = enter('ESTABLISHED');
    peer.inject('PSH,ACK', { seq: 1, data: 'abc' });
    peer.inject('PSH,ACK', { seq: 2, data: 'bcdef' });
    expect(dataOf(peer)).toEqual([
      [0, 'abc'],
      [3, 'def'],
    ]);
  });

  it('what is beyond the window is cut off at the right, FIN with it', () => {
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

  it('what comes out of order is put in order (T5)', () => {
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

  it('overlaps of all kinds leave each octet once, the first that came (T5)', () => {
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

  it('FIN-WAIT-1: FIN with the ACK of ours leads straight to TIME-WAIT', () => {
    const { peer } = enter('FIN-WAIT-1');
    peer.inject('FIN,ACK', { seq: 1, ack: 2 });
    expect(peer.state).toBe('TIME-WAIT');
    expect(peer.sent()).toEqual(['ACK seq=2 ack=2']);
    expect(peer.toldKinds()).toEqual(['end', 'closed: finished']);
  });

  it.each(AFTER_FIN)('%s: a FIN that comes again changes nothing and is acknowledged', (name) => {
    const { peer, ack } = enter(name);
    peer.inject('FIN,ACK', { seq: 1, ack: oldAck(name) });
    expect(peer.state).toBe(name);
    expect(peer.sent()).toContain(ack);
    expect(peer.told()).toEqual([]);
  });

  it('counts once the data before it has come', () => {
    const { peer } = enter('ESTABLISHED');
    peer.inject('FIN,ACK', { seq: 6, data: 'fghij' });
    expect(peer.state).toBe('ESTABLISHED');
    peer.inject('ACK', { seq: 1, data: 'abcde' });
    expect(peer.state).toBe('CLOSE-WAIT');
    expect(peer.sent().at(-1)).toBe('ACK seq=1 ack=12');
    expect(peer.toldKinds().at(-1)).toBe('end');
  });

  it('tells the end behind the data that the application has not taken yet', () => {
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

/** An ACK may take our FIN that was not acknowledged along. */
function withoutFin(line: string): string {
  return line.replace('FIN,', '');
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
