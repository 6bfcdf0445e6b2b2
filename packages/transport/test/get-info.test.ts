import { established, type TcpPeer, timeWait } from '@strata/simulator';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { type TransportIndication, toSocketEntry } from '../src/index.ts';

const UDP = 0x7001;

/** What the application is told when it asks for the socket. */
function asked({ core, nowMs }: TcpPeer, socket: number): TransportIndication[] {
  while (core.pollIndication() !== undefined);
  core.handleRequest({ kind: 'get-info', socket }, nowMs);
  const told: TransportIndication[] = [];
  for (let it = core.pollIndication(); it !== undefined; it = core.pollIndication()) told.push(it);
  return told;
}

describe('The request for what is known of a socket', () => {
  it('is answered of a connection, a listener and a UDP port, to the one who has it', () => {
    const peer = established();
    const local = { address: UNSPECIFIED_IPV4, port: 53 };
    const bind = {
      kind: 'bind',
      socket: UDP,
      endpoint: 'another',
      local,
      creditOctets: 0,
    } as const;
    peer.core.handleRequest(bind, peer.nowMs);
    const all = peer.core.sockets();
    expect(all.map(({ state }) => state).sort()).toEqual(['ESTABLISHED', 'LISTEN', 'UNCONN']);
    for (const info of all) {
      const { socket, endpoint } = info;
      const entry = toSocketEntry(info);
      expect(asked(peer, socket)).toEqual([{ kind: 'info', socket, endpoint, entry }]);
    }
    expect(asked(peer, UDP)).toMatchObject([{ endpoint: 'another' }]);
  });

  it('tells of now, not of the last input', () => {
    const peer = established();
    const [before] = asked(peer, peer.socket);
    peer.advance(1000);
    const [after] = asked(peer, peer.socket);
    if (before?.kind !== 'info' || after?.kind !== 'info') throw new Error('not answered');
    expect(after.entry.tcp!.ageMs - before.entry.tcp!.ageMs).toBe(1000);
  });

  it('is answered by nothing of an id that nobody has, or has no more', () => {
    const peer = established();
    const reasons: string[] = [];
    peer.watch.take();
    peer.watch.onOutcome = ({ verdict, reason }) => reasons.push(`${verdict} ${reason}`);
    expect(asked(peer, 123_456)).toEqual([]);
    peer.watch.take();
    expect(reasons).toEqual(['dropped TCP_CLOSE']);
    const ended = timeWait();
    expect(asked(ended, ended.socket)).toEqual([]);
  });

  it('is answered in whole octets, though windows may end within one', () => {
    const [info] = established()
      .core.sockets()
      .filter(({ tcp }) => tcp !== undefined);
    const tcp = { ...info!.tcp!, cwndOctets: 14_600.5, ssthreshOctets: 7300.25 };
    expect(toSocketEntry({ ...info!, tcp }).tcp).toMatchObject({
      cwndOctets: 14_600,
      ssthreshOctets: 7300,
    });
  });
});
