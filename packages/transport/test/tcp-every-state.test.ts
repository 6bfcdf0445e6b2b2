import { ALL_STATES, type MadeSegment } from '@strata/simulator';
import {
  enter,
  nothingLeft,
  STATES,
  type StateName,
  shownState,
  stamped,
} from './every-state-kit.ts';

type Row = readonly [
  name: StateName,
  flags: string,
  made: MadeSegment,
  next: string,
  told: readonly string[],
  sent: readonly string[],
];

/** Each of the eleven states has a row. */
function covers(rows: readonly Row[]): void {
  expect(rows.map(([name]) => name).sort()).toEqual([...STATES].sort());
}

function holds([name, flags, made, next, told, sent]: Row): void {
  const { peer } = enter(name);
  peer.inject(flags, made);
  expect(peer.state).toBe(next);
  expect(peer.toldKinds()).toEqual(told);
  expect(peer.sent()).toEqual(sent);
}

describe('the states', () => {
  it('are the eleven of RFC 9293 3.3.2', () => {
    expect(STATES).toHaveLength(11);
  });

  it.each(STATES)('%s is entered', (name) => {
    expect(enter(name).peer.state).toBe(shownState(name));
  });
});

describe('an exact RST ends the connection (RFC 9293 3.10.7)', () => {
  const ROWS: readonly Row[] = [
    ['CLOSED', 'RST', { seq: 1 }, 'CLOSED', [], []],
    ['LISTEN', 'RST', { seq: 1 }, 'CLOSED', [], []],
    ['SYN-SENT', 'RST,ACK', { seq: 0, ack: 1 }, 'CLOSED', ['closed: refused'], []],
    ['SYN-RECEIVED', 'RST', { seq: 1 }, 'CLOSED', [], []],
    ['ESTABLISHED', 'RST', { seq: 1 }, 'CLOSED', ['closed: reset'], []],
    ['FIN-WAIT-1', 'RST', { seq: 1 }, 'CLOSED', ['closed: reset'], []],
    ['FIN-WAIT-2', 'RST', { seq: 1 }, 'CLOSED', ['closed: reset'], []],
    ['CLOSE-WAIT', 'RST', { seq: 2 }, 'CLOSED', ['closed: reset'], []],
    ['CLOSING', 'RST', { seq: 2 }, 'CLOSED', ['closed: finished'], []],
    ['LAST-ACK', 'RST', { seq: 2 }, 'CLOSED', ['closed: finished'], []],
    ['TIME-WAIT', 'RST', { seq: 2 }, 'CLOSED', [], []],
  ];

  it('in each state', () => covers(ROWS));

  it.each(ROWS)('%s', (...row) => {
    holds(row);
    const { peer } = enter(row[0]);
    peer.inject(row[1], row[2]);
    nothingLeft(peer);
  });
});

describe('FIN (RFC 9293 3.10.7)', () => {
  const again = ['ACK seq=2 ack=2'];
  const ROWS: readonly Row[] = [
    ['CLOSED', 'FIN,ACK', { seq: 1, ack: 7 }, 'CLOSED', [], ['RST seq=7']],
    ['LISTEN', 'FIN,ACK', { seq: 1, ack: 7 }, 'CLOSED', [], ['RST seq=7']],
    ['SYN-SENT', 'FIN,ACK', { seq: 1, ack: 1 }, 'SYN-SENT', [], []],
    ['SYN-RECEIVED', 'FIN,ACK', { seq: 1, ack: 1 }, 'CLOSE-WAIT', ['offer'], ['ACK seq=1 ack=2']],
    ['ESTABLISHED', 'FIN,ACK', { seq: 1, ack: 1 }, 'CLOSE-WAIT', ['end'], ['ACK seq=1 ack=2']],
    ['FIN-WAIT-1', 'FIN,ACK', { seq: 1, ack: 1 }, 'CLOSING', ['end'], again],
    ['FIN-WAIT-2', 'FIN,ACK', { seq: 1, ack: 2 }, 'TIME-WAIT', ['end', 'closed: finished'], again],
    ['CLOSE-WAIT', 'FIN,ACK', { seq: 1, ack: 1 }, 'CLOSE-WAIT', [], ['ACK seq=1 ack=2']],
    ['CLOSING', 'FIN,ACK', { seq: 1, ack: 1 }, 'CLOSING', [], again],
    ['LAST-ACK', 'FIN,ACK', { seq: 1, ack: 1 }, 'LAST-ACK', [], again],
    ['TIME-WAIT', 'FIN,ACK', { seq: 1, ack: 2 }, 'TIME-WAIT', [], again],
  ];

  it('in each state', () => covers(ROWS));

  it.each(ROWS)('%s', (...row) => holds(row));
});

describe('a blind RST in the window is at most challenged (RFC 5961 3)', () => {
  const GUESS = { seq: 100 };
  const ROWS: readonly Row[] = [
    ['CLOSED', 'RST', GUESS, 'CLOSED', [], []],
    ['LISTEN', 'RST', GUESS, 'CLOSED', [], []],
    ['SYN-SENT', 'RST,ACK', { seq: 100, ack: 100 }, 'SYN-SENT', [], []],
    ['SYN-RECEIVED', 'RST', GUESS, 'SYN-RECEIVED', [], ['ACK seq=1 ack=1']],
    ['ESTABLISHED', 'RST', GUESS, 'ESTABLISHED', [], ['ACK seq=1 ack=1']],
    ['FIN-WAIT-1', 'RST', GUESS, 'FIN-WAIT-1', [], ['ACK seq=2 ack=1']],
    ['FIN-WAIT-2', 'RST', GUESS, 'FIN-WAIT-2', [], ['ACK seq=2 ack=1']],
    ['CLOSE-WAIT', 'RST', GUESS, 'CLOSE-WAIT', [], ['ACK seq=1 ack=2']],
    ['CLOSING', 'RST', GUESS, 'CLOSING', [], ['ACK seq=2 ack=2']],
    ['LAST-ACK', 'RST', GUESS, 'LAST-ACK', [], ['ACK seq=2 ack=2']],
    ['TIME-WAIT', 'RST', GUESS, 'TIME-WAIT', [], []],
  ];

  it('in each state', () => covers(ROWS));

  it.each(ROWS)('%s', (...row) => holds(row));
});

describe('a blind SYN in the window changes no live connection (RFC 5961 4)', () => {
  const GUESS = { seq: 100 };
  const opened = ['SYN,ACK seq=0 ack=101'];
  const ROWS: readonly Row[] = [
    ['CLOSED', 'SYN', GUESS, 'CLOSED', [], ['RST,ACK seq=0 ack=101']],
    // A SYN opens a connection in these states; it stays in SYN-RECEIVED until its sender answers.
    ['LISTEN', 'SYN', GUESS, 'SYN-RECEIVED', [], opened],
    ['SYN-SENT', 'SYN,ACK', { seq: 100, ack: 100 }, 'SYN-SENT', [], ['RST seq=100']],
    ['SYN-RECEIVED', 'SYN', GUESS, 'SYN-RECEIVED', [], ['ACK seq=1 ack=1']],
    ['ESTABLISHED', 'SYN', GUESS, 'ESTABLISHED', [], ['ACK seq=1 ack=1']],
    ['FIN-WAIT-1', 'SYN', GUESS, 'FIN-WAIT-1', [], ['ACK seq=2 ack=1']],
    ['FIN-WAIT-2', 'SYN', GUESS, 'FIN-WAIT-2', [], ['ACK seq=2 ack=1']],
    ['CLOSE-WAIT', 'SYN', GUESS, 'CLOSE-WAIT', [], ['ACK seq=1 ack=2']],
    ['CLOSING', 'SYN', GUESS, 'CLOSING', [], ['ACK seq=2 ack=2']],
    ['LAST-ACK', 'SYN', GUESS, 'LAST-ACK', [], ['ACK seq=2 ack=2']],
    // All data of the old connection is acknowledged, so none can be lost (3.6.1, MAY-2).
    ['TIME-WAIT', 'SYN', GUESS, 'SYN-RECEIVED', [], opened],
  ];

  it('in each state', () => covers(ROWS));

  it.each(ROWS)('%s', (...row) => holds(row));
});

describe('blind data in the window is not accepted: its ACK is a guess (RFC 5961 5)', () => {
  const guess = { seq: 10, ack: -10_000_000, data: 100 };
  const refused = ['RST seq=-10000000'];
  const ROWS: readonly Row[] = [
    ['CLOSED', 'PSH,ACK', guess, 'CLOSED', [], refused],
    ['LISTEN', 'PSH,ACK', guess, 'CLOSED', [], refused],
    ['SYN-SENT', 'PSH,ACK', guess, 'SYN-SENT', [], refused],
    ['SYN-RECEIVED', 'PSH,ACK', guess, 'SYN-RECEIVED', [], refused],
    ['ESTABLISHED', 'PSH,ACK', guess, 'ESTABLISHED', [], ['ACK seq=1 ack=1']],
    ['FIN-WAIT-1', 'PSH,ACK', guess, 'FIN-WAIT-1', [], ['ACK seq=2 ack=1']],
    ['FIN-WAIT-2', 'PSH,ACK', guess, 'FIN-WAIT-2', [], ['ACK seq=2 ack=1']],
    ['CLOSE-WAIT', 'PSH,ACK', guess, 'CLOSE-WAIT', [], ['ACK seq=1 ack=2']],
    ['CLOSING', 'PSH,ACK', guess, 'CLOSING', [], ['ACK seq=2 ack=2']],
    ['LAST-ACK', 'PSH,ACK', guess, 'LAST-ACK', [], ['ACK seq=2 ack=2']],
    ['TIME-WAIT', 'PSH,ACK', guess, 'TIME-WAIT', [], ['ACK seq=2 ack=2']],
  ];

  it('in each state', () => covers(ROWS));

  it.each(ROWS)('%s', (...row) => holds(row));

  it.each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'] as const)(
    '%s: the correct octets are accepted afterwards',
    (name) => {
      const { peer, sndUna } = enter(name);
      peer.inject('PSH,ACK', { ...guess, seq: 1 });
      peer.inject('PSH,ACK', { seq: 1, ack: sndUna, data: 'right' });
      expect(peer.told()).toMatchObject([
        { kind: 'data', offset: 0, data: new TextEncoder().encode('right') },
      ]);
    },
  );
});

describe('a segment refused by PAWS is acknowledged and dropped (RFC 7323 5.3, R1)', () => {
  const synOptions = { mss: 1460, timestamps: { value: 1000, echo: 0 } };
  const KNOWS = STATES.filter((name) => !['CLOSED', 'LISTEN', 'SYN-SENT'].includes(name));

  it.each(KNOWS)('%s: data', (name) => {
    const { peer, rcvNxt, sndNxt, ack } = enter(name, { synOptions });
    peer.inject('PSH,ACK', stamped(peer, 500, { seq: rcvNxt, ack: sndNxt, data: 10 }));
    expect(peer.sent()).toEqual([ack]);
    expect(peer.told()).toEqual([]);
    expect(peer.state).toBe(name);
    expect(peer.core.counters.PAWSEstab).toBe(1);
  });

  it.each(KNOWS)('%s: FIN, and the ACK with it', (name) => {
    const { peer, rcvNxt, sndNxt, ack } = enter(name, { synOptions });
    peer.inject('FIN,ACK', stamped(peer, 500, { seq: rcvNxt, ack: sndNxt }));
    expect(peer.sent()).toEqual([ack]);
    expect(peer.told()).toEqual([]);
    expect(peer.state).toBe(name);
  });

  it.each(KNOWS)('%s: but RST is accepted (5.2)', (name) => {
    const { peer, rcvNxt } = enter(name, { synOptions });
    peer.inject('RST', stamped(peer, 500, { seq: rcvNxt }));
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters.PAWSEstab).toBe(0);
  });

  it.each([
    ['LISTEN', 'SYN', { seq: 0 }, 'SYN-RECEIVED'],
    ['SYN-SENT', 'SYN,ACK', { seq: 0, ack: 1 }, 'ESTABLISHED'],
  ] as const)('%s has no TS.Recent yet: any timestamp is accepted', (name, flags, made, next) => {
    const peer = ALL_STATES[name]();
    peer.inject(flags, { ...made, options: { timestamps: { value: 0x90000000, echo: 0 } } });
    expect(peer.state).toBe(next);
  });
});
