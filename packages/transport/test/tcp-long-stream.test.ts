import { established, type TcpPeer } from '@strata/simulator';
import type { Tcb } from '../src/tcp/state/tcb.ts';

const GIB = 2 ** 30;

function tcbOf(peer: TcpPeer): Tcb {
  for (const tcb of peer.core.connections()) return tcb;
  throw new Error('there is no connection');
}

describe('numbers that were noted long ago (RFC 9293 3.4: they come again after 4 GiB)', () => {
  it.each([1, 2, 3, 3.9])(
    'a small segment waits for no other that was sent %d GiB before (RFC 9293 3.7.4)',
    (gib) => {
      const peer = established();
      peer.write(10);
      peer.inject('ACK');
      peer.sent();
      // As if nothing but full segments had gone since.
      const tcb = tcbOf(peer);
      tcb.sndSml = (tcb.sndSml - gib * GIB) >>> 0;
      peer.write(10);
      expect(peer.sent()).toEqual(['PSH,ACK seq=11 ack=1 len=10']);
    },
  );

  it('a FIN at whose place there was data is forgotten, lest the stream ends when its number comes again', () => {
    const peer = established();
    peer.inject('FIN,ACK', { seq: 101, data: 10 });
    peer.inject('ACK', { seq: 1, data: 200 });
    expect(peer.state).toBe('ESTABLISHED');
    expect(tcbOf(peer).pendingFinSequence).toBeUndefined();
  });
});
