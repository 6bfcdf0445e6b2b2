import { established, SYNCHRONIZED_STATES, synSent, type TcpPeer } from '@strata/simulator';

const SOFT = [
  ['net unreachable', 3, 0, 'network unreachable'],
  ['host unreachable', 3, 1, 'host unreachable'],
  ['source route failed', 3, 5, 'host unreachable'],
  ['time to live exceeded', 11, 0, 'host unreachable'],
  ['reassembly time exceeded', 11, 1, 'host unreachable'],
  ['parameter problem', 12, 0, 'invalid'],
] as const;

const HARD = [
  ['protocol unreachable', 3, 2, 'refused'],
  ['port unreachable', 3, 3, 'refused'],
] as const;

/** ESTABLISHED with 100 octets in flight. */
function inFlight(): TcpPeer {
  const peer = established();
  peer.write(100);
  peer.sent();
  return peer;
}

describe('ICMP errors (RFC 9293 3.9.2.2)', () => {
  it.each(SOFT)('%s does not abort the connection (MUST-56)', (_, type, code) => {
    const peer = inFlight();
    peer.injectError(type, code, { seq: 1 });
    expect(peer.state).toBe('ESTABLISHED');
    peer.inject('ACK', { seq: 1, ack: 101 });
    peer.write(100);
    expect(peer.sent()).toEqual(['PSH,ACK seq=101 ack=1 len=100']);
  });

  it.each([...SOFT, ...HARD])(
    '%s is indicated to the application, once (SHLD-25, MUST-47)',
    (_, type, code, reason) => {
      const peer = inFlight();
      peer.injectError(type, code, { seq: 1 });
      peer.injectError(type, code, { seq: 1 });
      expect(peer.told()).toMatchObject([{ kind: 'error', reason, socket: peer.socket }]);
      // After progress the error is indicated again.
      peer.inject('ACK', { seq: 1, ack: 101 });
      peer.write(100);
      peer.told();
      peer.injectError(type, code, { seq: 101 });
      expect(peer.toldKinds()).toEqual(['error']);
    },
  );

  it('are not indicated after the application has closed', () => {
    const peer = inFlight();
    peer.ask('close');
    peer.injectError(3, 1, { seq: 1 });
    expect(peer.told()).toEqual([]);
    expect(peer.state).toBe('FIN-WAIT-1');
  });

  it.each(Object.keys(SYNCHRONIZED_STATES).filter((name) => name !== 'TIME-WAIT'))(
    '%s: neither hard nor soft errors abort a synchronized connection (RFC 5461 2)',
    (name) => {
      const peer = SYNCHRONIZED_STATES[name as keyof typeof SYNCHRONIZED_STATES]();
      for (const [, type, code] of [...SOFT, ...HARD]) peer.injectError(type, code);
      expect(peer.state).toBe(name);
      expect(peer.told()).not.toContainEqual(expect.objectContaining({ kind: 'closed' }));
    },
  );

  it.each(HARD)('%s aborts a connection in the handshake (SHLD-26)', (_, type, code) => {
    const peer = synSent();
    peer.injectError(type, code, { seq: 0 });
    expect(peer.toldKinds()).toEqual(['closed: refused']);
  });

  it.each(SOFT.filter(([, type]) => type === 3))(
    '%s aborts a connection in the handshake, as in tcp_v4_err() of Linux (RFC 5461 4.1)',
    (_, type, code, reason) => {
      const peer = synSent();
      peer.injectError(type, code, { seq: 0 });
      expect(peer.toldKinds()).toEqual([`closed: ${reason}`]);
    },
  );

  it.each(SOFT.filter(([, type]) => type !== 3))(
    '%s does not abort it even then: the SYN is retransmitted',
    (_, type, code) => {
      const peer = synSent();
      peer.injectError(type, code, { seq: 0 });
      expect(peer.toldKinds()).toEqual(['error']);
      expect(peer.state).toBe('SYN-SENT');
      expect(peer.advance(1000)).toHaveLength(1);
    },
  );

  it('affect only the connection that sent the segment (MUST-54)', () => {
    const peer = inFlight();
    peer.inject('SYN', { seq: 0, from: 7 });
    peer.sent();
    peer.told();
    peer.injectError(3, 1, { seq: 1 });
    expect(peer.told()).toMatchObject([{ kind: 'error', socket: peer.socket }]);
    expect(peer.core.sockets().filter(({ state }) => state === 'SYN-RECEIVED')).toHaveLength(1);
  });

  it('source quench is silently dropped (MUST-55)', () => {
    const peer = inFlight();
    const before = peer.core.sockets();
    peer.injectError(4, 0, { seq: 1 });
    expect(peer.sent()).toEqual([]);
    expect(peer.told()).toEqual([]);
    expect(peer.core.sockets()).toEqual(before);
  });

  it.each([
    ['that is acknowledged', 0],
    ['that was not sent yet', 102],
    ['far away', 1_000_000],
  ])('that quote a sequence number %s are not accepted (RFC 5927 4.1)', (_, seq) => {
    const peer = inFlight();
    if (seq === 0) peer.inject('ACK', { seq: 1, ack: 51 });
    peer.injectError(3, 1, { seq });
    expect(peer.told().filter(({ kind }) => kind === 'error')).toEqual([]);
    expect(peer.core.counters.OutOfWindowIcmps).toBe(1);
  });
});
