const ENHANCED_PACKET = 6;
const SMALLEST_BLOCK_OCTETS = 12;
const LARGEST_BLOCK_OCTETS = 1 << 24;

/** Cuts a pcapng stream into whole blocks, so that a file never ends in the middle of a block. */
export class PcapngBlocks {
  #pending: Buffer = Buffer.alloc(0);

  /**
   * Returns the blocks that `piece` completes. Throws RangeError if the stream is not little-endian
   * pcapng.
   */
  push(piece: Uint8Array): { readonly block: Buffer; readonly isPacket: boolean }[] {
    this.#pending = Buffer.concat([this.#pending, piece]);
    const blocks: { block: Buffer; isPacket: boolean }[] = [];
    let at = 0;
    while (at + 8 <= this.#pending.byteLength) {
      const octets = this.#pending.readUInt32LE(at + 4);
      if (octets < SMALLEST_BLOCK_OCTETS || octets > LARGEST_BLOCK_OCTETS || octets % 4 !== 0) {
        throw new RangeError(`a pcapng block of ${octets} octets: the capture is damaged`);
      }
      if (at + octets > this.#pending.byteLength) break;
      const isPacket = this.#pending.readUInt32LE(at) === ENHANCED_PACKET;
      blocks.push({ block: this.#pending.subarray(at, at + octets), isPacket });
      at += octets;
    }
    this.#pending = this.#pending.subarray(at);
    return blocks;
  }
}
