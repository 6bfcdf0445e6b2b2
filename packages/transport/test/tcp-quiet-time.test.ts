import { closed, listening } from '@strata/simulator';

const MSL_MS = 120_000;
const STARTED_AGO_MS = 1000;
/** As if the stack had started a second ago. */
const quiet = { sysctl: { tcp_quiet_time: MSL_MS }, startMs: STARTED_AGO_MS };
const LEFT_MS = MSL_MS - STARTED_AGO_MS;

describe('the quiet time after a start (RFC 9293 3.4.3; T3)', () => {
  it('holds a SYN back until an MSL has passed, then sends it', () => {
    const peer = closed(quiet).connect();
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe('SYN-SENT');
    expect(peer.advance(LEFT_MS - 1)).toEqual([]);
    expect(peer.advance(1)).toEqual(['1 SYN seq=0']);
    peer.inject('SYN,ACK', { seq: 0, ack: 1 });
    expect(peer.toldKinds()).toEqual(['connected']);
  });

  it('starts the timeout of the SYN when it is sent', () => {
    const peer = closed(quiet).connect();
    peer.advance(LEFT_MS);
    expect(peer.advance(3000)).toEqual(['1000 SYN seq=0', '3000 SYN seq=0']);
    expect(peer.core.counters.TCPSynRetrans).toBe(2);
  });

  it('does not answer SYNs, so that the peer tries again, and counts them', () => {
    const peer = listening(quiet);
    peer.inject('SYN', { seq: 0, options: { mss: 1460 } });
    expect(peer.sent()).toEqual([]);
    expect(peer.core.counters).toMatchObject({ StrataQuietDrops: 1, ListenDrops: 0 });
    peer.advance(LEFT_MS);
    peer.inject('SYN', { seq: 0, options: { mss: 1460 } });
    expect(peer.sent()).toEqual(['SYN,ACK seq=0 ack=1']);
  });

  it('does not answer a SYN that crosses the one held back', () => {
    const peer = closed(quiet).connect();
    const to = peer.core.sockets()[0]!.local.port;
    peer.inject('SYN', { seq: 0, to, options: { mss: 1460 } });
    expect(peer.sent()).toEqual([]);
    expect(peer.core.counters.StrataQuietDrops).toBe(1);
    expect(peer.advance(LEFT_MS)).toEqual([`${LEFT_MS} SYN seq=0`]);
  });

  it('answers segments of connections from before the start by RST at once: a RST assigns no number', () => {
    const peer = listening(quiet);
    peer.inject('ACK', { seq: 7, ack: 1 });
    expect(peer.sent()).toEqual(['RST seq=1']);
  });

  it('closes a connection whose SYN is held back, without sending anything', () => {
    const peer = closed(quiet).connect();
    peer.ask('close');
    expect(peer.advance(2 * MSL_MS)).toEqual([]);
    expect(peer.state).toBe('CLOSED');
  });

  it('is off by default', () => {
    expect(closed({ startMs: 0 }).connect().sent()).toEqual(['SYN seq=0']);
  });

  it('counts from the start of the stack, on the clock of its host', () => {
    const peer = closed({ ...quiet, startedAtMs: 900, startMs: 1000 }).connect();
    expect(peer.advance(MSL_MS)).toEqual([`${MSL_MS - 100} SYN seq=0`]);
  });
});
