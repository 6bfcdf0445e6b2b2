import type { MutableCounters } from './counters.ts';
import type { TapOutFrame } from './frame.ts';
import { describeFrame, isPlain, plainHeader } from './frame-header.ts';
import { emitVirtioNetHeader, VIRTIO_NET_HEADER_OCTETS } from './virtio-net-header.ts';

/** Frames handed to the addon in one call. */
const CHUNK_FRAMES = 64;
const NO_FRAME = new Uint8Array(0);
const PLAIN = plainHeader();

/** Calls the addon: writes the first `count` of `frames`, returns how many it is done with. */
export type WriteChunk = (queue: number, frames: readonly Uint8Array[], count: number) => number;

/** Lays frames and their headers out for the addon, and counts what became of them. */
export class FrameWriter {
  /** A virtio header for each frame of a chunk, read by the addon. */
  readonly headers = new Uint8Array(CHUNK_FRAMES * VIRTIO_NET_HEADER_OCTETS);
  /** What the addon reports: frames sent, octets sent, dropped, failed, 1 if the interface is gone. */
  readonly result = new Uint32Array(5);
  readonly #virtioHeader: boolean;
  readonly #counters: MutableCounters;
  readonly #chunk: Uint8Array[] = new Array<Uint8Array>(CHUNK_FRAMES).fill(NO_FRAME);
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

  /** Writes in order until all are done with or the kernel takes no more; returns how many are done with. */
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
    for (; next < frames.length && this.#chunkFrames < CHUNK_FRAMES; next++) {
      const out = frames[next]!;
      if (!this.#prepareHeader(out, this.#chunkFrames)) {
        this.#counters.txErrors++;
        continue;
      }
      this.#sources[this.#chunkFrames] = next;
      this.#chunk[this.#chunkFrames++] = out.frame;
    }
    return next;
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
      return writeChunk(queue, this.#chunk, chunkFrames);
    } finally {
      this.#counters.txFrames += result[0]!;
      this.#counters.txBytes += result[1]!;
      this.#counters.txDropped += result[2]!;
      this.#counters.txErrors += result[3]!;
      // The frames' memory is not ours to keep.
      this.#chunk.fill(NO_FRAME, 0, chunkFrames);
    }
  }
}
