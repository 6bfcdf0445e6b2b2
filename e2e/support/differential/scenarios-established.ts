import { type Injected, inject, type Scenario, type Step, wait } from './script.ts';

const FULL = {
  mss: 1460,
  sackPermitted: true,
  windowScale: 7,
  timestamps: { value: 1000, echo: 0 },
};
const SACK = { mss: 1460, sackPermitted: true };

export const OPENED: readonly Step[] = [inject('SYN'), inject('ACK')];

/**
 * Sends one segment, and then one octet in order, which shows whether the connection is still open.
 */
function afterOpening(
  name: string,
  flags: string,
  segment: Omit<Injected, 'flags'> = {},
  more: Partial<Scenario> = {},
): Scenario {
  const steps = [...OPENED, inject(flags, segment), inject('PSH,ACK', { seq: 1, ack: 1, data: 1 })];
  return { name: `ESTABLISHED: ${name}`, steps, ...more };
}

/** ESTABLISHED: the unusual segments of RFC 9293 3.10.7.4 and RFC 5961. */
const SEGMENTS: readonly Scenario[] = [
  afterOpening('SYN in the window', 'SYN', { seq: 1 }),
  afterOpening('SYN beyond the window', 'SYN', { seq: 300_000 }),
  afterOpening('SYN below the window', 'SYN', { seq: -1000 }),
  afterOpening('the same SYN again', 'SYN', { seq: 0 }),
  afterOpening('SYN,ACK', 'SYN,ACK', { seq: 0, ack: 1 }),
  afterOpening('SYN,ACK in the window', 'SYN,ACK', { seq: 1, ack: 1 }),
  afterOpening('SYN,FIN', 'SYN,FIN', { seq: 1 }),
  afterOpening('SYN,RST', 'SYN,RST', { seq: 5 }),
  afterOpening('SYN with data', 'SYN,ACK', { seq: 1, ack: 1, data: 10 }),
  afterOpening('RST at RCV.NXT', 'RST', { seq: 1 }),
  afterOpening('RST,ACK at RCV.NXT', 'RST,ACK', { seq: 1, ack: 1 }),
  afterOpening('RST in the window', 'RST', { seq: 2 }),
  afterOpening('RST at the last octet of the window', 'RST', { seq: ({ edge }) => edge - 1 }),
  afterOpening('RST at the edge of the window', 'RST', { seq: ({ edge }) => edge }),
  afterOpening('RST below the window', 'RST', { seq: 0 }),
  afterOpening('RST far away', 'RST', { seq: 2 ** 31 }),
  afterOpening('RST with data', 'RST,ACK', { seq: 1, ack: 1, data: 10 }),
  afterOpening('RST with a future ACK', 'RST,ACK', { seq: 1, ack: 1000 }),
  afterOpening('no flags', '-', { seq: 1, data: 10 }),
  afterOpening('PSH without ACK', 'PSH', { seq: 1, data: 10 }),
  afterOpening('URG without ACK', 'URG', { seq: 1, data: 10, urg: 1 }),
  afterOpening('FIN without ACK', 'FIN', { seq: 1 }),
  afterOpening('ACK of the future', 'ACK', { seq: 1, ack: 100 }),
  afterOpening('ACK of the far future', 'ACK', { seq: 1, ack: 2 ** 30 }),
  afterOpening('ACK of the past', 'ACK', { seq: 1, ack: 0 }),
  afterOpening('ACK of the far past', 'ACK', { seq: 1, ack: -1_000_000 }),
  afterOpening('data with an ACK of the future', 'PSH,ACK', { seq: 1, ack: 100, data: 10 }),
  afterOpening('data with an ACK of the past', 'PSH,ACK', { seq: 1, ack: -100, data: 10 }),
  afterOpening('data with an ACK of the far past', 'PSH,ACK', {
    seq: 1,
    ack: -1_000_000,
    data: 10,
  }),
  afterOpening('an ACK below the window', 'ACK', { seq: 0, ack: 1 }),
  afterOpening('a keepalive with an octet', 'ACK', { seq: 0, ack: 1, data: 1 }),
  afterOpening('data below the window', 'ACK', { seq: -100, ack: 1, data: 50 }),
  afterOpening(
    'data below the window, with SACK',
    'ACK',
    { seq: -100, ack: 1, data: 50 },
    { offer: SACK },
  ),
  afterOpening('data that ends at RCV.NXT', 'ACK', { seq: -49, ack: 1, data: 50 }),
  afterOpening('data that begins below', 'PSH,ACK', { seq: -10, ack: 1, data: 50 }),
  afterOpening('data at the last octet of the window', 'ACK', {
    seq: ({ edge }) => edge - 1,
    ack: 1,
    data: 1,
  }),
  afterOpening('data over the edge of the window', 'ACK', {
    seq: ({ edge }) => edge - 1,
    ack: 1,
    data: 10,
  }),
  afterOpening('data beyond the window', 'ACK', { seq: ({ edge }) => edge, ack: 1, data: 10 }),
  afterOpening('an empty ACK at the edge of the window', 'ACK', {
    seq: ({ edge }) => edge,
    ack: 1,
  }),
  afterOpening('an empty ACK beyond the window', 'ACK', { seq: ({ edge }) => edge + 1, ack: 1 }),
  afterOpening('data half the sequence space away', 'ACK', { seq: 2 ** 31, ack: 1, data: 10 }),
  afterOpening('FIN beyond a hole', 'FIN,ACK', { seq: 101, ack: 1 }),
  afterOpening('FIN beyond the window', 'FIN,ACK', { seq: 500_000, ack: 1 }),
  afterOpening('FIN below the window', 'FIN,ACK', { seq: 0, ack: 1 }),
  afterOpening('urgent data', 'URG,ACK', { seq: 1, ack: 1, data: 10, urg: 5 }),
  afterOpening('an urgent pointer beyond the data', 'URG,ACK', {
    seq: 1,
    ack: 1,
    data: 10,
    urg: 100,
  }),
  afterOpening('an urgent pointer without data', 'URG,ACK', { seq: 1, ack: 1, urg: 1 }),
  afterOpening('an urgent pointer of 0', 'URG,ACK', { seq: 1, ack: 1, data: 10 }),
  afterOpening('an unknown option', 'PSH,ACK', {
    seq: 1,
    ack: 1,
    data: 1,
    raw: 'fd06010203040000',
  }),
  afterOpening('an MSS option', 'PSH,ACK', { seq: 1, ack: 1, data: 1, raw: '02040040' }),
  afterOpening('an option of length 0', 'PSH,ACK', { seq: 1, ack: 1, data: 1, raw: 'fd000000' }),
  afterOpening('timestamps that were not agreed', 'PSH,ACK', {
    seq: 1,
    ack: 1,
    data: 1,
    raw: '0101080a0000000500000000',
  }),
  afterOpening('a bad checksum', 'PSH,ACK', { seq: 1, ack: 1, data: 1, breaks: 'checksum' }),
  afterOpening('a shut window', 'ACK', { seq: 1, ack: 1, win: 0 }),
  afterOpening('CWR and ECE without ECN', 'PSH,ECE,CWR,ACK', { seq: 1, ack: 1, data: 1, tos: 3 }),
  afterOpening('all flags', 'SYN,FIN,RST,PSH,URG,ECE,CWR,ACK', { seq: 2, ack: 1 }),
];

/** Data that arrives out of order, overlapping or twice. */
const ORDER: readonly Scenario[] = [
  {
    name: 'data in order',
    steps: [
      ...OPENED,
      inject('PSH,ACK', { data: 100 }),
      inject('PSH,ACK', { data: 1460 }),
      inject('ACK', { data: 1460 }),
    ],
  },
  {
    name: 'a hole that is filled',
    offer: SACK,
    steps: [
      ...OPENED,
      inject('ACK', { seq: 101, data: 100 }),
      inject('ACK', { seq: 301, data: 100 }),
      inject('ACK', { seq: 1, data: 100 }),
      inject('ACK', { seq: 201, data: 100 }),
    ],
  },
  {
    name: 'a hole that is filled, without SACK',
    steps: [
      ...OPENED,
      inject('ACK', { seq: 101, data: 100 }),
      inject('ACK', { seq: 1, data: 100 }),
    ],
  },
  {
    name: 'many holes: which SACK blocks are sent',
    offer: SACK,
    steps: [
      ...OPENED,
      ...[101, 301, 501, 701, 901, 301].map((seq) => inject('ACK', { seq, data: 50 })),
    ],
  },
  {
    name: 'many holes with timestamps',
    offer: FULL,
    steps: [...OPENED, ...[101, 301, 501, 701, 901].map((seq) => inject('ACK', { seq, data: 50 }))],
  },
  {
    name: 'a duplicate of delivered data (D-SACK)',
    offer: SACK,
    steps: [
      ...OPENED,
      inject('ACK', { seq: 1, data: 100 }),
      inject('ACK', { seq: 1, data: 100 }),
      inject('ACK', { seq: 51, data: 100 }),
      inject('ACK', { data: 10 }),
    ],
  },
  {
    name: 'a duplicate of data beyond a hole (D-SACK)',
    offer: SACK,
    steps: [
      ...OPENED,
      inject('ACK', { seq: 101, data: 100 }),
      inject('ACK', { seq: 101, data: 100 }),
      inject('ACK', { seq: 151, data: 20 }),
      inject('ACK', { seq: 1, data: 100 }),
    ],
  },
  {
    name: 'overlapping data with different content',
    offer: SACK,
    steps: [
      ...OPENED,
      inject('ACK', { seq: 51, data: 100, fill: 1 }),
      inject('ACK', { seq: 26, data: 50, fill: 2 }),
      inject('ACK', { seq: 101, data: 100, fill: 3 }),
      inject('ACK', { seq: 1, data: 300, fill: 4 }),
    ],
  },
  {
    name: 'data behind a FIN beyond a hole',
    offer: SACK,
    steps: [
      ...OPENED,
      inject('FIN,ACK', { seq: 101, data: 100 }),
      inject('ACK', { seq: 301, data: 50 }),
      inject('ACK', { seq: 1, data: 100 }),
      wait(200),
    ],
  },
  {
    name: 'FIN beyond a hole, then the missing data',
    steps: [
      ...OPENED,
      inject('FIN,ACK', { seq: 101, data: 10 }),
      inject('ACK', { seq: 1, data: 100 }),
    ],
  },
  {
    name: 'FIN with data that has already arrived',
    steps: [
      ...OPENED,
      inject('PSH,ACK', { seq: 1, data: 100 }),
      inject('FIN,ACK', { seq: 1, data: 100 }),
    ],
  },
  {
    name: 'data, then FIN with part of it and more',
    steps: [
      ...OPENED,
      inject('PSH,ACK', { seq: 1, data: 100 }),
      inject('FIN,ACK', { seq: 51, data: 100 }),
    ],
  },
  {
    name: 'a large segment, then tiny ones',
    steps: [
      ...OPENED,
      inject('ACK', { data: 1460 }),
      ...[1, 1, 1].map((data) => inject('PSH,ACK', { data })),
    ],
  },
];

export const ESTABLISHED: readonly Scenario[] = [...SEGMENTS, ...ORDER];
