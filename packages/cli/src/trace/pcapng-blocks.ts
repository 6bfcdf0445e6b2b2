const ENHANCED_PACKET = 6;
const SMALLEST_BLOCK_OCTETS = 12;
const LARGEST_BLOCK_OCTETS = 1 << 24;

/** Cuts a pcapng stream that comes in pieces into whole blocks, so that a file never ends in the middle of one. */
export class PcapngBlocks {
  #pending: Buffer = Buffer.alloc(0);

  /** The blocks that are whole with these octets. Throws RangeError where it is no pcapng of this byte order. */
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
