import type { MutableCounters } from './counters.ts';
import type { TapFrameMaker } from './frame.ts';
import {
  VIRTIO_NET_DATA_VALID,
  VIRTIO_NET_GSO_NONE,
  VIRTIO_NET_HEADER_OCTETS,
  VIRTIO_NET_NEEDS_CSUM,
  VirtioNetHeader,
} from './virtio-net-header.ts';

/** Makes frames from the data that the addon has read into a slab. */
export class FrameReader {
  /** Offset and length of each frame of a batch, written by the addon. */
  readonly table: Uint32Array;
  readonly #virtioHeader: boolean;
  readonly #counters: MutableCounters;
  readonly #header = VirtioNetHeader.parse(
    new Uint8Array(VIRTIO_NET_HEADER_OCTETS),
  ) as VirtioNetHeader;

  constructor(batchFrames: number, virtioHeader: boolean, counters: MutableCounters) {
    this.table = new Uint32Array(2 * batchFrames);
    this.#virtioHeader = virtioHeader;
    this.#counters = counters;
  }

  /** Returns the frames of the batch that the table describes, each made by `make`. */
  read<Frame>(count: number, slab: Uint8Array, make: TapFrameMaker<Frame>): Frame[] {
    const { table } = this;
    const batch: Frame[] = [];
    let bytes = 0;
    for (let index = 0; index < count; index++) {
      const offset = table[2 * index]!;
      const length = table[2 * index + 1]!;
      batch.push(this.#frame(slab, offset, length, make));
      bytes += length;
    }
    this.#counters.rxFrames += count;
    this.#counters.rxBytes += bytes;
    return batch;
  }

  #frame<Frame>(
    slab: Uint8Array,
    offset: number,
    length: number,
    make: TapFrameMaker<Frame>,
  ): Frame {
    const frame = new Uint8Array(slab.buffer, slab.byteOffset + offset, length);
    const header = this.#header;
    if (!this.#virtioHeader || !header.moveTo(slab, offset - VIRTIO_NET_HEADER_OCTETS)) {
      return make(frame, 0, 'complete', 0, 0);
    }
    const { flags } = header;
    const partial = (flags & VIRTIO_NET_NEEDS_CSUM) !== 0;
    const verified = (flags & VIRTIO_NET_DATA_VALID) !== 0;
    return make(
      frame,
      header.gsoType === VIRTIO_NET_GSO_NONE ? 0 : header.gsoSize,
      partial ? 'partial' : verified ? 'verified' : 'complete',
      partial ? header.checksumStart : 0,
      partial ? header.checksumOffset : 0,
    );
  }
}
