import fc from 'fast-check';
import {
  acknowledge,
  applySack,
  createRetransmissionQueue,
  isAllAcknowledged,
  markAllLost,
  markHeadLost,
  markLostBySack,
  nextToResend,
  noteResent,
  noteSent,
  type RetransmissionQueue,
} from '../src/tcp/retransmission-queue.ts';
import { seqAdd, seqDiff } from '../src/tcp/sequence.ts';

/** What the counts should be, counted anew. */
function recount(queue: RetransmissionQueue) {
  const live = queue.ranges.slice(queue.head);
  const sum = (flag: 'lost' | 'resent' | 'sacked') =>
    live
      .filter((range) => range[flag])
      .reduce((total, range) => total + seqDiff(range.endSequence, range.sequence), 0);
  return { lost: sum('lost'), resent: sum('resent'), sacked: sum('sacked') };
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
    fc.record({ kind: fc.constant('scoreboard' as const) }),
  );

  it('keeps its counts right and its ranges joined, whatever happens', () => {
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
              noteSent(queue, nxt, end, 0);
              nxt = end;
            } else if (one.kind === 'ack') {
              const octets = Math.floor(one.part * outstanding);
              una = seqAdd(una, octets);
              expect(acknowledge(queue, una).octets).toBe(octets);
            } else if (one.kind === 'sack' && outstanding > 0) {
              const left = seqAdd(una, Math.floor(one.from * (outstanding - 1)));
              const right = seqAdd(left, Math.min(one.octets, seqDiff(nxt, left)));
              applySack(queue, [{ left, right }], una, nxt);
            } else if (one.kind === 'resend') {
              const range = nextToResend(queue, one.octets);
              if (range !== undefined) {
                expect(range).toMatchObject({ lost: true, resent: false, sacked: false });
                expect(seqDiff(range.endSequence, range.sequence)).toBeLessThanOrEqual(one.octets);
                noteResent(queue, range, 1);
              }
            } else if (one.kind === 'timeout') markAllLost(queue);
            else if (one.kind === 'head') markHeadLost(queue, 1000);
            else if (one.kind === 'scoreboard') markLostBySack(queue, 3000);
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
      expect(range.resent && !range.lost).toBe(false);
      expect(range.sacked && range.lost).toBe(false);
    }
    expect(at).toBe(nxt);
    expect(isAllAcknowledged(queue)).toBe(una === nxt);
    expect({
      lost: queue.lostOctets,
      resent: queue.resentOctets,
      sacked: queue.sackedOctets,
    }).toEqual(recount(queue));
  }

  it('measures only what was sent once (Karn, RFC 6298 3)', () => {
    const queue = createRetransmissionQueue();
    noteSent(queue, 0, 1000, 10);
    noteSent(queue, 1000, 2000, 20);
    markHeadLost(queue, 1000);
    noteResent(queue, nextToResend(queue, 1000)!, 30);
    expect(acknowledge(queue, 1000)).toEqual({ octets: 1000, sentAtMs: -1, retransmitted: true });
    expect(acknowledge(queue, 2000)).toEqual({ octets: 1000, sentAtMs: 20, retransmitted: false });
  });

  it('ignores SACK blocks that lie outside of what is in flight', () => {
    const queue = createRetransmissionQueue();
    noteSent(queue, 1000, 3000, 0);
    const blocks = [
      { left: 500, right: 900 },
      { left: 2500, right: 3500 },
      { left: 2000, right: 1500 },
    ];
    expect(applySack(queue, blocks, 1000, 3000)).toBe(0);
  });
});
