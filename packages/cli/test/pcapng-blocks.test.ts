import { PcapngBlocks } from '../src/trace/pcapng-blocks.ts';

function block(type: number, octets: number): Buffer {
  const bytes = Buffer.alloc(octets, 0xee);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(octets, 4);
  return bytes;
}

describe('PcapngBlocks', () => {
  it('gives whole blocks only, however the stream is cut', () => {
    const stream = Buffer.concat([
      block(0x0a0d0d0a, 28),
      block(1, 20),
      block(6, 100),
      block(6, 12),
    ]);
    for (const size of [1, 7, 28, 61, 1000]) {
      const blocks = new PcapngBlocks();
      const found: [number, boolean][] = [];
      for (let at = 0; at < stream.byteLength; at += size) {
        for (const { block: whole, isPacket } of blocks.push(stream.subarray(at, at + size))) {
          found.push([whole.byteLength, isPacket]);
        }
      }
      expect(found).toEqual([
        [28, false],
        [20, false],
        [100, true],
        [12, true],
      ]);
    }
  });

  it.each([0, 8, 13, 1 << 30])('refuses a block of %i octets', (octets) => {
    const bytes = block(6, 16);
    bytes.writeUInt32LE(octets, 4);
    expect(() => new PcapngBlocks().push(bytes)).toThrow(RangeError);
  });
});
