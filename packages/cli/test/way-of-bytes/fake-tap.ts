import type { Addon, NativeHandle, NativeLink, NativeOpenOptions } from '@strata/tap';
import { VIRTIO_NET_HEADER_OCTETS } from '@strata/tap';

/** What the addon reads into, as large as its own. */
const SLAB_OCTETS = 2 ** 20;
const HANDLE: NativeHandle = {
  name: 'fake0',
  ifIndex: 1,
  persistent: false,
  createdNamespace: false,
};
const LINK: NativeLink = {
  up: true,
  carrier: true,
  mtu: 1500,
  queueLength: 1000,
  dropped: 0,
  mac: Buffer.from('02000000000a', 'hex'),
};

/** A frame as the kernel would see it: what `writev` gathers. */
export type GatheredFrame = readonly Uint8Array[];

/**
 * The native side of a TAP device without a kernel: what is written comes to `onWritten`, and
 * `give` is read.
 */
export class FakeTap implements Addon {
  /** What the host's end does with the frames of one call of `write`. The arrays are its own. */
  onWritten: (frames: GatheredFrame[]) => void = () => {};
  /** Frames written, each by one `writev`. */
  writes = 0;
  /** Frames read, each by one `read`. */
  reads = 0;
  #options: NativeOpenOptions | undefined;
  #slab = Buffer.allocUnsafeSlow(SLAB_OCTETS);
  #at = 0;

  open(options: NativeOpenOptions): NativeHandle {
    this.#options = options;
    return HANDLE;
  }

  write(_handle: NativeHandle, _queue: number, parts: readonly Uint8Array[], count: number) {
    const { txPartCounts, txResult } = this.#options!;
    const frames: GatheredFrame[] = [];
    let at = 0;
    for (let i = 0; i < count; i += 1) {
      const end = at + txPartCounts[i]!;
      frames.push(parts.slice(at, end));
      at = end;
    }
    txResult[0] = count;
    this.writes += count;
    this.onWritten(frames);
    return count;
  }

  /**
   * Lets the device read a frame; `fill` writes it, and its virtio header, into memory that is
   * zero. Returns that memory.
   */
  give(octets: number, fill: (header: Uint8Array, frame: Uint8Array) => void): Buffer {
    const { rxTable, handler } = this.#options!;
    const needed = VIRTIO_NET_HEADER_OCTETS + octets;
    if (this.#at + needed > SLAB_OCTETS) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_OCTETS);
      this.#at = 0;
    }
    const start = this.#at + VIRTIO_NET_HEADER_OCTETS;
    const header = this.#slab.subarray(this.#at, start).fill(0);
    this.#at = start + octets;
    fill(header, this.#slab.subarray(start, this.#at));
    rxTable[0] = start;
    rxTable[1] = octets;
    this.reads += 1;
    const slab = this.#slab;
    handler(0, 1, slab, 0, false);
    return slab;
  }

  link(): NativeLink {
    return LINK;
  }

  setOffload(): boolean {
    return true;
  }

  addresses(): [] {
    return [];
  }

  probe(): void {}
  close(): void {}
  start(): void {}
  stop(): void {}
  reference(): void {}
  setUp(): void {}
  setMtu(): void {}
  setQueueLength(): void {}
  setMac(): void {}
  setCarrier(): void {}
  addAddress(): void {}
  removeAddress(): void {}
}
