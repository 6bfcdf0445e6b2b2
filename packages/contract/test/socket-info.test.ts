/** Whatever transport reports about a socket can be encoded. */
import { SOCKET_STATES, transportIndicationChannel, unsequenced } from '@strata/contract';
import { ALL_STATES, type TcpPeer } from '@strata/simulator';
import type { TransportIndication } from '@strata/transport';

const channel = transportIndicationChannel('s');

function infoOf(peer: TcpPeer): TransportIndication & { kind: 'info' } {
  peer.core.handleRequest({ kind: 'get-info', socket: peer.socket }, peer.nowMs);
  for (;;) {
    const told = peer.core.pollIndication();
    if (told?.kind === 'info') return told;
    if (told === undefined) throw new Error('not answered');
  }
}

/** The states in which the peer's connection has a socket. */
const STATES = SOCKET_STATES.filter(
  (state): state is keyof typeof ALL_STATES & typeof state =>
    state in ALL_STATES && !['CLOSED', 'LISTEN', 'SYN-RECEIVED', 'TIME-WAIT'].includes(state),
);

describe('the info of a connection', () => {
  it.each(STATES)('in %s is decoded as it was encoded', (state) => {
    const peer = ALL_STATES[state]();
    const info = infoOf(peer);
    const bytes = channel.encode([unsequenced(info.endpoint, info)]);
    expect(channel.decode(bytes)[0]!.body).toEqual({ ...info, trace: undefined });
  });
});
