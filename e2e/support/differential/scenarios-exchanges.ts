import { OPENED } from './scenarios-established.ts';
import { ask, inject, type Scenario, type Step, wait } from './script.ts';

const FULL = {
  mss: 1460,
  sackPermitted: true,
  windowScale: 7,
  timestamps: { value: 1000, echo: 0 },
};
const SACK = { mss: 1460, sackPermitted: true };
/** The step, with a wait so short that no timer expires. */
const soon = (step: Step): Step => ({ ...step, waitMs: 20 });
const openedWith = (win: number): readonly Step[] => [inject('SYN'), inject('ACK', { win })];

/** Data that the subject sends, and unusual acknowledgments for it. */
const SENDING: readonly Scenario[] = [
  { name: 'data to a peer, acknowledged', steps: [...OPENED, ask('write', 100), inject('ACK')] },
  {
    name: 'data to a peer, acknowledged in part',
    steps: [...OPENED, ask('write', 3000), inject('ACK', { ack: 501 }), inject('ACK')],
  },
  {
    name: 'more than the peer’s window',
    steps: [
      ...openedWith(1000),
      ask('write', 5000),
      inject('ACK', { win: 1000 }),
      inject('ACK', { win: 5000 }),
    ],
  },
  {
    name: 'a shut window, probed',
    timers: true,
    steps: [
      ...OPENED,
      inject('ACK', { win: 0 }),
      ask('write', 500),
      wait(600),
      inject('ACK', { win: 0 }),
      inject('ACK', { win: 65_535 }),
      inject('ACK'),
    ],
  },
  {
    name: 'a shut window that opens',
    steps: [
      ...OPENED,
      inject('ACK', { win: 0 }),
      ask('write', 500),
      inject('ACK', { win: 65_535 }),
      inject('ACK'),
    ],
  },
  {
    name: 'a window that shrinks',
    steps: [
      ...openedWith(10_000),
      ask('write', 5000),
      inject('ACK', { ack: 1, win: 100 }),
      inject('ACK', { ack: 1461, win: 3540 }),
      inject('ACK'),
    ],
  },
  {
    name: 'a window smaller than a segment',
    steps: [...openedWith(10), ask('write', 100), wait(600), inject('ACK', { win: 10 })],
  },
  {
    name: 'small writes, Nagle',
    steps: [
      ...OPENED,
      ask('write', 10),
      ask('write', 10),
      ask('write', 10),
      inject('ACK'),
      inject('ACK'),
    ],
  },
  {
    name: 'no acknowledgment: retransmitted',
    timers: true,
    steps: [...OPENED, ask('write', 100), wait(250), wait(500)],
  },
  {
    name: 'three duplicate acknowledgments',
    steps: [
      ...OPENED,
      soon(ask('write', 8000)),
      soon(inject('ACK', { ack: 1 })),
      soon(inject('ACK', { ack: 1 })),
      inject('ACK', { ack: 1 }),
      inject('ACK'),
    ],
  },
  {
    name: 'SACK of the second segment and more',
    offer: SACK,
    steps: [
      ...OPENED,
      soon(ask('write', 8760)),
      soon(inject('ACK', { ack: 1, options: { sack: [{ left: 1461, right: 2921 }] } })),
      soon(inject('ACK', { ack: 1, options: { sack: [{ left: 1461, right: 4381 }] } })),
      inject('ACK', { ack: 1, options: { sack: [{ left: 1461, right: 5841 }] } }),
      inject('ACK'),
    ],
  },
  {
    name: 'SACK of what was never sent, reversed, and old',
    offer: SACK,
    steps: [
      ...OPENED,
      ask('write', 2000),
      inject('ACK', {
        ack: 1,
        options: {
          sack: [
            { left: 50_000, right: 60_000 },
            { left: 1000, right: 500 },
            { left: -5000, right: -10 },
          ],
        },
      }),
      inject('ACK'),
    ],
  },
  {
    name: 'an MSS of 1 from the peer',
    offer: { mss: 1 },
    steps: [...OPENED, ask('write', 100), inject('ACK'), inject('ACK')],
  },
  {
    name: 'an MSS of 100 from the peer',
    offer: { mss: 100 },
    steps: [...OPENED, ask('write', 1000), inject('ACK')],
  },
  {
    name: 'no MSS from the peer',
    offer: {},
    steps: [...OPENED, ask('write', 1200), inject('ACK')],
  },
  {
    name: 'a scaled window',
    offer: { mss: 1460, windowScale: 2 },
    steps: [...openedWith(250), ask('write', 3000), inject('ACK')],
  },
];

/** Timestamps and PAWS (RFC 7323). */
const TIMESTAMPS: readonly Scenario[] = [
  ...(
    [
      ['data with an old timestamp', 'PSH,ACK', { ts: -50, data: 10 }],
      ['data with the same timestamp', 'PSH,ACK', { ts: 2, data: 10 }],
      ['data with a new timestamp', 'PSH,ACK', { ts: 500, data: 10 }],
      [
        'data with a timestamp half the timestamp space ahead',
        'PSH,ACK',
        { ts: 2 ** 31 - 10, data: 10 },
      ],
      ['data without timestamps', 'PSH,ACK', { ts: 'none', data: 10 }],
      ['data beyond a hole without timestamps', 'ACK', { seq: 101, ts: 'none', data: 10 }],
      ['data below the window without timestamps', 'ACK', { seq: -10, ts: 'none', data: 5 }],
      ['a keepalive without timestamps', 'ACK', { seq: 0, ts: 'none' }],
      ['a keepalive with an octet, without timestamps', 'ACK', { seq: 0, ts: 'none', data: 1 }],
      ['an ACK of the future without timestamps', 'ACK', { ack: 500, ts: 'none' }],
      ['FIN without timestamps', 'FIN,ACK', { ts: 'none' }],
      ['SYN without timestamps', 'SYN', { seq: 1, options: {} }],
      ['an ACK with an old timestamp', 'ACK', { ts: -50 }],
      ['FIN with an old timestamp', 'FIN,ACK', { ts: -50 }],
      ['SYN with an old timestamp', 'SYN', { seq: 1, ts: -50 }],
      ['RST without timestamps', 'RST', { ts: 'none' }],
      ['RST with an old timestamp', 'RST', { ts: -50 }],
      ['RST in the window with an old timestamp', 'RST', { seq: 5, ts: -50 }],
      ['data beyond a hole with a new timestamp', 'ACK', { seq: 101, data: 10, ts: 700 }],
      ['data below the window with a new timestamp', 'ACK', { seq: -10, data: 5, ts: 700 }],
      ['an echo that was never sent', 'ACK', { echo: 12 }],
    ] as const
  ).map(
    ([what, flags, segment]): Scenario => ({
      name: `timestamps: ${what}`,
      offer: FULL,
      steps: [...OPENED, inject(flags, segment), inject('PSH,ACK', { ts: 600, data: 10 })],
    }),
  ),
];

/** Explicit congestion notification (RFC 3168) with tcp_ecn 2: on if the peer requests it. */
const ECN: readonly Scenario[] = [
  {
    name: 'ECN: agreed, and data arrives marked CE',
    steps: [
      inject('SYN,ECE,CWR'),
      inject('ACK'),
      inject('PSH,ACK', { data: 100, tos: 3 }),
      inject('PSH,ACK', { data: 100, tos: 2 }),
      inject('PSH,CWR,ACK', { data: 100, tos: 2 }),
      inject('PSH,ACK', { data: 100, tos: 2 }),
    ],
  },
  {
    name: 'ECN: agreed, and the peer sends ECE',
    steps: [
      inject('SYN,ECE,CWR'),
      inject('ACK'),
      ask('write', 100),
      inject('ECE,ACK'),
      ask('write', 100),
      inject('ECE,ACK'),
      inject('ACK'),
      ask('write', 100),
    ],
  },
  { name: 'ECN: SYN with ECE alone', steps: [inject('SYN,ECE'), inject('ACK'), ask('write', 100)] },
  { name: 'ECN: SYN with CWR alone', steps: [inject('SYN,CWR'), inject('ACK'), ask('write', 100)] },
  {
    name: 'ECN: SYN that is marked ECT',
    steps: [inject('SYN,ECE,CWR', { tos: 2 }), inject('ACK'), ask('write', 100)],
  },
];

export const EXCHANGES: readonly Scenario[] = [...SENDING, ...TIMESTAMPS, ...ECN];
