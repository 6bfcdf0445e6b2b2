import fc from 'fast-check';
import { type AckSample, createAckSample } from '../src/tcp/recover/ack-sample.ts';
import {
  acknowledge,
  cutLastSegment,
  isAllAcknowledged,
  nextToResend,
  noteResent,
  noteSent,
} from '../src/tcp/recover/retransmission-queue.ts';
import {
  applySack,
  forgetSacked,
  markAllLost,
  markHeadLost,
  markLost,
  unmarkLost,
} from '../src/tcp/recover/scoreboard.ts';
import {
  createRetransmissionQueue,
  type RetransmissionQueue,
  type SentRange,
} from '../src/tcp/state/send.ts';
import { seqAdd, seqDiff } from '../src/tcp/state/sequence.ts';

const MSS = 1000;

function sampleAt(nowMs = 100, priorUna = 0): AckSample {
  return createAckSample({
    nowMs,
    priorUna,
    priorFlightOctets: 0,
    priorInFlightOctets: 0,
    priorSackedEnd: priorUna,
    recover: priorUna,
    minRttMs: Infinity,
  });
}

/** The right counts, by counting all ranges. */
function recount(queue: RetransmissionQueue) {
  const live = queue.ranges.slice(queue.head);
  const sum = (holds: (range: SentRange) => boolean) =>
    live
      .filter(holds)
      .reduce((total, range) => total + seqDiff(range.endSequence, range.sequence), 0);
  return {
    lost: sum((range) => range.lost),
    resent: sum((range) => range.resent),
    sacked: sum((range) => range.sacked),
    waiting: sum((range) => range.lost && !range.resent),
  };
}

describe('the retransmission queue', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('send' as const), octets: fc.integer({ min: 1, max: 5000 }) }),
    fc.record({
      kind: fc.constant('ack' as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    fc.record({
      kind: fc.constant('sack' as const),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      octets: fc.integer({ min: 1, max: 4000 }),
    }),
    fc.record({ kind: fc.constant('resend' as const), octets: fc.integer({ min: 1, max: 3000 }) }),
    fc.record({ kind: fc.constant('timeout' as const) }),
    fc.record({ kind: fc.constant('head' as const) }),
    fc.record({
      kind: fc.constant('lost' as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    fc.record({ kind: fc.constant('probe' as const) }),
    fc.record({ kind: fc.constant('undo' as const) }),
    fc.record({ kind: fc.constant('renege' as const) }),
  );

  it('keeps its counts right and SACKed ranges joined, whatever happens', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.array(step, { maxLength: 120 }),
        (start, steps) => {
          const queue = createRetransmissionQueue();
          let una = start;
          let nxt = start;
          for (const one of steps) {
            const outstanding = seqDiff(nxt, una);
            if (one.kind === 'send') {
              const end = seqAdd(nxt, one.octets);
              noteSent(queue, nxt, end, MSS, 0);
              nxt = end;
            } else if (one.kind === 'ack') {
              const octets = Math.floor(one.part * outstanding);
              una = seqAdd(una, octets);
              const sample = sampleAt();
              acknowledge(queue, una, sample);
              expect(sample.acknowledgedOctets).toBe(octets);
              expect(sample.deliveredOctets).toBeLessThanOrEqual(octets);
            } else if (one.kind === 'sack' && outstanding > 0) {
              const left = seqAdd(una, Math.floor(one.from * (outstanding - 1)));
              const right = seqAdd(left, Math.min(one.octets, seqDiff(nxt, left)));
              const sample = sampleAt();
              const before = queue.sackedOctets;
              applySack(queue, [{ left, right }], una, nxt, sample);
              expect(queue.sackedOctets - before).toBe(sample.newlySackedOctets);
            } else if (one.kind === 'resend') {
              const range = nextToResend(queue, one.octets);
              if (range !== undefined) {
                expect(range).toMatchObject({ lost: true, resent: false, sacked: false });
                expect(seqDiff(range.endSequence, range.sequence)).toBeLessThanOrEqual(one.octets);
                noteResent(queue, range, MSS, 1);
              }
            } else if (one.kind === 'timeout') markAllLost(queue);
            else if (one.kind === 'head') markHeadLost(queue, 1000);
            else if (one.kind === 'lost' && outstanding > 0) {
              const live = queue.ranges.length - queue.head;
              markLost(queue, queue.head + Math.floor(one.part * (live - 1)));
            } else if (one.kind === 'probe' && outstanding > 0) {
              const tail = queue.ranges.length - 1;
              if (!queue.ranges[tail]!.sacked) {
                noteResent(queue, cutLastSegment(queue, tail), MSS, 1);
              }
            } else if (one.kind === 'undo') unmarkLost(queue);
            else if (one.kind === 'renege') forgetSacked(queue);
            expectSound(queue, una, nxt);
          }
        },
      ),
    );
  });

  function expectSound(queue: RetransmissionQueue, una: number, nxt: number): void {
    let at = una;
    for (const range of queue.ranges.slice(queue.head)) {
      expect(range.sequence).toBe(at);
      at = range.endSequence;
      expect(range.sacked && range.resent).toBe(false);
      expect(range.sacked && range.lost).toBe(false);
    }
    expect(at).toBe(nxt);
    expect(isAllAcknowledged(queue)).toBe(una === nxt);
    expect({
      lost: queue.lostOctets,
      resent: queue.resentOctets,
      sacked: queue.sackedOctets,
      waiting: queue.waitingOctets,
    }).toEqual(recount(queue));
  }

  it('measures only ranges sent once (Karn, RFC 6298 3)', () => {
    const queue = createRetransmissionQueue();
    noteSent(queue, 0, 1000, MSS, 10);
    noteSent(queue, 1000, 2000, MSS, 20);
    markHeadLost(queue, 1000);
    noteResent(queue, nextToResend(queue, 1000)!, MSS, 30);
    const first = sampleAt();
    acknowledge(queue, 1000, first);
    expect(first).toMatchObject({ firstSentAtMs: -1, retransmitted: true });
    const second = sampleAt();
    acknowledge(queue, 2000, second);
    expect(second).toMatchObject({ firstSentAtMs: 20, lastSentAtMs: 20, retransmitted: false });
  });

  it('ignores SACK blocks outside of the data in flight', () => {
    const queue = createRetransmissionQueue();
    noteSent(queue, 1000, 3000, MSS, 0);
    const blocks = [
      { left: 500, right: 900 },
      { left: 2500, right: 3500 },
      { left: 2000, right: 1500 },
    ];
    applySack(queue, blocks, 1000, 3000, sampleAt());
    expect(queue.sackedOctets).toBe(0);
  });

  it('splits a super-segment by SACK at whole segments only, and joins SACKed ranges that touch', () => {
    const queue = createRetransmissionQueue();
    noteSent(queue, 0, 10 * MSS, MSS, 5);
    applySack(queue, [{ left: 1500, right: 4500 }], 0, 10 * MSS, sampleAt());
    expect(queue.ranges.map(({ sequence, sacked }) => [sequence, sacked])).toEqual([
      [0, false],
      [2000, true],
      [4000, false],
    ]);
    applySack(queue, [{ left: 4000, right: 6000 }], 0, 10 * MSS, sampleAt());
    expect(queue.ranges).toHaveLength(3);
    expect(queue.sackedOctets).toBe(4000);
    // Every other octet: no range at all.
    for (let at = 6001; at < 9999; at += 2) {
      applySack(queue, [{ left: at, right: at + 1 }], 0, 10 * MSS, sampleAt());
    }
    expect(queue.ranges).toHaveLength(3);
  });

  it('marks a retransmission lost too when its range is marked lost again', () => {
    const queue = createRetransmissionQueue();
    noteSent(queue, 0, 1000, MSS, 0);
    markAllLost(queue);
    noteResent(queue, nextToResend(queue, 1000)!, MSS, 10);
    expect(nextToResend(queue, 1000)).toBeUndefined();
    expect(markLost(queue, 0)).toBe(true);
    expect(nextToResend(queue, 1000)).toMatchObject({ sequence: 0, resent: false });
  });
});
