import {
  closeWait,
  closing,
  established,
  finWait1,
  finWait2,
  lastAck,
  listening,
  synSent,
  timeWait,
} from '@strata/simulator';

describe('CLOSE (RFC 9293 3.10.4)', () => {
  it('ESTABLISHED: half-close sends a FIN after all data and enters FIN-WAIT-1', () => {
    const peer = established();
    peer.write(10);
    peer.sent();
    peer.write(3000);
    peer.ask('shutdown');
    expect(peer.state).toBe('FIN-WAIT-1');
    expect(peer.sent().at(-1)).toBe('FIN,PSH,ACK seq=2931 ack=1 len=80');
  });

  it('CLOSE-WAIT: it sends FIN and enters LAST-ACK', () => {
    const peer = closeWait();
    peer.ask('shutdown');
    expect(peer.sent()).toEqual(['FIN,ACK seq=1 ack=2']);
    expect(peer.state).toBe('LAST-ACK');
  });

  it.each([
    ['FIN-WAIT-1', finWait1],
    ['FIN-WAIT-2', finWait2],
    ['CLOSING', closing],
    ['LAST-ACK', lastAck],
  ])('%s: a second half-close changes nothing', (name, enter) => {
    const peer = enter();
    peer.ask('shutdown');
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe(name);
  });

  it('the FIN takes one sequence number, and its ACK acknowledges that number', () => {
    const peer = finWait1();
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(peer.state).toBe('FIN-WAIT-1');
    peer.inject('ACK', { seq: 1, ack: 2 });
    expect(peer.state).toBe('FIN-WAIT-2');
  });

  it('the FIN is sent with the remaining data', () => {
    const peer = established();
    peer.core.handleRequest(
      { kind: 'send', socket: peer.socket, offset: 0, data: new Uint8Array(5), push: true },
      peer.nowMs,
    );
    peer.ask('shutdown');
    expect(peer.sent()).toEqual(['FIN,PSH,ACK seq=1 ack=1 len=5']);
  });
});

describe('half-close (RFC 9293 3.6, T2)', () => {
  it('FIN-WAIT-2: data of the peer is accepted as long as it sends', () => {
    const peer = finWait2();
    for (let i = 0; i < 5; i += 1) {
      peer.advance(100_000);
      peer.inject('PSH,ACK', { data: 100 });
    }
    peer.inject('FIN,ACK', {});
    expect(peer.state).toBe('TIME-WAIT');
    expect(peer.toldKinds()).toEqual([...Array(5).fill('data'), 'end', 'closed: finished']);
  });

  it('CLOSE-WAIT: data is sent for as long as the application likes', () => {
    const peer = closeWait();
    for (let i = 0; i < 3; i += 1) {
      peer.advance(100_000);
      peer.write(100);
      expect(peer.sent()).toEqual([`PSH,ACK seq=${1 + i * 100} ack=2 len=100`]);
      peer.inject('ACK', { seq: 2 });
    }
    peer.ask('shutdown');
    expect(peer.sent()).toEqual(['FIN,ACK seq=301 ack=2']);
    peer.inject('ACK', { seq: 2 });
    expect(peer.state).toBe('CLOSED');
    expect(peer.toldKinds().at(-1)).toBe('closed: finished');
  });
});

describe('simultaneous close (RFC 9293 3.6, figure 13)', () => {
  it('goes through CLOSING to TIME-WAIT on both sides', () => {
    const peer = finWait1();
    peer.inject('FIN,ACK', { seq: 1, ack: 1 });
    expect(peer.state).toBe('CLOSING');
    expect(peer.sent().at(-1)).toBe('ACK seq=2 ack=2');
    expect(peer.toldKinds()).toEqual(['end']);
    peer.inject('ACK', { seq: 2, ack: 2 });
    expect(peer.state).toBe('TIME-WAIT');
    expect(peer.toldKinds()).toEqual(['closed: finished']);
  });

  it('CLOSING: our FIN is retransmitted until it is acknowledged', () => {
    const peer = closing();
    const lines = peer.advance(2000);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatch(/^\d+ FIN,ACK seq=1 ack=2$/);
  });
});

describe('TIME-WAIT (RFC 9293 3.6.1, T17)', () => {
  it('lasts 2 MSL, 60 s like TCP_TIMEWAIT_LEN of Linux, and leaves nothing behind', () => {
    const peer = timeWait();
    expect(peer.advance(59_999)).toEqual([]);
    expect(peer.state).toBe('TIME-WAIT');
    expect(peer.advance(1)).toEqual([]);
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('lasts tcp_timewait_len milliseconds', () => {
    const peer = timeWait({ sysctl: { tcp_timewait_len: 1000 } });
    peer.advance(999);
    expect(peer.state).toBe('TIME-WAIT');
    peer.advance(1);
    expect(peer.state).toBe('CLOSED');
  });

  it('acknowledges a retransmitted FIN and restarts 2 MSL', () => {
    const peer = timeWait();
    peer.advance(50_000);
    peer.inject('FIN,ACK', { seq: 1, ack: 2 });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=2']);
    peer.advance(59_999);
    expect(peer.state).toBe('TIME-WAIT');
    peer.advance(1);
    expect(peer.state).toBe('CLOSED');
  });

  it('is not restarted by an old segment', () => {
    const peer = timeWait();
    peer.advance(50_000);
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.advance(10_000);
    expect(peer.state).toBe('CLOSED');
  });

  it('gives way to a SYN with a higher sequence number if a listener has the port (MAY-2)', () => {
    const peer = timeWait();
    peer.inject('SYN', { seq: 100_000, options: { mss: 1460 } });
    expect(peer.state).toBe('SYN-RECEIVED');
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=100001']);
  });

  it('answers a SYN with an old sequence number by an ACK and stays', () => {
    const peer = timeWait();
    peer.inject('SYN', { seq: 1 });
    expect(peer.sent()).toEqual(['ACK seq=2 ack=2']);
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('holds at most tcp_max_tw_buckets', () => {
    const peer = timeWait({ sysctl: { tcp_max_tw_buckets: 0 } });
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters.TCPTimeWaitOverflow).toBe(1);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('is not entered by the side that closes second', () => {
    const peer = lastAck();
    peer.inject('ACK', { seq: 2, ack: 2 });
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });
});

describe('an application that closes without reading on (RFC 9293 3.6.1, RFC 1122 4.2.2.13)', () => {
  it('answers data after close by RST', () => {
    const peer = established();
    peer.ask('close');
    expect(peer.sent()).toEqual(['FIN,ACK seq=1 ack=1']);
    peer.inject('PSH,ACK', { seq: 1, ack: 2, data: 10 });
    expect(peer.sent()).toEqual(['RST seq=2']);
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters.TCPAbortOnData).toBe(1);
  });

  it('sends RST at once if it has not read all data', () => {
    const peer = established({ creditOctets: 0 });
    peer.inject('PSH,ACK', { seq: 1, ack: 1, data: 10 });
    peer.sent();
    peer.ask('close');
    expect(peer.sent()[0]).toMatch(/^RST(,ACK)? seq=1\b/);
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.counters.TCPAbortOnClose).toBe(1);
  });

  it('still delivers to the peer what it wrote before', () => {
    const peer = established();
    peer.write(3000);
    peer.ask('close');
    expect(peer.sent().at(-1)).toBe('FIN,ACK seq=3001 ack=1');
    peer.inject('ACK', { seq: 1, ack: 3002 });
    peer.inject('FIN,ACK', { seq: 1, ack: 3002 });
    expect(peer.state).toBe('TIME-WAIT');
    expect(peer.toldKinds().filter((kind) => kind.startsWith('closed'))).toEqual([
      'closed: finished',
    ]);
  });

  it('waits in FIN-WAIT-2 no longer than tcp_fin_timeout', () => {
    const peer = established({ sysctl: { tcp_fin_timeout: 5 } });
    peer.ask('close');
    peer.inject('ACK', { seq: 1, ack: 2 });
    expect(peer.state).toBe('FIN-WAIT-2');
    peer.advance(5001);
    expect(peer.state).not.toBe('FIN-WAIT-2');
    peer.advance(120_000);
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });
});

describe('ABORT (RFC 9293 3.10.5)', () => {
  it.each([
    ['ESTABLISHED', established, 1],
    ['FIN-WAIT-1', finWait1, 2],
    ['FIN-WAIT-2', finWait2, 2],
    ['CLOSE-WAIT', closeWait, 1],
  ])('%s: it sends RST with SND.NXT and nothing is left', (_, enter, seq) => {
    const peer = enter();
    peer.ask('abort');
    expect(peer.sent()[0]).toMatch(new RegExp(`^RST(,ACK)? seq=${seq}\\b`));
    expect(peer.toldKinds()).toEqual(['closed: aborted']);
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it.each([
    ['CLOSING', closing],
    ['LAST-ACK', lastAck],
  ])('%s: nothing is left', (_, enter) => {
    const peer = enter();
    peer.ask('abort');
    expect(peer.state).toBe('CLOSED');
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('refuses a connection that is offered', () => {
    const peer = listening();
    peer.inject('SYN', { seq: 0 });
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.sent();
    const [offer] = peer.told();
    peer.request({ kind: 'abort', socket: offer!.socket });
    expect(peer.sent()).toHaveLength(1);
    expect(peer.state).toBe('CLOSED');
    expect(peer.toldKinds()).toEqual(['closed: aborted']);
  });
});

describe('CLOSE at unusual moments', () => {
  it('SYN-RECEIVED of a simultaneous open: the application gets no indication but closed', () => {
    const peer = synSent();
    peer.inject('SYN', { seq: 0 });
    peer.ask('close');
    peer.inject('ACK', { seq: 1, ack: 1 });
    expect(peer.state).toBe('FIN-WAIT-1');
    peer.inject('FIN,ACK', { seq: 1, ack: 2 });
    expect(peer.toldKinds()).toEqual(['closed: finished']);
  });

  it('FIN-WAIT-2: a delayed acknowledgment is sent before the connection becomes a record', () => {
    const peer = established();
    for (let i = 0; i < 20; i += 1) peer.inject('ACK', { data: 100 });
    peer.ask('shutdown');
    peer.inject('ACK');
    peer.sent();
    peer.inject('ACK', { data: 100 });
    expect(peer.sent()).toEqual([]);
    peer.ask('close');
    expect(peer.sent()).toEqual(['ACK seq=2 ack=2101']);
  });
});

describe('RST in LAST-ACK', () => {
  it('leaves the application all data that it has not read', () => {
    const peer = established({ creditOctets: 0 });
    peer.inject('FIN,ACK', { data: 100 });
    peer.ask('shutdown');
    expect(peer.state).toBe('LAST-ACK');
    peer.told();
    peer.inject('RST', { seq: 102 });
    expect(peer.toldKinds()).toEqual([]);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
    peer.credit(1000);
    expect(peer.toldKinds()).toEqual(['data', 'end', 'closed: finished']);
  });

  it('is reported if data was not acknowledged: that data is lost', () => {
    const peer = closeWait();
    peer.told();
    peer.write(100);
    peer.ask('shutdown');
    peer.inject('RST', { seq: 2 });
    expect(peer.toldKinds()).toEqual(['closed: reset']);
  });
});
