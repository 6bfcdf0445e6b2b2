import type { SackBlock } from '@strata/wire';
import type { OutOfOrderBlock, ReceiveQueue } from '../state/receive.ts';
import { seqAdd, seqDiff, seqGe, seqLe } from '../state/sequence.ts';

/**
 * Maximum number of out-of-order blocks. The largest window needs fewer even if every second
 * segment is lost; without the limit a peer could make each octet a block.
 */
export const MAX_OUT_OF_ORDER_BLOCKS = 4096;

/**
 * A piece smaller than this is appended to the previous piece while that stays below the second
 * size: tiny segments must not cost much more memory than their octets.
 */
const SMALL_PIECE_OCTETS = 512;
const JOINED_PIECE_OCTETS = 4096;

/** Appends octets in order. `owned`: the queue may keep the bytes; otherwise it copies them. */
export function appendInOrder(queue: ReceiveQueue, bytes: Uint8Array, owned: boolean): void {
  if (bytes.byteLength === 0) return;
  pushPiece(queue.inOrder, bytes, owned);
  queue.inOrderOctets += bytes.byteLength;
}

/**
 * Takes up to `octets` octets off the front, without copying where one piece is enough; undefined
 * if nothing waits.
 */
export function takeInOrder(queue: ReceiveQueue, octets: number): Uint8Array | undefined {
  const first = queue.inOrder[0];
  if (first === undefined || octets <= 0) return undefined;
  if (first.byteLength <= octets) {
    // A new array, because an emptied array keeps its memory, and there are many idle connections.
    if (queue.inOrder.length === 1) queue.inOrder = [];
    else queue.inOrder.shift();
    queue.inOrderOctets -= first.byteLength;
    return first;
  }
  queue.inOrder[0] = first.subarray(octets);
  queue.inOrderOctets -= octets;
  return first.subarray(0, octets);
}

/**
 * Removes the octet at `position` from the data in order and returns it; undefined if there is
 * none.
 */
export function removeInOrder(queue: ReceiveQueue, position: number): number | undefined {
  let before = 0;
  for (let i = 0; i < queue.inOrder.length; i += 1) {
    const piece = queue.inOrder[i]!;
    const at = position - before;
    before += piece.byteLength;
    if (at < 0 || at >= piece.byteLength) continue;
    const around = [piece.subarray(0, at), piece.subarray(at + 1)];
    queue.inOrder.splice(i, 1, ...around.filter((part) => part.byteLength > 0));
    queue.inOrderOctets -= 1;
    return piece[at];
  }
  return undefined;
}

/**
 * Appends bytes to the pieces. Small ones are joined to the last piece. `owned`: the bytes may be
 * kept.
 */
function pushPiece(pieces: Uint8Array[], bytes: Uint8Array, owned: boolean): void {
  const last = pieces.at(-1);
  const octets = bytes.byteLength;
  if (
    last === undefined ||
    octets >= SMALL_PIECE_OCTETS ||
    last.byteLength + octets > JOINED_PIECE_OCTETS
  ) {
    pieces.push(owned ? bytes : bytes.slice());
    return;
  }
  const joined = new Uint8Array(last.byteLength + octets);
  joined.set(last);
  joined.set(bytes, last.byteLength);
  pieces[pieces.length - 1] = joined;
}

/**
 * Inserts octets that arrived out of order, without those that are there already. Returns how many
 * octets were new; also 0 if they would need more than {@link MAX_OUT_OF_ORDER_BLOCKS} blocks. The
 * caller has trimmed the bytes to the window.
 */
export function insertOutOfOrder(queue: ReceiveQueue, sequence: number, bytes: Uint8Array): number {
  const end = seqAdd(sequence, bytes.byteLength);
  const blocks = queue.outOfOrder;
  // From the end: data out of order mostly belongs there.
  let index = blocks.length;
  while (index > 0 && seqGe(blocks[index - 1]!.endSequence, sequence)) index -= 1;
  const first = blocks[index];
  const touches = first !== undefined && seqLe(first.sequence, end);
  if (!touches && blocks.length >= MAX_OUT_OF_ORDER_BLOCKS) return 0;
  const grows = first !== undefined && seqLe(first.sequence, sequence);
  const merged = grows ? first : { sequence, endSequence: sequence, pieces: [], grownAt: 0 };
  const added = mergeInto(merged, blocks, grows ? index + 1 : index, sequence, bytes);
  let last = index;
  while (last < blocks.length && seqLe(blocks[last]!.sequence, merged.endSequence)) last += 1;
  if (!grows || last > index + 1) blocks.splice(index, last - index, merged);
  queue.insertions += 1;
  merged.grownAt = queue.insertions;
  queue.outOfOrderOctets += added;
  return added;
}

/**
 * Appends to `merged` the new octets, joined with the blocks from `index` on that they touch.
 * Returns how many octets were new.
 */
function mergeInto(
  merged: OutOfOrderBlock,
  blocks: readonly OutOfOrderBlock[],
  index: number,
  sequence: number,
  bytes: Uint8Array,
): number {
  const end = seqAdd(sequence, bytes.byteLength);
  let added = 0;
  const addUpTo = (to: number) => {
    if (seqGe(merged.endSequence, to)) return;
    const from = seqDiff(merged.endSequence, sequence);
    pushPiece(merged.pieces, bytes.subarray(from, seqDiff(to, sequence)), false);
    added += seqDiff(to, merged.endSequence);
    merged.endSequence = to;
  };
  for (let i = index; i < blocks.length && seqLe(blocks[i]!.sequence, end); i += 1) {
    const block = blocks[i]!;
    addUpTo(block.sequence);
    for (const piece of block.pieces) pushPiece(merged.pieces, piece, true);
    merged.endSequence = block.endSequence;
  }
  addUpTo(end);
  return added;
}

/** Drops all out-of-order data. */
export function clearOutOfOrder(queue: ReceiveQueue): void {
  queue.outOfOrder = [];
  queue.outOfOrderOctets = 0;
}

/**
 * Moves the blocks that are in order now, from `rcvNxt` on, to the in-order queue. Returns the new
 * RCV.NXT.
 */
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

/** Up to `limit` SACK blocks, the most recently grown first (RFC 2018 4). */
export function sackBlocks(queue: ReceiveQueue, limit: number): SackBlock[] {
  const newest: OutOfOrderBlock[] = [];
  for (const block of queue.outOfOrder) {
    let at = newest.length;
    while (at > 0 && newest[at - 1]!.grownAt < block.grownAt) at -= 1;
    if (at >= limit) continue;
    newest.splice(at, 0, block);
    if (newest.length > limit) newest.pop();
  }
  return newest.map((block) => ({ left: block.sequence, right: block.endSequence }));
}

/** Whether all of [sequence, end) was received before, which makes it a duplicate (RFC 2883). */
export function isHeld(queue: ReceiveQueue, sequence: number, end: number): boolean {
  return queue.outOfOrder.some(
    (block) => seqLe(block.sequence, sequence) && seqGe(block.endSequence, end),
  );
}
