import { established, type TcpPeer, timeWait } from '@strata/simulator';
import { UNSPECIFIED_IPV4 } from '@strata/wire';

const UDP = 0x7001;

/** Adds a UDP port to the peer's core. */
function withUdp(peer: TcpPeer): TcpPeer {
  const local = { address: UNSPECIFIED_IPV4, port: 53 };
  const request = { kind: 'bind', socket: UDP, endpoint: 'app', local, creditOctets: 0 } as const;
  peer.core.handleRequest(request, peer.nowMs);
  return peer;
}

describe('the list of sockets, by a filter', () => {
  it('has one socket by its id: a connection, a listener, a UDP port', () => {
    const { core, nowMs } = withUdp(established());
    const all = core.sockets();
    expect(all.map(({ state }) => state).sort()).toEqual(['ESTABLISHED', 'LISTEN', 'UNCONN']);
    for (const info of all) {
      expect(core.sockets(nowMs, { socket: info.socket })).toEqual([info]);
    }
  });

  it('is empty for an unknown id, and for one whose socket is gone', () => {
    expect(established().core.sockets(0, { socket: 123_456 })).toEqual([]);
    const { core } = timeWait();
    expect(core.sockets().map(({ state, socket }) => [state, socket])).toContainEqual([
      'TIME-WAIT',
      0,
    ]);
    expect(core.sockets(0, { socket: 0 })).toEqual([]);
  });

  it('has the sockets of one protocol', () => {
    const { core } = withUdp(established());
    const states = (protocol: 'tcp' | 'udp') =>
      core.sockets(0, { protocol }).map(({ state }) => state);
    expect(states('udp')).toEqual(['UNCONN']);
    expect(states('tcp').sort()).toEqual(['ESTABLISHED', 'LISTEN']);
  });

  it('has the sockets in given states', () => {
    const { core } = withUdp(timeWait());
    const all = core.sockets();
    expect(all.length).toBeGreaterThan(1);
    for (const { state } of all) {
      const wanted = all.filter((info) => info.state === state);
      expect(core.sockets(0, { states: new Set([state]) })).toEqual(wanted);
    }
    const states = new Set(all.map(({ state }) => state));
    expect(core.sockets(0, { states })).toEqual(all);
  });

  it('has only sockets that pass every field', () => {
    const { core } = withUdp(established());
    expect(core.sockets(0, { socket: UDP, protocol: 'udp' })).toHaveLength(1);
    expect(core.sockets(0, { socket: UDP, protocol: 'tcp' })).toEqual([]);
    expect(core.sockets(0, { socket: UDP, states: new Set(['LISTEN']) })).toEqual([]);
  });
});
