import { synReceived, synReceivedBySimultaneousOpen, synSent, TcpPeer } from '@strata/simulator';

describe('OPEN, active (RFC 9293 3.10.1)', () => {
  it('sends SYN and enters SYN-SENT', () => {
    const peer = new TcpPeer().connect();
    expect(peer.sent()).toEqual(['SYN seq=0']);
    expect(peer.state).toBe('SYN-SENT');
    expect(peer.core.counters.TcpActiveOpens).toBe(1);
  });

  it('offers MSS of the MTU, SACK, timestamps and window scaling', () => {
    const [syn] = new TcpPeer().connect().sentInFull();
    expect(syn).toMatch(/^SYN seq=0 win=\d+ <mss 1460,sackOK,ts,wscale \d+>$/);
  });

  it('offers what the sysctls allow', () => {
    const sysctl = { tcp_sack: 0, tcp_timestamps: 0, tcp_window_scaling: 0 };
    const [syn] = new TcpPeer({ sysctl, mtuOctets: 9000 }).connect().sentInFull();
    expect(syn).toMatch(/^SYN seq=0 win=\d+ <mss 8960>$/);
  });
});

describe('SYN-SENT (RFC 9293 3.10.7.3)', () => {
  describe('first checks ACK', () => {
    it.each([0, -5, 2, 1000])('SEG.ACK = ISS + %i is answered by RST with SEG.ACK', (ack) => {
      const peer = synSent();
      peer.inject('ACK', { seq: 0, ack });
      peer.inject('SYN,ACK', { seq: 0, ack });
      expect(peer.sent()).toEqual([`RST seq=${ack}`, `RST seq=${ack}`]);
      expect(peer.state).toBe('SYN-SENT');
    });

    it('unless it has RST: then it is dropped', () => {
      const peer = synSent();
      peer.inject('RST,ACK', { seq: 0, ack: 2 });
      peer.inject('RST,ACK', { seq: 0, ack: 0 });
      expect(peer.sent()).toEqual([]);
      expect(peer.state).toBe('SYN-SENT');
    });
  });

  describe('if the peer answers for a connection from before a crash (3.5.1, figure 9)', () => {
    it('sends a RST, which ends that connection, and its SYN again at once', () => {
      const peer = synSent();
      peer.inject('ACK', { seq: 300, ack: 100 });
      expect(peer.sent()).toEqual(['RST seq=100']);
      expect(peer.advance(10)).toEqual(['2 SYN seq=0']);
      peer.inject('SYN,ACK', { seq: 0, ack: 1 });
      expect(peer.toldKinds()).toEqual(['connected']);
    });

    it('does so once: after that the timer decides', () => {
      const peer = synSent();
      for (let i = 0; i < 5; i += 1) peer.inject('ACK', { seq: 300, ack: 100 });
      expect(peer.sent()).toHaveLength(5);
      expect(peer.advance(10)).toEqual(['2 SYN seq=0']);
      peer.inject('ACK', { seq: 300, ack: 100 });
      expect(peer.sent()).toEqual(['RST seq=100']);
      expect(peer.advance(1000)).toEqual([]);
    });
  });

  describe('second checks RST', () => {
    it('with an acceptable ACK the connection is refused', () => {
      const peer = synSent();
      peer.inject('RST,ACK', { seq: 0, ack: 1 });
      expect(peer.toldKinds()).toEqual(['closed: refused']);
      expect(peer.state).toBe('CLOSED');
      expect(peer.core.nextDeadlineMs()).toBe(Infinity);
      expect(peer.core.counters.TcpAttemptFails).toBe(1);
    });

    it('without ACK it is dropped (a blind reset)', () => {
      const peer = synSent();
      peer.inject('RST', { seq: 0 });
      expect(peer.sent()).toEqual([]);
      expect(peer.state).toBe('SYN-SENT');
    });
  });

  describe('fourth checks SYN', () => {
    it('with ACK of our SYN the connection is ESTABLISHED and acknowledged', () => {
      const peer = synSent();
      peer.inject('SYN,ACK', { seq: 0, ack: 1 });
      expect(peer.sent()).toEqual(['ACK seq=1 ack=1']);
      expect(peer.state).toBe('ESTABLISHED');
      expect(peer.toldKinds()).toEqual(['connected']);
    });

    it('alone it is a simultaneous open: SYN,ACK and SYN-RECEIVED (3.5, figure 7)', () => {
      const peer = synSent();
      peer.inject('SYN', { seq: 0, options: { mss: 1460 } });
      expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=1']);
      expect(peer.state).toBe('SYN-RECEIVED');
      expect(peer.told()).toEqual([]);
    });

    it('accepts data with the SYN,ACK', () => {
      const peer = synSent();
      peer.inject('SYN,ACK', { seq: 0, ack: 1, data: 'early' });
      expect(peer.state).toBe('ESTABLISHED');
      const acked = peer.advance(1000).at(-1);
      // Octets that were not accepted are not acknowledged, and the peer retransmits them.
      if (!acked?.endsWith('ack=6')) peer.inject('PSH,ACK', { seq: 1, data: 'early' });
      const data = peer.told().flatMap((told) => (told.kind === 'data' ? [...told.data] : []));
      expect(String.fromCharCode(...data)).toBe('early');
    });
  });

  it('fifth drops what has neither SYN nor RST', () => {
    const peer = synSent();
    peer.inject('ACK', { seq: 1, ack: 1, data: 10 });
    peer.inject('FIN', { seq: 1 });
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe('SYN-SENT');
  });

  it('ends by close without sending anything (3.10.4)', () => {
    const peer = synSent();
    peer.ask('close');
    expect(peer.sent()).toEqual([]);
    expect(peer.toldKinds()).toEqual(['closed: aborted']);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it.each([
    ['port unreachable', 3, 'closed: refused'],
    ['host unreachable', 1, 'closed: host unreachable'],
    ['net unreachable', 0, 'closed: network unreachable'],
  ])('ends at once for an ICMP %s about its SYN', (_, code, told) => {
    const peer = synSent();
    peer.injectError(3, code, { seq: 0 });
    expect(peer.toldKinds()).toEqual([told]);
  });

  it('does not accept an ICMP error about another sequence number (RFC 5927 4.1)', () => {
    const peer = synSent();
    peer.injectError(3, 3, { seq: 5 });
    expect(peer.told()).toEqual([]);
    expect(peer.state).toBe('SYN-SENT');
    expect(peer.core.counters.OutOfWindowIcmps).toBe(1);
  });
});

describe('a SYN without an answer (T7)', () => {
  it('is retransmitted after 1, 3, 7, 15, 31 and 63 s and given up at 127 s', () => {
    const peer = synSent();
    const lines = peer.advance(300_000);
    expect(lines).toEqual([1, 3, 7, 15, 31, 63].map((s) => `${s * 1000} SYN seq=0`));
    expect(peer.toldKinds()).toEqual(['error', 'closed: timed out']);
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('is retransmitted tcp_syn_retries times', () => {
    const peer = synSent({ sysctl: { tcp_syn_retries: 2 } });
    expect(peer.advance(6999)).toEqual(['1000 SYN seq=0', '3000 SYN seq=0']);
    expect(peer.state).toBe('SYN-SENT');
    expect(peer.advance(2)).toEqual([]);
    expect(peer.toldKinds()).toEqual(['closed: timed out']);
  });

  it('with tcp_syn_retries 0 is sent once', () => {
    const peer = synSent({ sysctl: { tcp_syn_retries: 0 } });
    expect(peer.advance(10_000)).toEqual([]);
    expect(peer.toldKinds()).toEqual(['closed: timed out']);
  });
});

describe('a SYN,ACK without an answer (T7)', () => {
  it('is retransmitted after 1, 3, 7, 15 and 31 s and given up at 63 s', () => {
    const peer = synReceived();
    expect(peer.advance(62_999)).toEqual(
      [1, 3, 7, 15, 31].map((s) => `${s * 1000} SYN,ACK seq=0 ack=1`),
    );
    expect(peer.state).toBe('SYN-RECEIVED');
    expect(peer.advance(2)).toEqual([]);
    expect(peer.state).toBe('CLOSED');
    expect(peer.told()).toEqual([]);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('is retransmitted tcp_synack_retries times', () => {
    const peer = synReceived({ sysctl: { tcp_synack_retries: 1 } });
    expect(peer.advance(100_000)).toEqual(['1000 SYN,ACK seq=0 ack=1']);
    expect(peer.state).toBe('CLOSED');
  });
});

describe('SYN-RECEIVED (RFC 9293 3.10.7.4)', () => {
  it('becomes ESTABLISHED by an ACK of our SYN, and is offered', () => {
    const peer = synReceived();
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe('ESTABLISHED');
    expect(peer.toldKinds()).toEqual(['offer']);
    expect(peer.core.counters.TcpPassiveOpens).toBe(1);
  });

  it.each([0, 2, 1000])('answers SEG.ACK = ISS + %i by RST with SEG.ACK', (ack) => {
    const peer = synReceived();
    peer.inject('ACK', { seq: 1, ack });
    expect(peer.sent()).toEqual([`RST seq=${ack}`]);
    expect(peer.state).toBe('SYN-RECEIVED');
  });

  it('returns to LISTEN by RST: the application is not told', () => {
    const peer = synReceived();
    peer.inject('RST', { seq: 1 });
    expect(peer.state).toBe('CLOSED');
    expect(peer.told()).toEqual([]);
    peer.inject('SYN', { seq: 0 });
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=1']);
  });

  it('after a simultaneous open is refused by RST', () => {
    const peer = synReceivedBySimultaneousOpen();
    peer.inject('RST', { seq: 1 });
    expect(peer.toldKinds()).toEqual(['closed: refused']);
    expect(peer.state).toBe('CLOSED');
  });

  it('does not accept a RST that is not exact (RFC 5961 3.2)', () => {
    const peer = synReceived();
    peer.inject('RST', { seq: 2 });
    peer.inject('RST', { seq: 100_000 });
    expect(peer.state).toBe('SYN-RECEIVED');
  });

  it('answers a retransmitted SYN by SYN,ACK, at once', () => {
    const peer = synReceived();
    peer.inject('SYN', { seq: 0, options: { mss: 1460 } });
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=1']);
    expect(peer.state).toBe('SYN-RECEIVED');
  });

  it('accepts data and FIN with the ACK', () => {
    const peer = synReceived();
    peer.inject('FIN,ACK', { seq: 1, ack: 1, data: 'all at once' });
    peer.accept();
    expect(peer.state).toBe('CLOSE-WAIT');
    expect(peer.toldKinds()).toEqual(['offer', 'data', 'end']);
    expect(peer.sent().at(-1)).toBe('ACK seq=1 ack=13');
  });

  it('accepts data that overtook the ACK of the handshake', () => {
    const peer = synReceived();
    peer.inject('PSH,ACK', { seq: 1, ack: 1, data: 5 });
    expect(peer.state).toBe('ESTABLISHED');
    peer.accept();
    expect(peer.toldKinds()).toEqual(['offer', 'data']);
  });
});

describe('simultaneous open (RFC 9293 3.5, figure 7)', () => {
  it.each([
    ['SYN,ACK', { seq: 0, ack: 1 }],
    ['ACK', { seq: 1, ack: 1 }],
  ])('ends in ESTABLISHED by %s of the peer', (flags, made) => {
    const peer = synReceivedBySimultaneousOpen();
    peer.inject(flags, made);
    expect(peer.state).toBe('ESTABLISHED');
    expect(peer.toldKinds()).toEqual(['connected']);
    peer.sent();
    peer.write(10);
    peer.inject('PSH,ACK', { seq: 1, ack: 1, data: 5 });
    expect(peer.sent()[0]).toBe('PSH,ACK seq=1 ack=1 len=10');
    expect(peer.toldKinds()).toContain('data');
  });

  it('retransmits the SYN,ACK if it is lost', () => {
    const peer = synReceivedBySimultaneousOpen();
    expect(peer.advance(1000)).toEqual(['1000 SYN,ACK seq=0 ack=1']);
  });
});
