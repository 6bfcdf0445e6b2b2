import { listening } from '@strata/simulator';
import { enter, nothingLeft, STATES } from './every-state-kit.ts';
import { createUdp, HERE } from './udp-kit.ts';

describe('the stack shuts down', () => {
  // Connection requests are removed without a RST, as in Linux's inet_csk_listen_stop(): the peer's
  // ACK is answered by a RST later.
  const SILENT_STATES = ['CLOSED', 'LISTEN', 'SYN-SENT', 'SYN-RECEIVED', 'TIME-WAIT'];

  it.each(STATES)('in %s the peer gets a RST if it has a connection (RFC 9293 3.10.5)', (state) => {
    const { peer } = enter(state);
    peer.sent();
    peer.told();
    peer.shutDown();
    const sent = peer.sent();
    expect(sent).toEqual(SILENT_STATES.includes(state) ? [] : [expect.stringMatching(/^RST/)]);
    if (state !== 'TIME-WAIT') nothingLeft(peer);
    expect(peer.core.sockets().filter((socket) => socket.socket !== 0)).toEqual([]);
  });

  it('tells the application of every socket, listeners included, that it is shut down', () => {
    const peer = listening();
    peer.told();
    peer.shutDown();
    expect(peer.toldKinds()).toEqual(['closed: shut down']);
    const { peer: open } = enter('ESTABLISHED');
    open.told();
    open.shutDown();
    expect(open.toldKinds().sort()).toEqual(['closed: shut down', 'closed: shut down']);
  });

  it('closes UDP ports', () => {
    const { bind, told, udp } = createUdp();
    bind(1, HERE, 53);
    udp.shutDown();
    expect(told.at(-1)).toMatchObject({ kind: 'closed', socket: 1, reason: 'shut down' });
    expect(udp.sockets()).toEqual([]);
  });
});
