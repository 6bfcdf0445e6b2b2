import { joinTail } from '@strata/wire';
import type { MutableCounters } from './counters.ts';
import type { TapOutFrame } from './frame.ts';
import { describeFrame, isPlain, plainHeader } from './frame-header.ts';
import { emitVirtioNetHeader, VIRTIO_NET_HEADER_OCTETS } from './virtio-net-header.ts';

/** Frames handed to the addon in one call. */
const CHUNK_FRAMES = 64;
/** Maximum number of parts of a frame; a frame of more parts is copied together. */
const MAX_PARTS = 63;
const NO_FRAME = new Uint8Array(0);
const PLAIN = plainHeader();

/** Calls the addon to write `count` frames made of `parts`. Returns how many are finished. */
export type WriteChunk = (queue: number, parts: readonly Uint8Array[], count: number) => number;

/** Prepares frames and their headers for the addon, and counts the results. */
export class FrameWriter {
  /** A virtio header for each frame of a chunk, read by the addon. */
  readonly headers = new Uint8Array(CHUNK_FRAMES * VIRTIO_NET_HEADER_OCTETS);
  /** The number of parts of each frame in a chunk, read by the addon. */
  readonly partCounts = new Uint32Array(CHUNK_FRAMES).fill(1);
  /** The addon's results: frames sent, octets sent, dropped, failed, 1 if the interface is gone. */
  readonly result = new Uint32Array(5);
  readonly #virtioHeader: boolean;
  readonly #counters: MutableCounters;
  /** The parts of the chunk's frames, frame after frame. */
  readonly #parts: Uint8Array[] = new Array<Uint8Array>(CHUNK_FRAMES).fill(NO_FRAME);
  #partsUsed = 0;
  readonly #header = plainHeader();
  /** The index in the caller's array of each frame of the chunk. */
  readonly #sources = new Uint32Array(CHUNK_FRAMES);
  /** Header slots that do not hold a plain header. */
  readonly #dirty = new Uint8Array(CHUNK_FRAMES);
  #chunkFrames = 0;

  constructor(virtioHeader: boolean, counters: MutableCounters) {
    this.#virtioHeader = virtioHeader;
    this.#counters = counters;
  }

  /**
   * Writes frames in order until all are finished or the kernel takes no more. Returns how many are
   * finished.
   */
  write(queue: number, frames: readonly TapOutFrame[], writeChunk: WriteChunk): number {
    let next = 0;
    while (next < frames.length) {
      next = this.#fill(frames, next);
      const chunkFrames = this.#chunkFrames;
      const done = chunkFrames === 0 ? 0 : this.#send(queue, writeChunk);
      if (done < chunkFrames) return this.#sources[done]!;
    }
    return next;
  }

  /**
   * Fills the chunk with frames from `start` on. Returns the index of the first frame not in it.
   */
  #fill(frames: readonly TapOutFrame[], start: number): number {
    let next = start;
    this.#chunkFrames = 0;
    this.#partsUsed = 0;
    for (; next < frames.length && this.#chunkFrames < CHUNK_FRAMES; next++) {
      const out = frames[next]!;
      if (!this.#prepareHeader(out, this.#chunkFrames)) {
        this.#counters.txErrors++;
        continue;
      }
      this.#sources[this.#chunkFrames] = next;
      this.#addParts(out);
      this.#chunkFrames += 1;
    }
    return next;
  }

  #addParts({ frame, tail }: TapOutFrame): void {
    const isGathered = tail !== undefined && tail.length < MAX_PARTS;
    this.#parts[this.#partsUsed++] = isGathered ? frame : joinTail(frame, tail);
    if (isGathered) for (const part of tail) this.#parts[this.#partsUsed++] = part;
    this.partCounts[this.#chunkFrames] = isGathered ? 1 + tail.length : 1;
  }

  /** Writes a frame's header into a slot. Returns false if the frame cannot be sent. */
  #prepareHeader(out: TapOutFrame, slot: number): boolean {
    if (isPlain(out)) {
      if (this.#dirty[slot] !== 0) {
        emitVirtioNetHeader(this.headers, slot * VIRTIO_NET_HEADER_OCTETS, PLAIN);
        this.#dirty[slot] = 0;
      }
      return true;
    }
    if (!this.#virtioHeader || !describeFrame(out, this.#header)) return false;
    emitVirtioNetHeader(this.headers, slot * VIRTIO_NET_HEADER_OCTETS, this.#header);
    this.#dirty[slot] = 1;
    return true;
  }

  #send(queue: number, writeChunk: WriteChunk): number {
    const chunkFrames = this.#chunkFrames;
    const { result } = this;
    result.fill(0);
    try {
      return writeChunk(queue, this.#parts, chunkFrames);
    } finally {
      this.#counters.txFrames += result[0]!;
      this.#counters.txBytes += result[1]!;
      this.#counters.txDropped += result[2]!;
      this.#counters.txErrors += result[3]!;
      // Do not keep references to the caller's frames.
      this.#parts.fill(NO_FRAME, 0, this.#partsUsed);
    }
  }
}
