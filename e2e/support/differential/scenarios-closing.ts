import { OPENED } from './scenarios-established.ts';
import {
  ask,
  type Injected,
  inject,
  type Scenario,
  type Step,
  UNREAD_PORT,
  wait,
} from './script.ts';

const FULL = {
  mss: 1460,
  sackPermitted: true,
  windowScale: 7,
  timestamps: { value: 1000, echo: 0 },
};

/**
 * The steps that lead to each state. `closed`: the application called close() instead of
 * shutdown(), so it reads no more.
 */
const WAYS = {
  'FIN-WAIT-1': [...OPENED, ask('shutdown')],
  'FIN-WAIT-2': [...OPENED, ask('shutdown'), inject('ACK')],
  CLOSING: [...OPENED, ask('shutdown'), inject('FIN,ACK', { ack: 1 })],
  'TIME-WAIT': [...OPENED, ask('shutdown'), inject('ACK'), inject('FIN,ACK')],
  'CLOSE-WAIT': [...OPENED, inject('FIN,ACK')],
  'LAST-ACK': [...OPENED, inject('FIN,ACK'), ask('shutdown')],
  'FIN-WAIT-1, closed': [...OPENED, ask('close')],
  'FIN-WAIT-2, closed': [...OPENED, ask('close'), inject('ACK')],
} satisfies Record<string, readonly Step[]>;

/** Segments that come in each of these states. */
const SEGMENTS: readonly (readonly [string, string, Omit<Injected, 'flags'>])[] = [
  ['ACK', 'ACK', {}],
  ['an old ACK', 'ACK', { ack: 1 }],
  ['ACK of the future', 'ACK', { ack: 500 }],
  ['data', 'PSH,ACK', { data: 10 }],
  ['data with an old ACK', 'PSH,ACK', { data: 10, ack: 1 }],
  ['data beyond a hole', 'PSH,ACK', { seq: ({ next }) => next + 100, data: 10 }],
  ['FIN', 'FIN,ACK', {}],
  ['FIN with an old ACK', 'FIN,ACK', { ack: 1 }],
  ['FIN with data', 'FIN,ACK', { data: 10 }],
  ['FIN again', 'FIN,ACK', { seq: ({ next }) => next - 1 }],
  ['data behind FIN', 'ACK', { seq: ({ next }) => next, data: 10 }],
  ['an old duplicate', 'ACK', { seq: 0, data: 1 }],
  ['RST', 'RST', {}],
  ['RST in the window', 'RST', { seq: ({ next }) => next + 10 }],
  ['RST one octet before RCV.NXT', 'RST', { seq: ({ next }) => next - 1 }],
  ['RST below the window', 'RST', { seq: 0 }],
  ['SYN beyond', 'SYN', { seq: ({ next }) => next + 1000 }],
  ['SYN below', 'SYN', { seq: -1000 }],
  ['SYN at RCV.NXT', 'SYN', {}],
  ['SYN,ACK', 'SYN,ACK', { seq: 0 }],
  ['no flags', '-', {}],
  ['FIN without ACK', 'FIN', {}],
];

const IN_EACH_STATE: readonly Scenario[] = Object.entries(WAYS).flatMap(([state, way]) =>
  SEGMENTS.map(
    ([what, flags, segment]): Scenario => ({
      name: `${state}: ${what}`,
      steps: [...way, inject(flags, segment), inject('ACK')],
    }),
  ),
);

const MORE: readonly Scenario[] = [
  { name: 'our FIN, then the peer’s', steps: [...WAYS['FIN-WAIT-2'], inject('FIN,ACK')] },
  {
    name: 'the peer’s FIN acknowledges our FIN',
    steps: [...WAYS['FIN-WAIT-1'], inject('FIN,ACK'), inject('FIN,ACK', { seq: 1 })],
  },
  { name: 'simultaneous close', steps: [...WAYS.CLOSING, inject('ACK'), inject('ACK')] },
  {
    name: 'half-closed, and data from the peer',
    steps: [
      ...WAYS['FIN-WAIT-2'],
      inject('PSH,ACK', { data: 100 }),
      inject('FIN,ACK', { data: 50 }),
    ],
  },
  {
    name: 'half-closed by the peer, and data to it',
    steps: [
      ...WAYS['CLOSE-WAIT'],
      ask('write', 100),
      inject('ACK'),
      ask('shutdown'),
      inject('ACK'),
    ],
  },
  {
    name: 'FIN behind data that waits',
    steps: [
      inject('SYN'),
      inject('ACK', { win: 50 }),
      ask('write', 200),
      ask('shutdown'),
      inject('ACK', { win: 5000 }),
      inject('ACK'),
    ],
  },
  {
    name: 'closed with data unread',
    steps: [
      inject('SYN', { to: UNREAD_PORT }),
      inject('PSH,ACK', { data: 100 }),
      ask('close'),
      inject('ACK'),
    ],
  },
  {
    name: 'closed, then data',
    steps: [...OPENED, ask('close'), inject('PSH,ACK', { data: 100 }), inject('ACK')],
  },
  {
    name: 'closed, FIN acknowledged, then data',
    steps: [...WAYS['FIN-WAIT-2, closed'], inject('PSH,ACK', { data: 100 }), inject('ACK')],
  },
  {
    name: 'closed, then FIN with data',
    steps: [...OPENED, ask('close'), inject('FIN,ACK', { data: 100 }), inject('ACK')],
  },
  { name: 'aborted', steps: [...OPENED, ask('abort'), inject('ACK')] },
  {
    name: 'aborted with data in flight',
    steps: [...OPENED, ask('write', 100), ask('abort'), inject('ACK')],
  },
  {
    name: 'aborted in FIN-WAIT-2',
    steps: [...WAYS['FIN-WAIT-2'], ask('abort'), inject('FIN,ACK')],
  },
  { name: 'aborted in CLOSE-WAIT', steps: [...WAYS['CLOSE-WAIT'], ask('abort'), inject('ACK')] },
  {
    name: 'FIN is retransmitted',
    timers: true,
    steps: [...OPENED, ask('shutdown'), wait(250), wait(500)],
  },
  {
    name: 'reset while the application writes',
    steps: [...OPENED, ask('write', 100), inject('RST,ACK'), ask('write', 100)],
  },
];

/** TIME-WAIT with timestamps: RFC 7323, RFC 6191, RFC 1337. */
const TIME_WAIT: readonly Scenario[] = (
  [
    ['SYN beyond, newer timestamp', 'SYN', { seq: 5000, ts: 100 }],
    ['SYN beyond, older timestamp', 'SYN', { seq: 5000, ts: -100 }],
    ['SYN beyond, the same timestamp', 'SYN', { seq: 5000, ts: 4 }],
    ['SYN below, newer timestamp', 'SYN', { seq: -5000, ts: 100 }],
    ['SYN below, older timestamp', 'SYN', { seq: -5000, ts: -100 }],
    ['SYN below, the same timestamp', 'SYN', { seq: -5000, ts: 4 }],
    ['SYN beyond, without timestamps', 'SYN', { seq: 5000, options: { mss: 1460 } }],
    ['SYN below, without timestamps', 'SYN', { seq: -5000, options: { mss: 1460 } }],
    ['FIN again', 'FIN,ACK', { seq: 1 }],
    ['FIN again, older timestamp', 'FIN,ACK', { seq: 1, ts: -100 }],
    ['FIN again, without timestamps', 'FIN,ACK', { seq: 1, ts: 'none' }],
    ['ACK', 'ACK', {}],
    ['ACK, older timestamp', 'ACK', { ts: -100 }],
    ['data', 'ACK', { data: 10 }],
    ['data, older timestamp', 'ACK', { data: 10, ts: -100 }],
    ['old data', 'ACK', { seq: 0, data: 1 }],
    ['RST', 'RST', {}],
    ['RST, older timestamp', 'RST', { ts: -100 }],
    ['RST in the window', 'RST', { seq: 50 }],
    ['SYN,ACK beyond', 'SYN,ACK', { seq: 5000, ts: 100 }],
  ] as const
).map(
  ([what, flags, segment]): Scenario => ({
    name: `TIME-WAIT with timestamps: ${what}`,
    offer: FULL,
    steps: [...WAYS['TIME-WAIT'], inject(flags, segment), inject('ACK')],
  }),
);

/** Segments without timestamps where they are agreed (RFC 7323 3.2), in each state. */
const UNSTAMPED: readonly Scenario[] = Object.entries(WAYS).flatMap(([state, way]) =>
  (
    [
      ['ACK', 'ACK', {}],
      ['FIN', 'FIN,ACK', {}],
      ['a keepalive', 'ACK', { seq: ({ next }) => next - 1 }],
    ] as readonly (typeof SEGMENTS)[number][]
  ).map(
    ([what, flags, segment]): Scenario => ({
      name: `${state}: ${what} without timestamps`,
      offer: FULL,
      steps: [...way, inject(flags, { ...segment, ts: 'none' }), inject('ACK')],
    }),
  ),
);

export const CLOSING: readonly Scenario[] = [...IN_EACH_STATE, ...MORE, ...TIME_WAIT, ...UNSTAMPED];
