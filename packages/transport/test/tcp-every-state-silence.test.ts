import {
  established,
  SYNCHRONIZED_STATES,
  synReceived,
  synSent,
  type TcpPeer,
} from '@strata/simulator';
import { enter, nothingLeft, STATES, type StateName } from './every-state-kit.ts';

const HOUR_MS = 3_600_000;

/** Seconds until the connection is closed, to a tenth; Infinity: not within `mostSeconds`. */
function closesAfter(peer: TcpPeer, mostSeconds: number): number {
  const fromMs = peer.nowMs;
  while (peer.nowMs - fromMs <= mostSeconds * 1000) {
    if (peer.state === 'CLOSED') return (peer.nowMs - fromMs) / 1000;
    peer.advance(100);
  }
  return Infinity;
}

describe('a peer that vanishes (RFC 9293 3.8.3)', () => {
  const write = (peer: TcpPeer) => peer.write(100);
  const close = (peer: TcpPeer) => peer.ask('close');
  const none = () => {};
  const timedOut = ['error', 'closed: timed out'];
  const ROWS: readonly (readonly [
    name: StateName,
    what: string,
    before: (peer: TcpPeer) => void,
    seconds: readonly [number, number],
    told: readonly string[],
  ])[] = [
    ['SYN-SENT', 'SYN is not answered', none, [127, 127], timedOut],
    ['SYN-RECEIVED', 'SYN,ACK is not answered', none, [63, 63], []],
    ['ESTABLISHED', 'data is not acknowledged', write, [924, 1050], timedOut],
    ['FIN-WAIT-1', 'FIN is not acknowledged', none, [924, 1050], timedOut],
    [
      'FIN-WAIT-1',
      'FIN is not acknowledged after the application has closed',
      close,
      [100, 250],
      ['closed: timed out'],
    ],
    [
      'FIN-WAIT-2',
      'no FIN arrives after the application has closed',
      close,
      [60, 60],
      ['closed: finished'],
    ],
    ['CLOSE-WAIT', 'data is not acknowledged', write, [924, 1050], timedOut],
    ['CLOSING', 'FIN is not acknowledged', none, [924, 1050], timedOut],
    ['LAST-ACK', 'FIN is not acknowledged', none, [924, 1050], timedOut],
    ['TIME-WAIT', 'both sides are finished', none, [60, 60], []],
  ];

  it.each(ROWS)('%s: if %s, the connection ends, and the application is told why', (...row) => {
    const [name, , before, [least, most], told] = row;
    const { peer } = enter(name);
    before(peer);
    const seconds = closesAfter(peer, 2000);
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThanOrEqual(most + 0.1);
    expect(peer.toldKinds()).toEqual(told);
    nothingLeft(peer);
  });

  it.each(['ESTABLISHED', 'FIN-WAIT-2', 'CLOSE-WAIT'] as const)(
    '%s: without data to send nobody notices, and the connection stays (3.8.4)',
    (name) => {
      const { peer } = enter(name);
      expect(peer.advance(1000 * HOUR_MS)).toEqual([]);
      expect(peer.state).toBe(name);
      expect(peer.core.nextDeadlineMs()).toBe(Infinity);
    },
  );

  it.each(['ESTABLISHED', 'FIN-WAIT-2', 'CLOSE-WAIT'] as const)(
    '%s: with keepalive the connection ends after two hours and nine probes',
    (name) => {
      const { peer } = enter(name, { socketOptions: { keepAlive: true } });
      const seconds = closesAfter(peer, 10_000);
      expect(seconds).toBeGreaterThanOrEqual(7200 + 9 * 75 - 1);
      expect(seconds).toBeLessThanOrEqual(7200 + 9 * 75 + 1);
      expect(peer.toldKinds()).toEqual(['closed: timed out']);
      nothingLeft(peer);
    },
  );

  it.each(['CLOSED', 'LISTEN'] as const)('%s: there is no connection', (name) => {
    const { peer } = enter(name);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
    peer.advance(1000 * HOUR_MS);
    peer.inject('SYN', { seq: 0 });
    const answers = { CLOSED: 'RST,ACK seq=0 ack=1', LISTEN: 'SYN,ACK seq=0 ack=1' };
    expect(peer.sent()).toEqual([answers[name]]);
  });

  it('is tested in all states', () => {
    const seen = new Set([...ROWS.map(([name]) => name), 'CLOSED', 'LISTEN']);
    expect([...seen].sort()).toEqual([...STATES].sort());
  });
});

/** How a connection reaches each state with data waiting, and the state after it. */
const WITH_DATA: readonly (readonly [
  name: string,
  rcvNxt: number,
  fin: boolean,
  next: string,
  go: (peer: TcpPeer) => void,
])[] = [
  ['ESTABLISHED', 1, false, 'ESTABLISHED', () => {}],
  ['FIN-WAIT-1', 1, true, 'FIN-WAIT-2', (peer) => peer.ask('shutdown')],
  [
    'CLOSE-WAIT',
    2,
    false,
    'CLOSE-WAIT',
    (peer) => peer.inject('FIN,ACK', { seq: 1, ack: 1, win: 0 }),
  ],
  [
    'CLOSING',
    2,
    true,
    'TIME-WAIT',
    (peer) => {
      peer.ask('shutdown');
      peer.inject('FIN,ACK', { seq: 1, ack: 1, win: 0 });
    },
  ],
  [
    'LAST-ACK',
    2,
    true,
    'CLOSED',
    (peer) => {
      peer.inject('FIN,ACK', { seq: 1, ack: 1, win: 0 });
      peer.ask('shutdown');
    },
  ],
];

/**
 * For three minutes acknowledges the data that is sent in order, from `from` on until `until`.
 * Returns the number reached.
 */
function takeAll(peer: TcpPeer, rcvNxt: number, from: number, until: number): number {
  let end = from;
  for (let turns = 0; turns < 180 && end < until; turns += 1) {
    const lines = [...peer.sent(), ...peer.advance(1000)];
    for (const line of lines) {
      const octets = Number(/len=(\d+)/.exec(line)?.[1] ?? 0) + (line.includes('FIN') ? 1 : 0);
      const sequence = Number(/seq=(\d+)/.exec(line)?.[1]);
      if (sequence <= end) end = Math.max(end, sequence + octets);
    }
    if (lines.length > 0) peer.inject('ACK', { seq: rcvNxt, ack: end });
  }
  return end;
}

describe('a window of the peer that is closed for minutes (RFC 9293 3.8.6.1)', () => {
  it.each(WITH_DATA)(
    '%s: it is probed as long as the peer answers, then all data is sent',
    (name, rcvNxt, fin, next, go) => {
      const peer = established({ maxPduOctets: 1 });
      peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
      peer.write(5000);
      go(peer);
      peer.sent();
      for (let minutes = 0; minutes < 60; minutes += 2) {
        const probes = peer.advance(120_000);
        expect(probes.length).toBeGreaterThanOrEqual(minutes === 0 ? 5 : 1);
        for (const probe of probes) expect(probe).toMatch(/seq=1 ack=\d( len=1)?$/);
        peer.inject('ACK', { seq: rcvNxt, ack: 1, win: 0 });
      }
      expect(peer.state).toBe(name);
      expect(peer.toldKinds().filter((kind) => kind.startsWith('closed'))).toEqual([]);
      peer.inject('ACK', { seq: rcvNxt, ack: 1, win: 65_535 });
      const end = fin ? 5002 : 5001;
      expect(takeAll(peer, rcvNxt, 1, end)).toBe(end);
      expect(peer.state).toBe(next);
    },
  );

  it('SYN-SENT: a SYN,ACK with a window of 0 opens the connection, and the window is probed', () => {
    const peer = synSent();
    peer.inject('SYN,ACK', { seq: 0, ack: 1, win: 0, options: { mss: 1460 } });
    peer.write(10);
    peer.sent();
    expect(peer.state).toBe('ESTABLISHED');
    expect(peer.advance(10_000)[0]).toMatch(/seq=1 ack=1 len=1$/);
  });

  it('SYN-RECEIVED: so does an ACK with a window of 0', () => {
    const peer = synReceived();
    peer.inject('ACK', { seq: 1, ack: 1, win: 0 });
    peer.accept();
    peer.write(10);
    peer.sent();
    expect(peer.advance(10_000)[0]).toMatch(/seq=1 ack=1 len=1$/);
  });

  it.each(['FIN-WAIT-2', 'TIME-WAIT'] as const)(
    '%s: no data is left to send, and no timer runs',
    (name) => {
      const { peer, rcvNxt, sndNxt } = enter(name);
      const before = peer.core.nextDeadlineMs();
      peer.inject('ACK', { seq: rcvNxt, ack: sndNxt, win: 0 });
      expect(peer.core.nextDeadlineMs()).toBe(before);
      expect(peer.sent()).toEqual([]);
      expect(peer.state).toBe(name);
    },
  );
});

describe('our window, closed for minutes because the application does not read (RFC 9293 3.8.6.1, MAY-8)', () => {
  it.each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'] as const)(
    '%s: each probe is answered and not accepted; later data is',
    (name) => {
      const peer = SYNCHRONIZED_STATES[name]({
        socketOptions: { receiveBufferOctets: 4096 },
        creditOctets: 0,
        show: { window: true },
      });
      let taken = 0;
      while (taken < 20_000) {
        peer.inject('ACK', { seq: 1 + taken, data: 1000 });
        const [, ack, win] = /ack=(\d+) win=(\d+)/.exec(peer.sent().at(-1) ?? '') ?? [];
        if (ack === undefined) {
          peer.advance(500);
          continue;
        }
        taken = Number(ack) - 1;
        if (Number(win) === 0) break;
      }
      for (let minutes = 0; minutes < 60; minutes += 1) {
        peer.advance(60_000);
        peer.sent();
        peer.inject('ACK', { seq: 1 + taken, data: 1 });
        expect(peer.sent().at(-1)).toMatch(new RegExp(`ack=${1 + taken} win=0$`));
      }
      expect(peer.told().filter(({ kind }) => kind === 'data')).toEqual([]);
      peer.credit(100_000);
      expect(peer.sent().join()).toMatch(/win=[1-9]/);
      peer.inject('PSH,ACK', { seq: 1 + taken, data: 5 });
      const octets = peer
        .told()
        .reduce((sum, told) => sum + (told.kind === 'data' ? told.data.byteLength : 0), 0);
      expect(octets).toBe(taken + 5);
    },
  );
});

describe('a window that shrinks below what is in flight (RFC 9293 3.8.6, MUST-34)', () => {
  it.each(WITH_DATA)(
    '%s: nothing new is sent beyond it, and all data arrives once it opens',
    (name, rcvNxt, fin, next, go) => {
      const peer = established({ maxPduOctets: 1 });
      peer.write(5000);
      peer.sent();
      go(peer);
      peer.inject('ACK', { seq: rcvNxt, ack: 1461, win: 100 });
      peer.sent();
      for (const line of peer.advance(60_000)) {
        expect(Number(/seq=(\d+)/.exec(line)?.[1])).toBeLessThanOrEqual(5001);
      }
      expect(peer.state).toBe(name);
      peer.inject('ACK', { seq: rcvNxt, ack: 1461, win: 65_535 });
      const end = fin ? 5002 : 5001;
      expect(takeAll(peer, rcvNxt, 1461, end)).toBe(end);
      expect(peer.state).toBe(next);
    },
  );
});
