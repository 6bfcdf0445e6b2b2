import type { SackBlock } from '@strata/wire';
import { seqAdd, seqDiff, seqGe, seqGt, seqLe, seqLt } from './sequence.ts';

/**
 * What the peer has sent and the application has not taken: in order, and out of order (RFC 9293 3.10.7.4, eighth step). Plain data.
 * Queued bytes are copies: what was received may share its memory with much that is long gone.
 */
export interface ReceiveQueue {
  /** In order, waiting for the application's credit. */
  inOrder: Uint8Array[];
  inOrderOctets: number;
  /** Beyond a hole, by sequence number, neither touching nor overlapping their neighbours' octets twice. */
  outOfOrder: OutOfOrderBlock[];
  outOfOrderOctets: number;
  /** Start of the block that grew last: it is reported first (RFC 2018 4). */
  newestBlockSequence: number;
}

/** Octets that follow each other, beyond a hole. */
export interface OutOfOrderBlock {
  sequence: number;
  endSequence: number;
  pieces: Uint8Array[];
}

export function createReceiveQueue(): ReceiveQueue {
  return {
    inOrder: [],
    inOrderOctets: 0,
    outOfOrder: [],
    outOfOrderOctets: 0,
    newestBlockSequence: 0,
  };
}

/** Appends octets that continue the stream. `owned`: the queue may keep the bytes; else it copies them. */
export function appendInOrder(queue: ReceiveQueue, bytes: Uint8Array, owned: boolean): void {
  if (bytes.byteLength === 0) return;
  queue.inOrder.push(owned ? bytes : bytes.slice());
  queue.inOrderOctets += bytes.byteLength;
}

/** Takes up to `octets` octets off the front, as few pieces as are there; undefined where nothing waits. */
export function takeInOrder(queue: ReceiveQueue, octets: number): Uint8Array | undefined {
  const first = queue.inOrder[0];
  if (first === undefined || octets <= 0) return undefined;
  if (first.byteLength <= octets) {
    queue.inOrder.shift();
    queue.inOrderOctets -= first.byteLength;
    return first;
  }
  queue.inOrder[0] = first.subarray(octets);
  queue.inOrderOctets -= octets;
  return first.subarray(0, octets);
}

/**
 * Keeps octets that lie beyond a hole; those that are there already are dropped. Returns the octets that were new. The caller has
 * trimmed them to the window.
 */
export function insertOutOfOrder(queue: ReceiveQueue, sequence: number, bytes: Uint8Array): number {
  const end = seqAdd(sequence, bytes.byteLength);
  const blocks = queue.outOfOrder;
  let index = 0;
  while (index < blocks.length && seqLt(blocks[index]!.endSequence, sequence)) index += 1;
  const merged: OutOfOrderBlock = { sequence, endSequence: sequence, pieces: [] };
  let added = 0;
  let last = index;
  let at = sequence;
  // Each block that touches [sequence, end) is merged; what lies between them is new.
  while (last < blocks.length && seqLe(blocks[last]!.sequence, end)) {
    const block = blocks[last]!;
    if (seqGt(block.sequence, at)) {
      added += addPiece(merged, bytes, seqDiff(at, sequence), seqDiff(block.sequence, sequence));
    } else if (last === index) merged.sequence = block.sequence;
    merged.pieces.push(...block.pieces);
    if (seqGt(block.endSequence, at)) at = block.endSequence;
    last += 1;
  }
  if (seqLt(at, end)) {
    added += addPiece(merged, bytes, seqDiff(at, sequence), bytes.byteLength);
    at = end;
  }
  merged.endSequence = at;
  blocks.splice(index, last - index, merged);
  queue.outOfOrderOctets += added;
  queue.newestBlockSequence = merged.sequence;
  return added;
}

function addPiece(block: OutOfOrderBlock, bytes: Uint8Array, from: number, to: number): number {
  block.pieces.push(bytes.slice(from, to));
  return to - from;
}

/** Moves what is in order now, from `rcvNxt` on, to the in-order queue; returns the new RCV.NXT. */
export function joinOutOfOrder(queue: ReceiveQueue, rcvNxt: number): number {
  let next = rcvNxt;
  while (queue.outOfOrder.length > 0 && seqLe(queue.outOfOrder[0]!.sequence, next)) {
    const block = queue.outOfOrder.shift()!;
    const length = seqDiff(block.endSequence, block.sequence);
    queue.outOfOrderOctets -= length;
    if (seqLe(block.endSequence, next)) continue;
    let skip = seqDiff(next, block.sequence);
    for (const piece of block.pieces) {
      if (skip >= piece.byteLength) {
        skip -= piece.byteLength;
        continue;
      }
      appendInOrder(queue, skip > 0 ? piece.subarray(skip) : piece, true);
      skip = 0;
    }
    next = block.endSequence;
  }
  return next;
}

/** Up to `limit` SACK blocks, the one that grew last first (RFC 2018 4). */
export function sackBlocks(queue: ReceiveQueue, limit: number): SackBlock[] {
  const blocks = queue.outOfOrder;
  const result: SackBlock[] = [];
  const newest = blocks.find(
    (block) =>
      seqLe(block.sequence, queue.newestBlockSequence) &&
      seqGt(block.endSequence, queue.newestBlockSequence),
  );
  if (newest !== undefined) result.push({ left: newest.sequence, right: newest.endSequence });
  for (let i = 0; i < blocks.length && result.length < limit; i += 1) {
    const block = blocks[i]!;
    if (block !== newest) result.push({ left: block.sequence, right: block.endSequence });
  }
  return result;
}

/** Whether all of [sequence, end) was received before: a duplicate (RFC 2883). */
export function isHeld(queue: ReceiveQueue, sequence: number, end: number): boolean {
  return queue.outOfOrder.some(
    (block) => seqLe(block.sequence, sequence) && seqGe(block.endSequence, end),
  );
}
