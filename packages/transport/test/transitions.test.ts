import { ALL_STATES, type OutcomeWatch, type TcpPeer } from '@strata/simulator';
import { BESIDE_FIGURE_5, FIGURE_5, isTransition, RECOVERY_TRANSITIONS } from '../src/index.ts';
import { STATES } from './every-state-kit.ts';

const key = (row: readonly string[]) => row.join(' ');

describe('the table of transitions', () => {
  it('has each transition once', () => {
    const rows = [...FIGURE_5, ...BESIDE_FIGURE_5].map(key);
    expect(new Set(rows).size).toBe(rows.length);
    const recovery = RECOVERY_TRANSITIONS.map(key);
    expect(new Set(recovery).size).toBe(recovery.length);
  });

  it('leads to each of the eleven states, and out of each', () => {
    const rows = [...FIGURE_5, ...BESIDE_FIGURE_5];
    const without = STATES.filter(
      (state) => !rows.some(([from]) => from === state) || !rows.some(([, , to]) => to === state),
    );
    expect(without).toEqual([]);
  });

  it('knows which transitions it has and which not', () => {
    expect(isTransition('connection', 'ESTABLISHED', 'strata/CLOSE', 'FIN-WAIT-1')).toBe(true);
    expect(isTransition('connection', 'ESTABLISHED', 'strata/CLOSE', 'LAST-ACK')).toBe(false);
    expect(isTransition('connection', 'ESTABLISHED', 'strata/RECEIVED_FIN', 'FIN-WAIT-1')).toBe(
      false,
    );
    expect(isTransition('recovery', 'open', 'strata/CA_TIMEOUT', 'loss')).toBe(true);
    expect(isTransition('recovery', 'loss', 'strata/CA_ECN_ECHO', 'cwr')).toBe(false);
  });
});

/** The transitions of a connection while `act` runs. */
function ways(peer: TcpPeer, act: (peer: TcpPeer) => void): string[] {
  const watch: OutcomeWatch = peer.watch;
  watch.take();
  const all: string[] = [];
  watch.onOutcome = ({ change, reason }) => {
    if (change?.machine === 'connection') all.push(key([change.from, reason, change.to]));
  };
  act(peer);
  watch.take();
  return all;
}

/** Acts that make a connection in this state take each of figure 5's transitions out of it. */
const ACTS: readonly (readonly [state: keyof typeof ALL_STATES, act: (peer: TcpPeer) => void])[] = [
  ['LISTEN', (peer) => peer.inject('SYN', { seq: 0 })],
  ['SYN-SENT', (peer) => peer.ask('close')],
  ['SYN-SENT', (peer) => peer.inject('SYN', { seq: 0 })],
  ['SYN-SENT', (peer) => peer.inject('SYN,ACK', { seq: 0, ack: 1 })],
  ['SYN-RECEIVED', (peer) => peer.inject('ACK', { seq: 1, ack: 1 })],
  ['SYN-RECEIVED', (peer) => peer.inject('RST', { seq: 1 })],
  ['ESTABLISHED', (peer) => peer.ask('close')],
  ['ESTABLISHED', (peer) => peer.inject('FIN,ACK', { seq: 1, ack: 1 })],
  ['FIN-WAIT-1', (peer) => peer.inject('ACK', { seq: 1, ack: 2 })],
  ['FIN-WAIT-1', (peer) => peer.inject('FIN,ACK', { seq: 1, ack: 1 })],
  ['FIN-WAIT-2', (peer) => peer.inject('FIN,ACK', { seq: 1, ack: 2 })],
  ['CLOSE-WAIT', (peer) => peer.ask('close')],
  ['CLOSING', (peer) => peer.inject('ACK', { seq: 2, ack: 2 })],
  ['LAST-ACK', (peer) => peer.inject('ACK', { seq: 2, ack: 2 })],
  ['TIME-WAIT', (peer) => peer.advance(61_000)],
];

describe('a connection', () => {
  it('takes each transition of figure 5 of RFC 9293, and reports it', () => {
    const gone = new Set(ACTS.flatMap(([state, act]) => ways(ALL_STATES[state](), act)));
    // The OPEN transition comes first: the builders have made it before the observer is on.
    const left = FIGURE_5.map(key).filter((way) => !gone.has(way));
    expect(left).toEqual(['CLOSED strata/OPEN SYN-SENT']);
  });
});

describe('an observed core', () => {
  it('fails a test if a connection takes a transition that is not in a table', () => {
    const peer = ALL_STATES.ESTABLISHED();
    const [tcb] = peer.core.connections();
    tcb!.state = 'CLOSE-WAIT';
    expect(() => peer.ask('close')).toThrow('but it was in ESTABLISHED');
  });
});
