import {
  established,
  finWait1,
  type MadeSegment,
  synReceivedBySimultaneousOpen,
  synSent,
  type TcpPeer,
} from '@strata/simulator';
import { type Entered, enter, nothingLeft, STATES, type StateName } from './every-state-kit.ts';

/** The calls that the application may make at that moment. */
const CALLS = {
  write: (peer: TcpPeer) => peer.write(100),
  shutdown: (peer: TcpPeer) => peer.ask('shutdown'),
  close: (peer: TcpPeer) => peer.ask('close'),
  abort: (peer: TcpPeer) => peer.ask('abort'),
  credit: (peer: TcpPeer) => peer.credit(20_000_000),
} as const;

/** The segments that may arrive at that moment; numbers are relative to the connection's. */
const SEGMENTS: Record<string, (at: Entered) => readonly [string, MadeSegment]> = {
  data: ({ rcvNxt, sndUna }) => ['PSH,ACK', { seq: rcvNxt, ack: sndUna, data: 50 }],
  FIN: ({ rcvNxt, sndUna }) => ['FIN,ACK', { seq: rcvNxt, ack: sndUna }],
  'data and FIN': ({ rcvNxt, sndNxt }) => ['FIN,PSH,ACK', { seq: rcvNxt, ack: sndNxt, data: 50 }],
  'ACK of all': ({ rcvNxt, sndNxt }) => ['ACK', { seq: rcvNxt, ack: sndNxt }],
  RST: ({ rcvNxt, sndNxt }) => ['RST,ACK', { seq: rcvNxt, ack: sndNxt }],
  SYN: () => ['SYN', { seq: 0, options: { mss: 1460 } }],
  'SYN,ACK': () => ['SYN,ACK', { seq: 0, ack: 1, options: { mss: 1460 } }],
};

const ORDERS = ['the call first', 'the segment first', 'at once'] as const;

/** Makes the call and injects the segment, in this order. */
function together(
  name: StateName,
  call: keyof typeof CALLS,
  segment: string,
  order: (typeof ORDERS)[number],
) {
  const at = enter(name);
  const { peer } = at;
  const [flags, made] = SEGMENTS[segment]!(at);
  if (order === 'the segment first') peer.inject(flags, made);
  if (order === 'at once') {
    // The core is not polled in between: its answers to both are sent together.
    const { socket, nowMs } = peer;
    if (call === 'write') {
      const data = new Uint8Array(100);
      peer.core.handleRequest({ kind: 'send', socket, offset: 0, data, push: true }, nowMs);
    } else if (call === 'credit') {
      peer.core.handleRequest({ kind: 'credit', socket, limitOctets: 20_000_000 }, nowMs);
    } else peer.core.handleRequest({ kind: call, socket }, nowMs);
  } else CALLS[call](peer);
  if (order !== 'the segment first') peer.inject(flags, made);
  return peer;
}

/** Throws if the indications or the segments sent are inconsistent. */
function soundness(peer: TcpPeer): void {
  const told = peer.told();
  const kinds = told.map(({ kind }) => kind);
  const closed = kinds.indexOf('closed');
  if (closed >= 0 && closed !== kinds.length - 1) throw new Error(`after closed: ${kinds}`);
  const end = kinds.indexOf('end');
  if (end >= 0 && kinds.lastIndexOf('data') > end) throw new Error(`data after end: ${kinds}`);
  if (kinds.filter((kind) => kind === 'end').length > 1) throw new Error(`two ends: ${kinds}`);
  let octets = 0;
  for (const one of told) {
    if (one.kind !== 'data') continue;
    if (one.offset !== octets) throw new Error(`data at ${one.offset} behind ${octets}`);
    octets += one.data.byteLength;
  }
  const sent = peer.sent();
  const reset = sent.findIndex((line) => line.startsWith('RST'));
  // A SYN after the RST opens a new connection, because the listener is still there.
  const isOfIt = (line: string) => !line.startsWith('RST') && !line.startsWith('SYN,ACK seq=0');
  if (closed >= 0 && reset >= 0 && sent.slice(reset).some(isOfIt)) {
    throw new Error(`after RST: ${sent}`);
  }
}

describe('a user call and a segment at the same moment', () => {
  const PAIRS = (Object.keys(CALLS) as (keyof typeof CALLS)[]).flatMap((call) =>
    Object.keys(SEGMENTS).flatMap((segment) =>
      ORDERS.map((order) => [call, segment, order] as const),
    ),
  );

  it.each(STATES)(
    '%s: in either order, whatever they are, the connection stays consistent',
    (name) => {
      for (const [call, segment, order] of PAIRS) {
        try {
          const peer = together(name, call, segment, order);
          soundness(peer);
          // Then the peer is silent: what has begun ends, and what waits only for the peer keeps
          // waiting.
          peer.advance(7_200_000);
          const rests = ['CLOSED', 'ESTABLISHED', 'FIN-WAIT-2', 'CLOSE-WAIT'];
          if (!rests.includes(peer.state)) throw new Error(`it stays in ${peer.state}`);
          const timer = peer.core.nextDeadlineMs();
          if (timer !== Infinity) throw new Error(`a timer runs in ${peer.state}`);
        } catch (error) {
          throw new Error(`${call} and ${segment}, ${order}: ${(error as Error).message}`);
        }
      }
      expect(PAIRS).toHaveLength(5 * 7 * 3);
    },
  );
});

describe('simultaneous opens and closes (RFC 9293 3.5, 3.6)', () => {
  it('SYN-SENT and SYN: through SYN-RECEIVED to ESTABLISHED', () => {
    const peer = synSent();
    peer.inject('SYN', { seq: 0, options: { mss: 1460 } });
    expect([peer.state, ...peer.sent()]).toEqual(['SYN-RECEIVED', 'SYN,ACK seq=0 ack=1']);
    peer.inject('SYN,ACK', { seq: 0, ack: 1, options: { mss: 1460 } });
    expect([peer.state, ...peer.toldKinds()]).toEqual(['ESTABLISHED', 'connected']);
  });

  it('SYN-RECEIVED on both sides: a close of one then ends both', () => {
    const peer = synReceivedBySimultaneousOpen();
    peer.ask('close');
    peer.inject('SYN,ACK', { seq: 0, ack: 1 });
    expect(peer.state).toBe('FIN-WAIT-1');
    expect(peer.sent().at(-1)).toBe('FIN,ACK seq=1 ack=1');
    peer.inject('FIN,ACK', { seq: 1, ack: 2 });
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('FIN and FIN: through CLOSING to TIME-WAIT', () => {
    const peer = finWait1();
    peer.inject('FIN,ACK', { seq: 1, ack: 1 });
    expect([peer.state, ...peer.sent()]).toEqual(['CLOSING', 'ACK seq=2 ack=2']);
    peer.inject('ACK', { seq: 2, ack: 2 });
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('data and FIN crossing on both sides: everything arrives', () => {
    const peer = established();
    peer.write(100);
    peer.ask('shutdown');
    expect(peer.sent()).toEqual(['PSH,ACK seq=1 ack=1 len=100', 'FIN,ACK seq=101 ack=1']);
    peer.inject('FIN,PSH,ACK', { seq: 1, ack: 1, data: 70 });
    expect([peer.state, ...peer.toldKinds()]).toEqual(['CLOSING', 'data', 'end']);
    expect(peer.sent().at(-1)).toBe('ACK seq=102 ack=72');
    peer.inject('ACK', { seq: 72, ack: 102 });
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('data crossing on both sides: each side acknowledges the other', () => {
    const peer = established();
    peer.write(100);
    peer.inject('PSH,ACK', { seq: 1, ack: 1, data: 70 });
    peer.write(100);
    peer.inject('ACK', { seq: 71, ack: 101 });
    expect(peer.sent().at(-1)).toBe('PSH,ACK seq=101 ack=71 len=100');
  });

  it('RST and RST: neither is answered', () => {
    const peer = established();
    peer.ask('abort');
    expect(peer.sent()).toEqual(['RST,ACK seq=1 ack=1']);
    peer.inject('RST,ACK', { seq: 1, ack: 1 });
    expect(peer.sent()).toEqual([]);
    nothingLeft(peer);
  });

  it('FIN and RST: RST wins, nothing is left behind', () => {
    const peer = finWait1();
    peer.inject('RST,ACK', { seq: 1, ack: 1 });
    expect(peer.toldKinds()).toEqual(['closed: reset']);
    nothingLeft(peer);
  });
});
