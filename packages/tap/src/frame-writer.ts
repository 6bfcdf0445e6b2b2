import { joinTail } from '@strata/wire';
import type { MutableCounters } from './counters.ts';
import type { TapOutFrame } from './frame.ts';
import { describeFrame, isPlain, plainHeader } from './frame-header.ts';
import { emitVirtioNetHeader, VIRTIO_NET_HEADER_OCTETS } from './virtio-net-header.ts';

/** Frames handed to the addon in one call. */
const CHUNK_FRAMES = 64;
/** Parts that a frame is written from at most; one of more is copied together. */
const MAX_PARTS = 63;
const NO_FRAME = new Uint8Array(0);
const PLAIN = plainHeader();

/** Calls the addon: writes `count` frames out of `parts`, returns how many it is done with. */
export type WriteChunk = (queue: number, parts: readonly Uint8Array[], count: number) => number;

/** Lays frames and their headers out for the addon, and counts what became of them. */
export class FrameWriter {
  /** A virtio header for each frame of a chunk, read by the addon. */
  readonly headers = new Uint8Array(CHUNK_FRAMES * VIRTIO_NET_HEADER_OCTETS);
  /** Of how many parts each frame of a chunk is made, read by the addon. */
  readonly partCounts = new Uint32Array(CHUNK_FRAMES).fill(1);
  /**
   * What the addon reports: frames sent, octets sent, dropped, failed, 1 if the interface is gone.
   */
  readonly result = new Uint32Array(5);
  readonly #virtioHeader: boolean;
  readonly #counters: MutableCounters;
  /** The parts of the chunk's frames, one frame behind the other. */
  readonly #parts: Uint8Array[] = new Array<Uint8Array>(CHUNK_FRAMES).fill(NO_FRAME);
  #partsUsed = 0;
  readonly #header = plainHeader();
  /** Where in the caller's array each frame of the chunk comes from. */
  readonly #sources = new Uint32Array(CHUNK_FRAMES);
  /** Header slots that do not hold a plain header. */
  readonly #dirty = new Uint8Array(CHUNK_FRAMES);
  #chunkFrames = 0;

  constructor(virtioHeader: boolean, counters: MutableCounters) {
    this.#virtioHeader = virtioHeader;
    this.#counters = counters;
  }

  /**
   * Writes in order until all are done with or the kernel takes no more; returns how many are done
   * with.
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

  /** Fills the chunk with frames from `start` on; returns the first that is not in it. */
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

  /** Writes the header of a frame into a slot. False: the frame cannot be sent. */
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
      // The frames' memory is not ours to keep.
      this.#parts.fill(NO_FRAME, 0, this.#partsUsed);
    }
  }
}
