import { established, type TcpPeer, timeWait } from '@strata/simulator';
import { UNSPECIFIED_IPV4 } from '@strata/wire';

const UDP = 0x7001;

/** A peer's core with a UDP port too. */
function withUdp(peer: TcpPeer): TcpPeer {
  const local = { address: UNSPECIFIED_IPV4, port: 53 };
  const request = { kind: 'bind', socket: UDP, endpoint: 'app', local, creditOctets: 0 } as const;
  peer.core.handleRequest(request, peer.nowMs);
  return peer;
}

describe('The sockets by a filter', () => {
  it('are one by its id: a connection, a listener, a UDP port', () => {
    const { core, nowMs } = withUdp(established());
    const all = core.sockets();
    expect(all.map(({ state }) => state).sort()).toEqual(['ESTABLISHED', 'LISTEN', 'UNCONN']);
    for (const info of all) {
      expect(core.sockets(nowMs, { socket: info.socket })).toEqual([info]);
    }
  });

  it('are none for an id that nobody has, nor for that of what is no socket any more', () => {
    expect(established().core.sockets(0, { socket: 123_456 })).toEqual([]);
    const { core } = timeWait();
    expect(core.sockets().map(({ state, socket }) => [state, socket])).toContainEqual([
      'TIME-WAIT',
      0,
    ]);
    expect(core.sockets(0, { socket: 0 })).toEqual([]);
  });

  it('are of a protocol', () => {
    const { core } = withUdp(established());
    const states = (protocol: 'tcp' | 'udp') =>
      core.sockets(0, { protocol }).map(({ state }) => state);
    expect(states('udp')).toEqual(['UNCONN']);
    expect(states('tcp').sort()).toEqual(['ESTABLISHED', 'LISTEN']);
  });

  it('are in one of the states', () => {
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

  it('have to pass each field', () => {
    const { core } = withUdp(established());
    expect(core.sockets(0, { socket: UDP, protocol: 'udp' })).toHaveLength(1);
    expect(core.sockets(0, { socket: UDP, protocol: 'tcp' })).toEqual([]);
    expect(core.sockets(0, { socket: UDP, states: new Set(['LISTEN']) })).toEqual([]);
  });
});
