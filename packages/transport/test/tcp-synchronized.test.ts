import { SYNCHRONIZED_STATES } from '@strata/simulator';
import {
  AFTER_FIN,
  BUT_AFTER_FIN,
  BUT_TIME_WAIT,
  enter,
  NAMES,
  NUMBERS,
  oldAck,
} from './synchronized-kit.ts';

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

  it.each(BUT_TIME_WAIT)(
    '%s: an empty segment outside the window is answered by an ACK',
    (name) => {
      const { peer, rcvNxt, ack } = enter(name);
      peer.inject('ACK', { seq: rcvNxt + 10_000_000, ack: oldAck(name) });
      expect(peer.sent()).toEqual([ack]);
    },
  );

  it('such answers to empty segments are limited to one in tcp_invalid_ratelimit', () => {
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

  it.each(NAMES)('%s: outside the window it is dropped', (name) => {
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
    '%s: with the sequence number of the FIN, RCV.NXT - 1, it ends the connection, as in tcp_reset_check() of Linux',
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

  it.each(AFTER_FIN)(
    '%s: with the sequence number of the FIN it is accepted whatever its timestamp',
    (name) => {
      const synOptions = { mss: 1460, timestamps: { value: 1000, echo: 0 } };
      const peer = SYNCHRONIZED_STATES[name]({ synOptions });
      const timestamps = { value: 1, echo: 0 };
      peer.inject('RST', { seq: NUMBERS[name][1] - 1, options: { timestamps } });
      expect(peer.state).toBe('CLOSED');
    },
  );

  it('challenge ACKs are limited for the whole stack (RFC 5961 7)', () => {
    const sysctl = { tcp_challenge_ack_limit: 3, tcp_invalid_ratelimit: 0 };
    const peer = SYNCHRONIZED_STATES.ESTABLISHED({ sysctl });
    for (let i = 0; i < 10; i += 1) peer.inject('RST', { seq: 2 });
    const first = peer.sent().length;
    // Random, from half to one and a half of the sysctl (Linux's tcp_send_challenge_ack()).
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
    '%s: an ACK of data that was not sent is answered by an ACK and dropped',
    (name) => {
      const { peer, rcvNxt, sndNxt, ack } = enter(name);
      peer.inject('PSH,ACK', { seq: rcvNxt, ack: sndNxt + 1, data: 10 });
      expect(peer.sent()).toEqual([ack]);
      expect(peer.told()).toEqual([]);
      expect(peer.state).toBe(name);
    },
  );

  it.each(BUT_TIME_WAIT)(
    '%s: an ACK older than any window is challenged (RFC 5961 5.2)',
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

/** An ACK may carry our unacknowledged FIN too. */
function withoutFin(line: string): string {
  return line.replace('FIN,', '');
}
