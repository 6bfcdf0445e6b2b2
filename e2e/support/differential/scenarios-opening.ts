import { ask, CLOSED_PORT, inject, type Scenario, wait } from './script.ts';

const FULL = {
  mss: 1460,
  sackPermitted: true,
  windowScale: 7,
  timestamps: { value: 1000, echo: 0 },
};

/** CLOSED, LISTEN, SYN-SENT and SYN-RECEIVED (RFC 9293 3.10.7.1 to 3.10.7.4). */
export const OPENING: readonly Scenario[] = [
  ...['SYN', 'ACK', 'FIN', 'RST', 'RST,ACK', 'SYN,ACK', '-', 'SYN,FIN', 'FIN,PSH,URG'].map(
    (flags): Scenario => ({
      name: `CLOSED: ${flags}`,
      steps: [inject(flags, { to: CLOSED_PORT, seq: 100, ack: 200 })],
    }),
  ),
  {
    name: 'CLOSED: data with ACK, data without',
    steps: [
      inject('PSH,ACK', { to: CLOSED_PORT, seq: 100, ack: 200, data: 50 }),
      inject('-', { to: CLOSED_PORT, seq: 100, data: 50 }),
      inject('FIN', { to: CLOSED_PORT, seq: 100, data: 50 }),
    ],
  },
  ...['ACK', 'FIN', 'RST', 'SYN,ACK', '-', 'FIN,ACK', 'SYN,RST', 'SYN,FIN', 'SYN,ECE,CWR'].map(
    (flags): Scenario => ({ name: `LISTEN: ${flags}`, steps: [inject(flags, { seq: 0, ack: 9 })] }),
  ),
  {
    name: 'LISTEN: SYN,URG,PSH',
    steps: [inject('SYN,URG,PSH', { urg: 5 }), inject('ACK')],
  },
  { name: 'LISTEN: SYN with a bad checksum', steps: [inject('SYN', { breaks: 'checksum' })] },
  {
    name: 'LISTEN: SYN with a bad header length',
    steps: [inject('SYN', { breaks: 'header length' })],
  },
  {
    name: 'LISTEN: SYN with data',
    steps: [
      inject('SYN', { data: 100 }),
      inject('ACK', { seq: 1 }),
      inject('PSH,ACK', { seq: 1, data: 100 }),
    ],
  },
  {
    name: 'LISTEN: SYN without options',
    steps: [inject('SYN', { options: {} }), inject('ACK'), ask('write', 3000)],
  },
  ...[
    ['an MSS of 0', '02040000'],
    ['an MSS of 1', '02040001'],
    ['an MSS of 64', '02040040'],
    ['an MSS of 65,535', '0204ffff'],
    ['an MSS option of 3 octets', '02030500'],
    ['an option of length 0', 'fd000000'],
    ['an option of length 1', 'fd010000'],
    ['an option longer than the header', '1e280000'],
    ['an unknown option', 'fd06010203040000'],
    ['a window shift of 15', '0204 05b4 03030f00'.replaceAll(' ', '')],
    ['a window shift of 255', '020405b40303ff00'],
    ['two MSS', '020405b402040218'],
    ['NOPs alone', '01010101'],
    ['SACK permitted twice', '0402040201010000'],
    ['an end before the MSS', '00000000020405b4'],
    ['SACK blocks', '0101050a0000000100000002'],
    ['timestamps of length 9', '080900000001000000000000'],
  ].map(
    ([what, raw]): Scenario => ({
      name: `LISTEN: SYN with ${what}`,
      steps: [inject('SYN', { raw }), inject('ACK'), ask('write', 200)],
    }),
  ),
  {
    name: 'LISTEN: SYN with all options',
    offer: FULL,
    steps: [inject('SYN'), inject('ACK'), ask('write', 200), inject('ACK')],
  },
  {
    name: 'LISTEN: SYN with timestamps of value 0',
    offer: { ...FULL, timestamps: { value: 0, echo: 0 } },
    steps: [inject('SYN', { ts: -1000 }), inject('ACK', { ts: 5 }), ask('write', 10)],
  },
  {
    name: 'LISTEN: SYN with an echo',
    offer: FULL,
    steps: [inject('SYN', { echo: 77 }), inject('ACK')],
  },
  {
    name: 'SYN-RECEIVED: the same SYN again',
    steps: [inject('SYN'), inject('SYN', { seq: 0 }), wait(600), inject('SYN', { seq: 0 })],
  },
  {
    name: 'SYN-RECEIVED: another SYN',
    steps: [inject('SYN'), inject('SYN', { seq: 500 }), inject('ACK', { seq: 1 })],
  },
  {
    name: 'SYN-RECEIVED: SYN before the first',
    steps: [inject('SYN'), inject('SYN', { seq: -500 }), inject('ACK', { seq: 1 })],
  },
  ...(
    [
      ['RST at RCV.NXT', 'RST', { seq: 1 }],
      ['RST in the window', 'RST', { seq: 2 }],
      ['RST below the window', 'RST', { seq: 0 }],
      ['RST,ACK', 'RST,ACK', { seq: 1 }],
      ['ACK of nothing', 'ACK', { seq: 1, ack: 0 }],
      ['ACK of the future', 'ACK', { seq: 1, ack: 2 }],
      ['ACK below the window', 'ACK', { seq: 0, ack: 1 }],
      ['ACK beyond the window', 'ACK', { seq: 200_000, ack: 1 }],
      ['no flags', '-', { seq: 1 }],
      ['FIN without ACK', 'FIN', { seq: 1 }],
      ['data without ACK', 'PSH', { seq: 1, data: 10 }],
      ['SYN,ACK', 'SYN,ACK', { seq: 0, ack: 1 }],
      ['SYN,ACK with another number', 'SYN,ACK', { seq: 7, ack: 1 }],
    ] as const
  ).map(
    ([what, flags, segment]): Scenario => ({
      name: `SYN-RECEIVED: ${what}`,
      steps: [inject('SYN'), inject(flags, segment), inject('ACK', { seq: 1, ack: 1 })],
    }),
  ),
  {
    name: 'SYN-RECEIVED: data with the ACK',
    steps: [inject('SYN'), inject('PSH,ACK', { data: 100 })],
  },
  { name: 'SYN-RECEIVED: FIN with the ACK', steps: [inject('SYN'), inject('FIN,ACK')] },
  {
    name: 'SYN-RECEIVED: data and FIN with the ACK',
    steps: [inject('SYN'), inject('FIN,PSH,ACK', { data: 100 })],
  },
  {
    name: 'SYN-RECEIVED: data in front of the ACK',
    steps: [
      inject('SYN'),
      inject('ACK', { seq: 101, data: 50 }),
      inject('ACK', { seq: 1, data: 100 }),
    ],
  },
  {
    name: 'SYN-RECEIVED: an ACK with an echo that was never sent',
    offer: FULL,
    steps: [inject('SYN'), inject('ACK', { echo: 12_345 }), inject('ACK')],
  },
  {
    name: 'SYN-RECEIVED: an ACK without timestamps',
    offer: FULL,
    steps: [inject('SYN'), inject('ACK', { ts: 'none' }), inject('ACK')],
  },
  {
    name: 'SYN-RECEIVED: an ACK with an old timestamp',
    offer: FULL,
    steps: [inject('SYN'), inject('ACK', { ts: -100 }), inject('ACK', { ts: 2 })],
  },
  {
    name: 'SYN-RECEIVED: SYN,ACK is retransmitted',
    timers: true,
    steps: [inject('SYN'), wait(1300), wait(2000)],
  },
  ...(
    [
      ['SYN,ACK', 'SYN,ACK', { ack: 1 }],
      ['SYN,ACK of the past', 'SYN,ACK', { ack: 0 }],
      ['SYN,ACK of the future', 'SYN,ACK', { ack: 2 }],
      ['RST with the right ACK', 'RST,ACK', { ack: 1 }],
      ['RST with a wrong ACK', 'RST,ACK', { ack: 5 }],
      ['RST without ACK', 'RST', {}],
      ['SYN,RST', 'SYN,RST', {}],
      ['ACK', 'ACK', { ack: 1 }],
      ['ACK of the future', 'ACK', { ack: 9 }],
      ['FIN,ACK', 'FIN,ACK', { ack: 1 }],
      ['FIN', 'FIN', {}],
      ['no flags', '-', {}],
      ['SYN,ACK with data', 'SYN,ACK', { ack: 1, data: 100 }],
      ['SYN,ACK with FIN', 'SYN,FIN,ACK', { ack: 1 }],
      ['SYN,ACK without options', 'SYN,ACK', { ack: 1, options: {} }],
      ['SYN,ACK with an MSS of 1', 'SYN,ACK', { ack: 1, options: { mss: 1 } }],
      ['SYN,ACK with ECE', 'SYN,ECE,ACK', { ack: 1 }],
      ['SYN,ACK with a shut window', 'SYN,ACK', { ack: 1, win: 0 }],
    ] as const
  ).map(
    ([what, flags, segment]): Scenario => ({
      name: `SYN-SENT: ${what}`,
      steps: [ask('connect'), inject(flags, { seq: 0, ...segment }), ask('write', 100)],
    }),
  ),
  {
    name: 'SYN-SENT: SYN,ACK with all options',
    offer: FULL,
    steps: [ask('connect'), inject('SYN,ACK'), ask('write', 100), inject('ACK')],
  },
  {
    name: 'SYN-SENT: SYN,ACK with an echo that was never sent',
    offer: FULL,
    steps: [ask('connect'), inject('SYN,ACK', { echo: 99 }), inject('SYN,ACK', { seq: 0 })],
  },
  {
    name: 'SYN-SENT: simultaneous open with a peer that offers little',
    steps: [ask('connect'), inject('SYN')],
  },
  {
    name: 'SYN-SENT: simultaneous open',
    offer: FULL,
    steps: [
      ask('connect'),
      inject('SYN'),
      inject('SYN,ACK', { seq: 0 }),
      inject('PSH,ACK', { data: 10 }),
    ],
  },
  {
    name: 'SYN-SENT: simultaneous open, ACK alone',
    offer: FULL,
    steps: [ask('connect'), inject('SYN'), inject('ACK'), inject('PSH,ACK', { data: 10 })],
  },
  {
    name: 'SYN-SENT: simultaneous open, SYN again',
    offer: FULL,
    steps: [ask('connect'), inject('SYN'), inject('SYN', { seq: 0 }), inject('ACK')],
  },
  {
    name: 'SYN-SENT: simultaneous open, then RST',
    offer: FULL,
    steps: [ask('connect'), inject('SYN'), inject('RST')],
  },
  {
    name: 'SYN-SENT: SYN is retransmitted',
    timers: true,
    steps: [ask('connect'), wait(1300), wait(2000)],
  },
  {
    name: 'SYN-SENT: the application closes',
    steps: [ask('connect'), ask('close'), inject('SYN,ACK', { ack: 1 })],
  },
];
