import { established } from '@strata/simulator';
import {
  appendInOrder,
  insertOutOfOrder,
  joinOutOfOrder,
  MAX_OUT_OF_ORDER_BLOCKS,
} from '../src/tcp/arrive/receive-queue.ts';
import { createReceiveQueue } from '../src/tcp/state/receive.ts';

const octet = (value: number) => Uint8Array.of(value & 255);

describe('a flood of tiny segments', () => {
  it('in order costs little more memory than its octets if the application does not read', () => {
    const queue = createReceiveQueue();
    for (let i = 0; i < 50_000; i += 1) appendInOrder(queue, octet(i), false);
    expect(queue.inOrderOctets).toBe(50_000);
    expect(queue.inOrder.length).toBeLessThan(50);
  });

  it.each([
    ['upwards', (i: number) => i],
    ['downwards', (i: number) => 49_999 - i],
  ])(
    'out of order, %s, costs little more memory than its octets, and all of them are kept',
    (_, nth) => {
      const queue = createReceiveQueue();
      for (let i = 0; i < 50_000; i += 1) insertOutOfOrder(queue, 2 + nth(i), octet(nth(i)));
      expect(queue.outOfOrder).toHaveLength(1);
      expect(queue.outOfOrder[0]!.pieces.length).toBeLessThan(200);
      expect(joinOutOfOrder(queue, 2)).toBe(50_002);
      let at = 0;
      let wrong = 0;
      for (const piece of queue.inOrder) {
        for (const value of piece) {
          if (value !== (at & 255)) wrong += 1;
          at += 1;
        }
      }
      expect([at, wrong]).toEqual([50_000, 0]);
    },
  );

  it('with a hole after each is limited, dropped and counted', () => {
    const peer = established({
      synOptions: { mss: 1460, windowScale: 7 },
      socketOptions: { receiveBufferOctets: 1_048_576 },
    });
    // The first segments open the window beyond what an unscaled SYN,ACK can announce.
    peer.inject('ACK', { seq: 1, data: 1000 });
    peer.sent();
    const extra = 100;
    for (let i = 0; i < MAX_OUT_OF_ORDER_BLOCKS + extra; i += 1) {
      peer.inject('ACK', { seq: 1003 + 2 * i, data: 1 });
    }
    expect(peer.core.counters).toMatchObject({
      TCPOFOQueue: MAX_OUT_OF_ORDER_BLOCKS,
      TCPOFODrop: extra,
    });
    expect(peer.sent()).toHaveLength(MAX_OUT_OF_ORDER_BLOCKS + extra);
    expect(peer.state).toBe('ESTABLISHED');
  });
});
