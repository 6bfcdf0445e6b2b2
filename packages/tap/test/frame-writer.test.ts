import { zeroCounters } from '../src/counters.ts';
import type { TapOutFrame } from '../src/frame.ts';
import { FrameWriter, type WriteChunk } from '../src/frame-writer.ts';
import { VirtioNetHeader } from '../src/virtio-net-header.ts';
import { tcpFrame } from './frames.ts';

/** A stand-in for the addon: takes at most `room` frames in all, and records them. */
function kernelWithRoomFor(room: number) {
  const taken: { frame: Uint8Array; gsoSize: number; flags: number }[] = [];
  const counters = zeroCounters();
  const writer = new FrameWriter(true, counters);
  const writeChunk: WriteChunk = (_queue, frames, count) => {
    for (let index = 0; index < count; index++) {
      if (taken.length === room) return index;
      const header = VirtioNetHeader.parse(writer.headers, index * 10) as VirtioNetHeader;
      taken.push({ frame: frames[index]!, gsoSize: header.gsoSize, flags: header.flags });
      writer.result[0]! += 1;
      writer.result[1]! += frames[index]!.byteLength;
    }
    return count;
  };
  return { taken, counters, write: (frames: TapOutFrame[]) => writer.write(0, frames, writeChunk) };
}

const frames = (count: number): TapOutFrame[] =>
  Array.from({ length: count }, (_, index) => ({ frame: new Uint8Array(14 + index) }));
/** A frame that asks for a checksum and has no place for one. */
const UNSENDABLE: TapOutFrame = { frame: new Uint8Array(60), checksum: 'partial' };

describe('FrameWriter', () => {
  it.each([0, 1, 63, 64, 65, 200])('writes %i frames in order, in however many chunks', (n) => {
    const kernel = kernelWithRoomFor(Number.POSITIVE_INFINITY);
    const out = frames(n);
    expect(kernel.write(out)).toBe(n);
    expect(kernel.taken.map(({ frame }) => frame)).toEqual(out.map(({ frame }) => frame));
    expect(kernel.counters.txFrames).toBe(n);
  });

  it.each([0, 1, 63, 64, 65, 99])('reports that the kernel took %i of 100 frames', (room) => {
    const kernel = kernelWithRoomFor(room);
    expect(kernel.write(frames(100))).toBe(room);
    expect(kernel.counters.txFrames).toBe(room);
  });

  it('counts frames that cannot be sent as errors and continues', () => {
    const kernel = kernelWithRoomFor(Number.POSITIVE_INFINITY);
    const [first, second] = frames(2) as [TapOutFrame, TapOutFrame];
    expect(kernel.write([UNSENDABLE, first, UNSENDABLE, second, UNSENDABLE])).toBe(5);
    expect(kernel.taken.map(({ frame }) => frame)).toEqual([first.frame, second.frame]);
    expect(kernel.counters.txErrors).toBe(3);
  });

  it('continues at the frame that the kernel refused, after ones that cannot be sent', () => {
    const kernel = kernelWithRoomFor(1);
    const [first, second] = frames(2) as [TapOutFrame, TapOutFrame];
    expect(kernel.write([first, UNSENDABLE, second])).toBe(2);
  });

  it('gives each frame its own header, also if a slot held another before', () => {
    const kernel = kernelWithRoomFor(Number.POSITIVE_INFINITY);
    const plain = { frame: tcpFrame(10) };
    const large = { frame: tcpFrame(3000), segmentSize: 1460, checksum: 'partial' } as const;
    kernel.write([large, plain]);
    kernel.write([plain, large]);
    const seen = kernel.taken.map(({ gsoSize, flags }) => [gsoSize, flags]);
    expect(seen).toEqual([
      [1460, 1],
      [0, 0],
      [0, 0],
      [1460, 1],
    ]);
  });

  it('cannot send super-frames and partial checksums without the virtio header', () => {
    const counters = zeroCounters();
    const writer = new FrameWriter(false, counters);
    const large = { frame: tcpFrame(3000), segmentSize: 1460, checksum: 'partial' } as const;
    const never: WriteChunk = () => {
      throw new Error('nothing is to be written');
    };
    expect(writer.write(0, [large], never)).toBe(1);
    expect(counters.txErrors).toBe(1);
  });
});
