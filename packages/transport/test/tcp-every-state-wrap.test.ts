import { type TcpPeer, type TcpPeerOptions, timeWait } from '@strata/simulator';
import { enter, STATES, type StateName } from './every-state-kit.ts';

const TICKS_PER_MS = 250;

/**
 * The start of the clock with which the core's ISN is this one: the ISN clock counts 250 in a
 * millisecond (RFC 9293 3.4.1).
 */
function startFor(name: StateName, wished: number): number {
  // TIME-WAIT and CLOSED have no number to read; the ISN of every passive open is the same.
  const { coreIss } = name === 'SYN-SENT' ? enter(name).peer : timeWait();
  return 1000 + (((wished - coreIss + 2 ** 32) % 2 ** 32) + 0.5) / TICKS_PER_MS;
}

/**
 * The events of a connection, one after the other. Returns its segments, indications and states,
 * with relative numbers.
 */
function transcript(name: StateName, options: TcpPeerOptions): string[] {
  const { peer, rcvNxt, sndNxt, sndUna } = enter(name, { maxPduOctets: 1, ...options });
  const lines: string[] = [];
  const note = (what: string) =>
    lines.push(`${what}: ${[peer.state, ...peer.toldKinds(), ...peer.sent()].join(' | ')}`);
  const inject = (flags: string, made: Parameters<TcpPeer['inject']>[1]) => {
    peer.inject(flags, made);
    note(flags);
  };
  note('at first');
  if (name === 'SYN-SENT') inject('SYN,ACK', { seq: 0, ack: 1, options: { mss: 1460 } });
  if (name === 'SYN-RECEIVED') {
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.accept();
    note('ACK');
  }
  if (isOpen(peer.state)) {
    peer.write(4000);
    note('write');
  }
  inject('ACK', { seq: rcvNxt + 1000, ack: sndUna, data: 1000 });
  inject('ACK', { seq: rcvNxt, ack: sndUna, data: 1000 });
  inject('ACK', { seq: rcvNxt + 500, ack: sndUna, data: 2000 });
  inject('ACK', { seq: rcvNxt, ack: sndNxt + 1460 });
  inject('RST', { seq: rcvNxt + 5000 });
  inject('SYN', { seq: rcvNxt + 60_000 });
  lines.push(...peer.advance(10_000), peer.state);
  inject('ACK', { seq: rcvNxt - 1, ack: sndUna });
  inject('FIN,ACK', { seq: rcvNxt + 2500, ack: sndNxt });
  if (isOpen(peer.state)) {
    peer.ask('shutdown');
    note('shutdown');
  }
  inject('ACK', { ack: undefined });
  inject('ACK', {});
  lines.push(...peer.advance(30_000), peer.state);
  return lines;
}

function isOpen(state: string): boolean {
  return state === 'ESTABLISHED' || state === 'CLOSE-WAIT';
}

/** Distances of a number before the wrap. */
const BEFORE = [0, 1, 2, 3, 500, 1461, 2500, 4001];

describe('sequence numbers that wrap (RFC 9293 3.4, T3)', () => {
  it.each(STATES)(
    '%s: the sequence numbers of the peer change nothing, wherever they wrap',
    (name) => {
      const usual = transcript(name, {});
      expect(usual.length).toBeGreaterThan(10);
      for (const before of BEFORE) {
        const peerIss = (2 ** 32 - before) % 2 ** 32;
        expect([before, ...transcript(name, { peerIss })]).toEqual([before, ...usual]);
      }
    },
  );

  it.each(STATES)('%s: our sequence numbers change nothing, wherever they wrap', (name) => {
    const usual = transcript(name, {});
    for (const before of BEFORE) {
      const iss = (2 ** 32 - before) % 2 ** 32;
      const startMs = startFor(name, iss);
      if (!['CLOSED', 'LISTEN'].includes(name)) {
        expect(enter(name, { startMs }).peer.coreIss).toBe(iss);
      }
      expect([before, ...transcript(name, { startMs })]).toEqual([before, ...usual]);
    }
  });

  it('the transcripts contain data, retransmissions, holes and FIN, so they would differ', () => {
    const text = transcript('ESTABLISHED', {}).join('\n');
    for (const part of ['data', 'end', 'len=1460', 'FIN,', 'LAST-ACK', 'ACK: CLOSED']) {
      expect(text).toContain(part);
    }
  });
});
