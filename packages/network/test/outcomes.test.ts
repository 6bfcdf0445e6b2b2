import type { Outcome } from '@strata/wire';
import { type NetworkConfig, NetworkCore, type NetworkPdu } from '../src/index.ts';
import {
  CONFIG,
  drain,
  FAR,
  fromLink,
  HOST,
  icmp,
  PEER,
  packet,
  pattern,
  seeded,
  send,
} from './network-kit.ts';

function observed(changes: Partial<NetworkConfig> = {}): NetworkCore {
  const core = new NetworkCore({ ...CONFIG, ...changes }, seeded(1));
  core.observe(true);
  return core;
}

function outcomes(core: NetworkCore): Outcome<NetworkPdu>[] {
  const all: Outcome<NetworkPdu>[] = [];
  for (let one = core.pollOutcome(); one; one = core.pollOutcome()) all.push(one);
  return all;
}

const lines = (core: NetworkCore) =>
  outcomes(core).map(({ verdict, reason }) => `${verdict} ${reason}`);

describe('what network reports to an observer', () => {
  it('is nothing while nobody observes', () => {
    const core = new NetworkCore(CONFIG, seeded(1));
    core.handleIndication(fromLink(packet()), 0);
    expect(core.pollOutcome()).toBeUndefined();
  });

  it('names layer, time, PDU and cause of a drop, and returns the same reason', () => {
    const core = observed();
    const spoilt = packet();
    spoilt[8] = 1;
    const indication = fromLink(spoilt);
    expect(core.handleIndication(indication, 5)).toBe('IP_CSUM');
    const [outcome, ...more] = outcomes(core);
    expect(outcome).toEqual({
      layer: 'network',
      atMs: 5,
      verdict: 'dropped',
      reason: 'IP_CSUM',
      pdu: indication,
      cause: { kind: 'indication', name: 'packet', id: 1 },
      about: undefined,
      change: undefined,
    });
    expect(more).toEqual([]);
    expect(core.counters()).toMatchObject({ IpInHdrErrors: 1, IpExtInCsumErrors: 1 });
  });

  it('is that an echo request was taken, and the packet that answers it', () => {
    const core = observed();
    core.handleIndication(fromLink(packet({ protocol: 1, payload: icmp(8, 0, pattern(8)) })), 0);
    const told = outcomes(core);
    expect(told.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'delivered strata/ECHO_REQUEST',
      'answered strata/ECHO_REQUEST',
    ]);
    expect(told[1]!.pdu).toBe(drain(core).link[0]);
  });

  it('is that a packet was dropped, and the ICMP error about it', () => {
    const core = observed();
    core.handleIndication(fromLink(packet({ protocol: 99 })), 0);
    expect(lines(core)).toEqual(['dropped IP_NOPROTO', 'answered strata/ICMP_ERROR_SENT']);
  });

  it('is that no ICMP error is sent, and why: it would be about a broadcast packet', () => {
    const core = observed();
    core.handleIndication(fromLink(packet({ protocol: 99 }), { cast: 'broadcast' }), 0);
    const told = outcomes(core);
    expect(told.map(({ reason }) => reason)).toEqual(['IP_NOPROTO', 'strata/ICMP_ERROR_FORBIDDEN']);
    expect(told[1]!.pdu).toBeUndefined();
  });

  it('is each fragment of a datagram, with the request as the cause', () => {
    const core = observed();
    core.handleRequest(send({ segment: pattern(3000) }), 0);
    const told = outcomes(core);
    expect(told.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual(
      new Array(3).fill('emitted strata/FRAGMENTED'),
    );
    expect(new Set(told.map(({ cause }) => cause.id)).size).toBe(1);
  });

  it('is why a request was dropped', () => {
    const core = observed({ routes: [] });
    const request = send({ destination: FAR });
    expect(core.handleRequest(request, 0)).toBe('IP_OUTNOROUTES');
    const [outcome] = outcomes(core);
    expect(outcome).toMatchObject({ verdict: 'dropped', reason: 'IP_OUTNOROUTES' });
    expect(outcome!.pdu).toBe(request);
  });

  it('is that a datagram to itself goes out and comes in with the same cause', () => {
    const core = observed();
    core.handleRequest(send({ destination: HOST }), 0);
    const told = outcomes(core);
    expect(told.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'emitted strata/LOOPED_BACK',
      'delivered CONSUMED',
    ]);
    expect(told[1]!.pdu).toBe(told[0]!.pdu);
  });

  it("is that the timer gave up a datagram, and the datagram's source", () => {
    const core = observed();
    core.handleIndication(fromLink(packet({ moreFragments: true, payload: pattern(16) })), 0);
    expect(lines(core)).toEqual(['queued strata/FRAG_QUEUED']);
    core.handleTimeout(core.nextDeadlineMs());
    const told = outcomes(core);
    expect(told.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'timer strata/REASM_TIMER',
      'dropped FRAG_REASM_TIMEOUT',
      'answered strata/ICMP_ERROR_SENT',
    ]);
    expect(told[0]).toMatchObject({ about: PEER, cause: { kind: 'timer', name: 'reassembly' } });
  });
});
