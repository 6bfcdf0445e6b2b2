import { BROADCAST_MAC, type Outcome } from '@strata/wire';
import { LinkCore, type LinkPdu } from '../src/index.ts';
import {
  arpReply,
  arpRequest,
  ethernetFrame,
  linkFrame,
  linkRequest,
  OTHER_MAC,
  OWN_MAC,
  PEER,
  TAP,
} from './support.ts';

const PACKET = new Uint8Array(46);

function observed(sysctl = {}): LinkCore {
  const core = new LinkCore(
    { interfaces: [TAP], sysctl: { 'conf.default.arp_notify': 0, ...sysctl } },
    () => 0.5,
  );
  core.observe(true);
  return core;
}

function outcomes(core: LinkCore): Outcome<LinkPdu>[] {
  const all: Outcome<LinkPdu>[] = [];
  for (let one = core.pollOutcome(); one; one = core.pollOutcome()) all.push(one);
  return all;
}

/** `verdict reason`, and for a state change both states. */
const lines = (core: LinkCore) =>
  outcomes(core).map(({ verdict, reason, change }) =>
    change === undefined ? `${verdict} ${reason}` : `${change.from} to ${change.to} ${reason}`,
  );

describe('the outcomes that link reports', () => {
  it('are none while nobody observes', () => {
    const core = observed();
    core.observe(false);
    core.handleRequest(linkRequest(), 0);
    expect(core.pollOutcome()).toBeUndefined();
  });

  it('are none of earlier inputs after observation is switched off', () => {
    const core = observed();
    core.handleRequest(linkRequest(), 0);
    core.observe(false);
    expect(core.pollOutcome()).toBeUndefined();
  });

  it('have layer, time, PDU and cause of a packet that goes up', () => {
    const core = observed();
    core.handleFrame(linkFrame(ethernetFrame(PACKET)), 7);
    const [outcome] = outcomes(core);
    expect(outcome).toMatchObject({
      layer: 'link',
      atMs: 7,
      verdict: 'delivered',
      reason: 'CONSUMED',
      cause: { kind: 'frame', name: 'frame', id: 1 },
      change: undefined,
    });
    expect(outcome!.pdu).toBe(core.pollIndication());
  });

  it.each([
    [
      'for another station',
      linkFrame(ethernetFrame(PACKET, OTHER_MAC)),
      'OTHERHOST',
      'rx_otherhost_dropped',
    ],
    ['shorter than its header', linkFrame(new Uint8Array(13)), 'PKT_TOO_SMALL', 'rx_length_errors'],
    [
      'of an unhandled type',
      linkFrame(ethernetFrame(PACKET, OWN_MAC, 0x86dd)),
      'UNHANDLED_PROTO',
      'rx_nohandler',
    ],
  ] as const)(
    'show that a frame %s is dropped, and the counter of the reason counts it',
    (_, frame, reason, counter) => {
      const core = observed();
      core.handleFrame(frame, 0);
      const [outcome, ...more] = outcomes(core);
      expect(outcome).toMatchObject({ verdict: 'dropped', reason });
      expect(outcome!.pdu).toBe(frame);
      expect(more).toEqual([]);
      expect(core.interfaces()[0]!.counters[counter]).toBe(1);
    },
  );

  it('show that a packet waits, then goes because of the ARP reply', () => {
    const core = observed();
    core.handleRequest(linkRequest(), 0);
    expect(lines(core)).toEqual([
      'queued strata/NEIGH_UNRESOLVED',
      'FAILED to INCOMPLETE strata/NEIGH_USED',
      'emitted strata/NEIGH_SOLICIT',
    ]);
    core.handleFrame(linkFrame(arpReply()), 1);
    const told = outcomes(core);
    expect(told.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'state change strata/ARP_LEARNT',
      'emitted strata/SENT',
      'delivered strata/ARP_LEARNT',
    ]);
    expect(new Set(told.map(({ cause }) => cause.id)).size).toBe(1);
    expect(told[0]!.cause.kind).toBe('frame');
  });

  it('show that nobody answers: the timer is the cause', () => {
    const core = observed();
    const request = linkRequest();
    core.handleRequest(request, 0);
    while (core.nextDeadlineMs() < Infinity) core.handleTimeout(core.nextDeadlineMs());
    const told = outcomes(core);
    const dropped = told.find(({ verdict }) => verdict === 'dropped');
    expect(dropped).toMatchObject({
      reason: 'NEIGH_FAILED',
      about: PEER,
      cause: { kind: 'timer', name: 'neighbour' },
    });
    expect(dropped!.pdu).toBe(request);
    expect(told.filter(({ verdict }) => verdict === 'timer')).toHaveLength(3);
  });

  it('show that an ARP request is answered, with the answer', () => {
    const core = observed();
    core.handleFrame(linkFrame(arpRequest()), 0);
    const answered = outcomes(core).find(({ verdict }) => verdict === 'answered');
    expect(answered).toMatchObject({ reason: 'strata/ARP_REQUEST' });
    expect(answered!.pdu).toBe(core.pollFrame());
  });

  it('are bounded in number while nobody polls', () => {
    const core = observed();
    const frame = linkFrame(ethernetFrame(PACKET, BROADCAST_MAC, 0x86dd));
    for (let i = 0; i < 65_540; i += 1) core.handleFrame(frame, i);
    expect(core.lostOutcomes()).toBe(4);
    expect(outcomes(core)).toHaveLength(65_536);
  });
});
