import { zeroCounters } from '../src/counters.ts';
import { makeTapFrame } from '../src/frame.ts';
import { FrameReader } from '../src/frame-reader.ts';

/** A slab with a batch of one frame of 60 octets at 26, with its header before it. */
function readOne(virtioHeader: boolean, header: number[]) {
  const counters = zeroCounters();
  const reader = new FrameReader(4, virtioHeader, counters);
  const slab = new Uint8Array(new ArrayBuffer(2000), 100, 1000).fill(7, 26, 86);
  slab.set(header, 16);
  reader.table.set([26, 60]);
  const batch = reader.read(1, slab, makeTapFrame);
  expect(batch).toHaveLength(1);
  return { frame: batch[0]!, slab, counters };
}

describe('FrameReader', () => {
  it('returns views of the slab, without a copy, and counts', () => {
    const { frame, slab, counters } = readOne(true, []);
    expect(frame.frame.buffer).toBe(slab.buffer);
    expect(frame.frame.byteOffset).toBe(126);
    expect(frame.frame).toEqual(new Uint8Array(60).fill(7));
    expect(counters).toMatchObject({ rxFrames: 1, rxBytes: 60 });
  });

  it.each([
    ['a plain frame', [0, 0], 'complete', 0, 0, 0],
    ['a verified frame', [2, 0], 'verified', 0, 0, 0],
    ['a partial checksum', [1, 0, 0, 0, 0, 0, 34, 0, 6, 0], 'partial', 0, 34, 6],
    ['a super-frame', [1, 1, 66, 0, 0xa8, 5, 34, 0, 16, 0], 'partial', 1448, 34, 16],
  ])('reads %s from its header', (_, header, checksum, segmentSize, start, offset) => {
    const { frame } = readOne(true, header);
    expect(frame).toMatchObject({
      checksum,
      segmentSize,
      checksumStart: start,
      checksumOffset: offset,
    });
  });

  it('makes the object that its reader wants for each frame, once', () => {
    const reader = new FrameReader(4, true, zeroCounters());
    const made: unknown[] = [];
    const slab = new Uint8Array(1000);
    reader.table.set([26, 60, 126, 70]);
    const batch = reader.read(2, slab, (frame, segmentSize, checksum) => {
      made.push(frame.byteLength);
      return { frame, segmentSize, checksum };
    });
    expect(made).toEqual([60, 70]);
    expect(batch[1]).toEqual({ frame: new Uint8Array(70), segmentSize: 0, checksum: 'complete' });
  });

  it('takes no octets as a header if the device has none', () => {
    const { frame } = readOne(false, [1, 1, 66, 0, 0xa8, 5, 34, 0, 16, 0]);
    expect(frame).toMatchObject({ checksum: 'complete', segmentSize: 0 });
  });
});
