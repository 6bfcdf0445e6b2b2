/**
 * The handover of a connection's receiving half: data that the application has not taken, and the
 * growth of the receive buffer.
 */
import {
  createReceiveAutotune,
  createReceiveQueue,
  type OutOfOrderBlock,
  type ReceiveAutotune,
  type ReceiveQueue,
} from '../tcp/state/receive.ts';
import { seqAdd, seqLt } from '../tcp/state/sequence.ts';
import { age, ageOrNone, derived, fixed32, pieces, real, type Struct, uint64 } from './kinds.ts';
import { malformed } from './plain.ts';
import { list } from './walk.ts';

const octetsOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, { byteLength }) => sum + byteLength, 0);

const BLOCK: Struct<OutOfOrderBlock> = {
  message: 'OutOfOrderBlock',
  make: () => ({ sequence: 0, endSequence: 0, pieces: [], grownAt: 0 }),
  fields: {
    sequence: fixed32,
    endSequence: derived('the end of the last piece'),
    pieces,
    grownAt: uint64,
  },
  rebuild(block) {
    block.endSequence = seqAdd(block.sequence, octetsOf(block.pieces));
    if (block.endSequence === block.sequence) throw malformed('an out-of-order block is empty');
  },
};

export const RECEIVE_QUEUE: Struct<ReceiveQueue> = {
  message: 'ReceiveQueue',
  make: createReceiveQueue,
  fields: {
    inOrder: pieces,
    inOrderOctets: derived('the in-order pieces'),
    outOfOrder: list(BLOCK),
    outOfOrderOctets: derived('the out-of-order blocks'),
    insertions: derived('the newest block'),
  },
  rebuild(queue) {
    queue.inOrderOctets = octetsOf(queue.inOrder);
    let before: OutOfOrderBlock | undefined;
    for (const block of queue.outOfOrder) {
      if (before !== undefined && !seqLt(before.endSequence, block.sequence)) {
        throw malformed('out-of-order blocks overlap');
      }
      queue.outOfOrderOctets += octetsOf(block.pieces);
      queue.insertions = Math.max(queue.insertions, block.grownAt);
      before = block;
    }
  },
};

export const AUTOTUNE: Struct<ReceiveAutotune> = {
  message: 'ReceiveAutotune',
  make: () => createReceiveAutotune(0),
  fields: {
    rttMs: real,
    windowEdge: fixed32,
    windowFromMs: ageOrNone(-1),
    lastEcho: fixed32,
    spaceOctets: uint64,
    fromOctets: uint64,
    fromMs: age,
  },
};
