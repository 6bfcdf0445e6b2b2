import { ALL_STATES, type TcpPeer } from '@strata/simulator';
import type { Outcome } from '@strata/wire';
import { TransportCore } from '../src/index.ts';
import { afterRoundTrip, MSS, sack } from './recovery-kit.ts';

/** The outcomes that the core reports while `act` runs. */
function told(peer: TcpPeer, act: () => void): Outcome[] {
  const { watch } = peer;
  watch.take();
  const all: Outcome[] = [];
  watch.onOutcome = (outcome) => all.push(outcome);
  act();
  watch.take();
  watch.onOutcome = undefined;
  return all;
}

const line = ({ verdict, reason, change }: Outcome) =>
  change === undefined ? `${verdict} ${reason}` : `${change.from} to ${change.to} ${reason}`;
const lines = (peer: TcpPeer, act: () => void) => told(peer, act).map(line);

const established = () => ALL_STATES.ESTABLISHED();

describe('the outcomes of transport', () => {
  it('are none while nobody observes', () => {
    const core = new TransportCore({ addresses: [], secret: new Uint8Array(16) }, () => 0.5);
    core.handleRequest({ kind: 'close', socket: 64 }, 0);
    expect(core.pollOutcome()).toBeUndefined();
  });

  it('give layer, time, PDU, socket and cause of a request that comes too late', () => {
    const core = new TransportCore({ addresses: [], secret: new Uint8Array(16) }, () => 0.5);
    core.observe(true);
    const request = { kind: 'close', socket: 64 } as const;
    core.handleRequest(request, 3);
    expect(core.pollOutcome()).toEqual({
      layer: 'transport',
      atMs: 3,
      verdict: 'dropped',
      reason: 'TCP_CLOSE',
      pdu: request,
      cause: { kind: 'request', name: 'close', id: 1 },
      about: 64,
      change: undefined,
    });
    expect(core.pollOutcome()).toBeUndefined();
  });

  it('report that data in order is delivered', () => {
    const peer = established();
    expect(lines(peer, () => peer.inject('PSH,ACK', { seq: 1, data: 100 }))).toEqual([
      'delivered CONSUMED',
      'delivered strata/INDICATED',
      'emitted strata/ACK',
    ]);
  });

  it('report that duplicate data is dropped and acknowledged', () => {
    const peer = established();
    peer.inject('PSH,ACK', { seq: 1, data: 100 });
    expect(lines(peer, () => peer.inject('PSH,ACK', { seq: 1, data: 100 }))).toEqual([
      'dropped TCP_OLD_SEQUENCE',
      'emitted strata/ACK',
    ]);
  });

  it('report that out-of-order data is queued, and dropped if it is queued already', () => {
    const peer = established();
    const beyond = () => peer.inject('PSH,ACK', { seq: 101, data: 100 });
    expect(lines(peer, beyond)).toEqual(['queued strata/OUT_OF_ORDER', 'emitted strata/ACK']);
    expect(lines(peer, beyond)).toEqual(['dropped TCP_OFOMERGE', 'emitted strata/ACK']);
  });

  it('report that a segment beyond the window is dropped', () => {
    const peer = established();
    const [first] = lines(peer, () => peer.inject('ACK', { seq: 10_000_000, data: 1 }));
    expect(first).toBe('dropped TCP_INVALID_SEQUENCE');
  });

  it('report why a RST is sent, and what it answers', () => {
    const peer = ALL_STATES.CLOSED();
    const all = told(peer, () => peer.inject('ACK', { seq: 1 }));
    expect(all.map(line)).toEqual(['dropped NO_SOCKET', 'answered NO_SOCKET']);
    expect(all[0]!.cause).toEqual(all[1]!.cause);
    expect(all[0]!.pdu).not.toBe(all[1]!.pdu);
  });

  it('report that a RST in the window is challenged, and that the next challenge ACK is withheld (RFC 5961)', () => {
    const peer = established();
    const reset = () => peer.inject('RST', { seq: 2 });
    expect(lines(peer, reset)).toEqual(['dropped TCP_RESET', 'answered strata/CHALLENGE_ACK']);
    expect(lines(peer, reset)).toEqual([
      'dropped TCP_RESET',
      'dropped strata/ACK_SKIPPED_CHALLENGE',
    ]);
  });

  it('report a request of the application as the cause of the segments that follow', () => {
    const peer = established();
    const all = told(peer, () => peer.write(100));
    expect(all.map(line)).toEqual(['delivered CONSUMED', 'emitted strata/SENT']);
    expect(all[1]).toMatchObject({
      cause: { kind: 'request', name: 'send' },
      about: peer.socket,
      pdu: { kind: 'send', protocol: 6 },
    });
  });

  it('report which timer retransmits, and why', () => {
    const peer = afterRoundTrip();
    peer.write(100);
    const all = told(peer, () => peer.advance(5_000));
    const resent = all.filter(({ verdict }) => verdict === 'retransmitted');
    const causes = resent.map(({ reason, cause }) => `${reason} by ${cause.kind} ${cause.name}`);
    expect(causes.slice(0, 2)).toEqual([
      'strata/TAIL_LOSS_PROBE by timer loss probe',
      'strata/RTO by timer retransmit',
    ]);
    const changes = all.filter(({ change }) => change?.machine === 'recovery').map(line);
    expect(changes).toEqual(['open to loss strata/CA_TIMEOUT']);
  });

  it('report that a SACK makes fast recovery retransmit a segment', () => {
    const peer = afterRoundTrip();
    peer.write(5 * MSS);
    const all = told(peer, () => {
      sack(peer, 1, [2, 5]);
    });
    expect(all.map(line)).toEqual([
      'open to recovery strata/CA_LOSS_FOUND',
      'delivered CONSUMED',
      'retransmitted strata/FAST_RETRANSMIT',
    ]);
    expect(new Set(all.map(({ cause }) => cause.id)).size).toBe(1);
  });

  it('report the states of figure 5 that an active close passes', () => {
    const peer = established();
    const states = told(peer, () => {
      peer.ask('close');
      peer.inject('ACK', { seq: 1, ack: 2 });
      peer.inject('FIN,ACK', { seq: 1, ack: 2 });
      peer.advance(60_000);
    }).filter(({ change }) => change?.machine === 'connection');
    expect(states.map(line)).toEqual([
      'ESTABLISHED to FIN-WAIT-1 strata/CLOSE',
      'FIN-WAIT-1 to FIN-WAIT-2 strata/RECEIVED_ACK_OF_FIN',
      'FIN-WAIT-2 to CLOSED strata/SOCKET_DONE',
      'FIN-WAIT-2 to TIME-WAIT strata/RECEIVED_FIN',
      'TIME-WAIT to CLOSED strata/TIME_WAIT_OVER',
    ]);
  });
});
