import { type CapturedPacket, isLinkType } from './captured-packet.ts';

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER_OCTETS = 24;
const RECORD_HEADER_OCTETS = 16;
const LARGEST_RECORD_OCTETS = 1 << 24;

/** Reads the classic capture file of libpcap, in either byte order, piece by piece. */
export class PcapReader {
  #pending: Buffer = Buffer.alloc(0);
  #isBigEndian = false;
  #ticksPerMs = 0;
  #linkType = 0;

  /** Whether a file that begins with these octets is of this format. */
  static accepts(start: Buffer): boolean {
    if (start.byteLength < 4) return false;
    return [start.readUInt32LE(0), start.readUInt32BE(0)].some(
      (magic) => magic === MICROSECONDS || magic === NANOSECONDS,
    );
  }

  /** The packets that `piece` completes. Throws RangeError if the file is damaged. */
  push(piece: Uint8Array): CapturedPacket[] {
    this.#pending = Buffer.concat([this.#pending, piece]);
    const packets: CapturedPacket[] = [];
    let at = 0;
    if (this.#ticksPerMs === 0) {
      if (this.#pending.byteLength < FILE_HEADER_OCTETS) return [];
      this.#begin();
      at = FILE_HEADER_OCTETS;
    }
    while (at + RECORD_HEADER_OCTETS <= this.#pending.byteLength) {
      const kept = this.#uint32(at + 8);
      if (kept > LARGEST_RECORD_OCTETS) {
        throw new RangeError(`a record of ${kept} octets: the capture is damaged`);
      }
      const end = at + RECORD_HEADER_OCTETS + kept;
      if (end > this.#pending.byteLength) break;
      if (isLinkType(this.#linkType)) packets.push(this.#readRecord(at, end));
      at = end;
    }
    this.#pending = this.#pending.subarray(at);
    return packets;
  }

  /** Octets of a record that is not complete. */
  get pendingOctets(): number {
    return this.#pending.byteLength;
  }

  #begin(): void {
    const little = this.#pending.readUInt32LE(0);
    this.#isBigEndian = little !== MICROSECONDS && little !== NANOSECONDS;
    this.#ticksPerMs = this.#uint32(0) === NANOSECONDS ? 1e6 : 1e3;
    this.#linkType = this.#uint32(20) & 0xffff;
  }

  #readRecord(at: number, end: number): CapturedPacket {
    return {
      interfaceName: '',
      linkType: this.#linkType,
      epochMs: this.#uint32(at) * 1000 + this.#uint32(at + 4) / this.#ticksPerMs,
      bytes: this.#pending.subarray(at + RECORD_HEADER_OCTETS, end),
      lengthOctets: this.#uint32(at + 12),
      direction: undefined,
    };
  }

  #uint32(at: number): number {
    return this.#isBigEndian ? this.#pending.readUInt32BE(at) : this.#pending.readUInt32LE(at);
  }
}
