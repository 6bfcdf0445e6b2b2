import { ADDRESS_A, PEER_PORT, synSent, TcpPeer, type TcpPeerOptions } from '@strata/simulator';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { seqDiff } from '../src/tcp/state/sequence.ts';
import type { TcpSocketOptions } from '../src/tcp/state/socket.ts';

const REMOTE = { address: ADDRESS_A, port: PEER_PORT };
const ONE_PORT = { ip_local_port_range: [50_000, 50_000] as [number, number] };
const STAMPED = { mss: 1460, timestamps: { value: 5000, echo: 0 } };

/** A connection that the core opened and closed: TIME-WAIT. */
function timeWaitOfOurs(options: TcpPeerOptions = {}): TcpPeer {
  const peer = synSent(options);
  const stamped = peer.synOptions.timestamps !== undefined;
  const stamp = (value: number) =>
    stamped ? { timestamps: { value, echo: peer.coreTimestamp } } : {};
  peer.inject('SYN,ACK', { seq: 0, ack: 1, options: peer.synOptions });
  peer.ask('shutdown');
  peer.inject('ACK', { seq: 1, ack: 2, options: stamp(5001) });
  peer.inject('FIN,ACK', { seq: 1, ack: 2, options: stamp(5002) });
  expect(peer.state).toBe('TIME-WAIT');
  peer.sent();
  peer.told();
  return peer;
}

let socket = 1000;

/** The core connects to the peer again. */
function connect(peer: TcpPeer, port = 0, options: TcpSocketOptions = {}): string[] {
  socket += 64;
  peer.request({
    kind: 'connect',
    socket,
    endpoint: 'app',
    local: { address: UNSPECIFIED_IPV4, port },
    remote: REMOTE,
    options,
    creditOctets: 1000,
  });
  return [...peer.toldKinds(), ...peer.sent()];
}

function listen(
  peer: TcpPeer,
  port: number,
  options: TcpSocketOptions = {},
  reusePort = false,
): string[] {
  socket += 64;
  const local = { address: UNSPECIFIED_IPV4, port };
  peer.request({ kind: 'listen', socket, endpoint: 'app', local, backlog: 5, options, reusePort });
  return peer.toldKinds();
}

describe('tcp_tw_reuse (RFC 6191, T17)', () => {
  const reusing = (tcp_tw_reuse: number, more: TcpPeerOptions = {}) =>
    timeWaitOfOurs({
      synOptions: STAMPED,
      ...more,
      sysctl: { ...ONE_PORT, tcp_tw_reuse, ...more.sysctl },
    });

  it('1 lets a connect reuse the addresses and ports after a second', () => {
    const peer = reusing(1);
    peer.advance(1000);
    expect(connect(peer)).toEqual(['closed: no ports']);
    const before = peer.coreIss;
    peer.advance(1);
    expect(connect(peer)).toEqual(['SYN seq=0']);
    expect(peer.state).toBe('SYN-SENT');
    expect(peer.core.counters).toMatchObject({ TWRecycled: 1, TW: 0 });
    // Beyond the old connection's numbers (RFC 9293 3.6.1).
    expect(seqDiff(peer.coreIss, before)).toBeGreaterThan(0xffff);
  });

  it('waits for tcp_tw_reuse_delay', () => {
    const peer = reusing(1, { sysctl: { tcp_tw_reuse_delay: 5000 } });
    peer.advance(5000);
    expect(connect(peer)).toEqual(['closed: no ports']);
    peer.advance(1);
    expect(connect(peer)).toEqual(['SYN seq=0']);
  });

  it('2, the default, allows it only over loopback', () => {
    const peer = reusing(2);
    peer.advance(59_000);
    expect(connect(peer)).toEqual(['closed: no ports']);
  });

  it('0 never allows it', () => {
    const peer = reusing(0);
    peer.advance(59_000);
    expect(connect(peer)).toEqual(['closed: no ports']);
  });

  it('needs timestamps', () => {
    const peer = reusing(1, { synOptions: { mss: 1460 } });
    peer.advance(59_000);
    expect(connect(peer)).toEqual(['closed: no ports']);
  });

  it('refuses a SYN,ACK of the old connection: its timestamp is too old (RFC 7323 5.3)', () => {
    const peer = reusing(1);
    peer.advance(2000);
    connect(peer);
    const answer = (value: number) =>
      peer.inject('SYN,ACK', {
        seq: 100,
        ack: 1,
        options: { mss: 1460, timestamps: { value, echo: peer.coreTimestamp } },
      });
    answer(4999);
    expect(peer.state).toBe('SYN-SENT');
    answer(5003);
    expect(peer.state).toBe('ESTABLISHED');
  });
});

describe('a TSecr that our SYN did not send (RFC 7323 3.2)', () => {
  it.each([-1, 1])('in a SYN,ACK is answered by RST: off by %i', (off) => {
    const peer = synSent();
    const timestamps = { value: 5, echo: peer.coreTimestamp + off };
    peer.inject('SYN,ACK', { seq: 0, ack: 1, options: { mss: 1460, timestamps } });
    expect(peer.sent()).toEqual(['RST seq=1']);
    expect(peer.state).toBe('SYN-SENT');
    expect(peer.core.counters.PAWSActive).toBe(1);
  });

  it.each([0, 1000])('is accepted up to the last SYN: %i ms after the first', (behind) => {
    const peer = synSent();
    const echo = peer.coreTimestamp + behind;
    peer.advance(1000);
    peer.inject('SYN,ACK', { seq: 0, ack: 1, options: { timestamps: { value: 5, echo } } });
    expect(peer.state).toBe('ESTABLISHED');
  });
});

describe('SO_REUSEADDR (T17)', () => {
  const reuseAddress = true;
  const portOf = (peer: TcpPeer) => peer.core.sockets()[0]!.local.port;

  it('lets a socket listen on a port in TIME-WAIT, if both sockets have it', () => {
    const peer = timeWaitOfOurs({ socketOptions: { reuseAddress } });
    expect(listen(peer, portOf(peer))).toEqual(['closed: address in use']);
    expect(listen(peer, portOf(peer), { reuseAddress })).toEqual(['listening']);
  });

  it('must be set on the old socket too', () => {
    const peer = timeWaitOfOurs();
    expect(listen(peer, portOf(peer), { reuseAddress })).toEqual(['closed: address in use']);
    peer.advance(60_000);
    expect(listen(peer, 50_000)).toEqual(['listening']);
  });

  it('is inherited from a listener by its connections, established and in TIME-WAIT', () => {
    for (const close of [false, true]) {
      const peer = new TcpPeer({ socketOptions: { reuseAddress } }).listen();
      peer.inject('SYN', { seq: 0, options: { mss: 1460 } });
      peer.inject('ACK', { seq: 1, ack: 1 });
      peer.accept();
      if (close) {
        peer.ask('shutdown');
        peer.inject('FIN,ACK', { seq: 1, ack: 2 });
      }
      const listener = peer.core.sockets().find((one) => one.state === 'LISTEN')!;
      peer.request({ kind: 'close', socket: listener.socket });
      peer.told();
      expect(peer.state).toBe(close ? 'TIME-WAIT' : 'ESTABLISHED');
      expect(listen(peer, 80)).toEqual(['closed: address in use']);
      expect(listen(peer, 80, { reuseAddress })).toEqual(['listening']);
    }
  });

  it('is not needed to join other listeners on the port', () => {
    const peer = new TcpPeer({ reusePort: true }).listen();
    peer.inject('SYN', { seq: 0, options: { mss: 1460 } });
    peer.inject('ACK', { seq: 1, ack: 1 });
    peer.accept();
    peer.told();
    expect(listen(peer, 80, {}, true)).toEqual(['listening']);
  });

  it('lets a connect use the port; the same addresses and ports need timestamps', () => {
    const plain = timeWaitOfOurs({ socketOptions: { reuseAddress } });
    expect(connect(plain, portOf(plain))).toEqual(['closed: address in use']);
    expect(connect(plain, portOf(plain), { reuseAddress })).toEqual(['closed: address in use']);
    const stamped = timeWaitOfOurs({ socketOptions: { reuseAddress }, synOptions: STAMPED });
    expect(connect(stamped, portOf(stamped), { reuseAddress })).toEqual(['SYN seq=0']);
    expect(stamped.core.counters.TWRecycled).toBe(1);
  });

  it('never allows two connections with the same addresses and ports', () => {
    const peer = synSent({ socketOptions: { reuseAddress } });
    expect(connect(peer, portOf(peer), { reuseAddress })).toEqual(['closed: address in use']);
  });

  it('does not affect the choice of a port: no port in use is chosen for a listener', () => {
    const peer = timeWaitOfOurs({ sysctl: ONE_PORT, socketOptions: { reuseAddress } });
    expect(listen(peer, 0, { reuseAddress })).toEqual(['closed: no ports']);
    peer.advance(60_000);
    expect(listen(peer, 0, { reuseAddress })).toEqual(['listening']);
  });
});
