import {
  allocateWithHeadroom,
  HEADROOM_OCTETS,
  headroomAfterPrepend,
  prepend,
} from '../src/index.ts';
import { counting } from './support.ts';

describe('allocateWithHeadroom', () => {
  it.each([0, 1, 54, 1_460, 1_952, 1_953, 65_535])(
    'gives %i zero octets with room in front',
    (length) => {
      const bytes = allocateWithHeadroom(length);
      expect(bytes.byteLength).toBe(length);
      expect(bytes.byteOffset).toBeGreaterThanOrEqual(HEADROOM_OCTETS);
      expect(bytes.every((octet) => octet === 0)).toBe(true);
    },
  );

  it('gives each buffer its own octets and headroom', () => {
    const buffers = Array.from({ length: 200 }, (_, index) => allocateWithHeadroom(300 + index));
    const framed = buffers.map((bytes) => prepend(bytes, HEADROOM_OCTETS, HEADROOM_OCTETS));
    framed.forEach((bytes, index) => {
      bytes.fill(index + 1);
    });
    framed.forEach((bytes, index) => {
      expect(new Set(bytes)).toEqual(new Set([(index + 1) & 255]));
    });
  });

  it('leaves the requested headroom', () => {
    expect(allocateWithHeadroom(10, 3_000).byteOffset).toBe(3_000);
    expect(allocateWithHeadroom(10, 0).byteLength).toBe(10);
  });
});

describe('prepend', () => {
  it('writes a header in place if there is room', () => {
    const bytes = allocateWithHeadroom(4);
    bytes.set(counting(4));
    const framed = prepend(bytes, HEADROOM_OCTETS, 14);
    expect(framed.buffer).toBe(bytes.buffer);
    expect(framed.byteLength).toBe(18);
    expect(framed.subarray(14)).toEqual(counting(4));
    expect(headroomAfterPrepend(HEADROOM_OCTETS, 14)).toBe(HEADROOM_OCTETS - 14);
  });

  it('copies behind new headroom if there is no room, and does not change the octets in front', () => {
    const memory = counting(20);
    const framed = prepend(memory.subarray(13), 13, 14);
    framed.fill(0, 0, 14);
    expect(framed.subarray(14)).toEqual(counting(20).subarray(13));
    expect(memory).toEqual(counting(20));
    expect(framed.byteOffset).toBeGreaterThanOrEqual(headroomAfterPrepend(13, 14));
    expect(headroomAfterPrepend(13, 14)).toBe(HEADROOM_OCTETS);
  });
});
