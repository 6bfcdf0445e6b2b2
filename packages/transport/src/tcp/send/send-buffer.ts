import type { SendBuffer, SendChunk } from '../state/send.ts';

/** Appends the application's bytes without copying them. */
export function appendToSend(buffer: SendBuffer, bytes: Uint8Array, push: boolean): void {
  if (bytes.byteLength === 0) return;
  buffer.chunks.push({ offset: buffer.endOffset, bytes, push });
  buffer.endOffset += bytes.byteLength;
}

/** Octets in the buffer. */
export function sendBufferOctets(buffer: SendBuffer): number {
  return buffer.endOffset - buffer.startOffset;
}

/** Drops the data before `offset`, which is acknowledged. */
export function releaseSent(buffer: SendBuffer, offset: number): void {
  buffer.startOffset = offset;
  const { chunks } = buffer;
  let head = buffer.head;
  while (head < chunks.length && endOf(chunks[head]!) <= offset) head += 1;
  buffer.head = head;
  if (head === chunks.length) {
    buffer.chunks = [];
    buffer.head = 0;
    buffer.hint = 0;
  } else if (head > 64 && head * 2 > chunks.length) {
    chunks.splice(0, head);
    buffer.head = 0;
    buffer.hint = Math.max(0, buffer.hint - head);
  } else if (buffer.hint < head) buffer.hint = head;
}

/**
 * Copies `octets` octets from stream offset `offset` on to `into`, at `at`. Returns whether a write
 * ends among them. The octets must be in the buffer.
 */
export function copySent(
  buffer: SendBuffer,
  offset: number,
  octets: number,
  into: Uint8Array,
  at: number,
): boolean {
  let index = findChunk(buffer, offset);
  let push = false;
  let done = 0;
  while (done < octets) {
    const chunk = buffer.chunks[index]!;
    const from = offset + done - chunk.offset;
    const take = Math.min(chunk.bytes.byteLength - from, octets - done);
    into.set(
      from === 0 && take === chunk.bytes.byteLength
        ? chunk.bytes
        : chunk.bytes.subarray(from, from + take),
      at + done,
    );
    done += take;
    if (from + take === chunk.bytes.byteLength) {
      push ||= chunk.push;
      index += 1;
    }
  }
  buffer.hint = Math.min(index, buffer.chunks.length - 1);
  return push;
}

/** The same octets as views of the application's bytes, without a copy. */
export function viewSent(
  buffer: SendBuffer,
  offset: number,
  octets: number,
): { readonly parts: Uint8Array[]; readonly push: boolean } {
  const parts: Uint8Array[] = [];
  let index = findChunk(buffer, offset);
  let push = false;
  let done = 0;
  while (done < octets) {
    const chunk = buffer.chunks[index]!;
    const { byteLength } = chunk.bytes;
    const from = offset + done - chunk.offset;
    const take = Math.min(byteLength - from, octets - done);
    parts.push(take === byteLength ? chunk.bytes : chunk.bytes.subarray(from, from + take));
    done += take;
    if (from + take === byteLength) {
      push ||= chunk.push;
      index += 1;
    }
  }
  buffer.hint = Math.min(index, buffer.chunks.length - 1);
  return { parts, push };
}

function endOf(chunk: SendChunk): number {
  return chunk.offset + chunk.bytes.byteLength;
}

function findChunk(buffer: SendBuffer, offset: number): number {
  const { chunks, hint } = buffer;
  const near = chunks[hint];
  if (near !== undefined && near.offset <= offset) {
    if (offset < endOf(near)) return hint;
    const next = chunks[hint + 1];
    if (next !== undefined && next.offset <= offset && offset < endOf(next)) return hint + 1;
  }
  let low = buffer.head;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (chunks[middle]!.offset <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
