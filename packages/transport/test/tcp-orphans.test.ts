import { closeWait, established, finWait2 } from '@strata/simulator';

describe('tcp_max_orphans (T17)', () => {
  it('resets further connections that the application closes', () => {
    const peer = established({ sysctl: { tcp_max_orphans: 0 } });
    peer.ask('close');
    expect(peer.sent().at(-1)).toMatch(/^RST/);
    expect(peer.state).toBe('CLOSED');
    expect(peer.toldKinds()).toEqual(['closed: no buffers']);
    expect(peer.core.counters.TCPAbortOnMemory).toBe(1);
    expect(peer.core.nextDeadlineMs()).toBe(Infinity);
  });

  it('does not count connections that wait only for the FIN of the peer', () => {
    const peer = finWait2({ sysctl: { tcp_max_orphans: 0 } });
    peer.ask('close');
    expect(peer.sent()).toEqual([]);
    expect(peer.state).toBe('FIN-WAIT-2');
  });

  it('counts only existing orphans: a finished one makes room', () => {
    const peer = closeWait({ sysctl: { tcp_max_orphans: 1 } });
    peer.ask('close');
    expect(peer.state).toBe('LAST-ACK');
    const next = () => {
      peer.inject('SYN', { seq: 0, from: 9, options: { mss: 1460 } });
      const synAck = peer.sentSegments().findLast((segment) => segment.destinationPort === 9)!;
      const ack = (synAck.sequence + 1 - peer.coreIss) | 0;
      peer.inject('ACK', { seq: 1, ack, from: 9 });
      const offer = peer.told().find((told) => told.kind === 'offer')!;
      const { socket } = offer;
      peer.request({ kind: 'accept', socket, endpoint: 'app', creditOctets: 1000 });
      peer.request({ kind: 'close', socket });
      return peer.toldKinds();
    };
    expect(next()).toEqual(['closed: no buffers']);
    peer.inject('ACK', { seq: 2, ack: 2 });
    expect(peer.toldKinds()).toEqual(['closed: finished']);
    expect(next()).toEqual([]);
  });
});
