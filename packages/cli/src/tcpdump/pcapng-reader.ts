import { type CapturedPacket, isLinkType } from './captured-packet.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const LARGEST_BLOCK_OCTETS = 1 << 24;

const IF_NAME = 2;
const IF_TSRESOL = 9;
const EPB_FLAGS = 2;

interface CaptureInterface {
  readonly name: string;
  readonly linkType: number;
  readonly snapOctets: number;
  /** Ticks of its clock in a millisecond. */
  readonly ticksPerMs: number;
}

/** Reads pcapng (draft-ietf-opsawg-pcapng), in either byte order, piece by piece. */
export class PcapngReader {
  #pending: Buffer = Buffer.alloc(0);
  #isBigEndian = false;
  #interfaces: CaptureInterface[] = [];

  /** Whether a file that begins with these octets is pcapng. */
  static accepts(start: Buffer): boolean {
    return start.byteLength >= 4 && start.readUInt32LE(0) === SECTION_HEADER;
  }

  /** The packets that `piece` completes. Throws RangeError if the file is damaged. */
  push(piece: Uint8Array): CapturedPacket[] {
    this.#pending = Buffer.concat([this.#pending, piece]);
    const packets: CapturedPacket[] = [];
    let at = 0;
    while (at + 12 <= this.#pending.byteLength) {
      const rest = this.#pending.subarray(at);
      if (rest.readUInt32LE(0) === SECTION_HEADER) this.#begin(rest);
      const octets = this.#uint32(rest, 4);
      if (octets < 12 || octets > LARGEST_BLOCK_OCTETS || octets % 4 !== 0) {
        throw new RangeError(`a pcapng block of ${octets} octets: the capture is damaged`);
      }
      if (octets > rest.byteLength) break;
      const packet = this.#read(rest.subarray(0, octets));
      if (packet !== undefined) packets.push(packet);
      at += octets;
    }
    this.#pending = this.#pending.subarray(at);
    return packets;
  }

  /** Octets of a block that is not complete. */
  get pendingOctets(): number {
    return this.#pending.byteLength;
  }

  #begin(block: Buffer): void {
    this.#isBigEndian = block.readUInt32BE(8) === BYTE_ORDER_MAGIC;
    if (!this.#isBigEndian && block.readUInt32LE(8) !== BYTE_ORDER_MAGIC) {
      throw new RangeError('a pcapng section without its byte-order magic: the capture is damaged');
    }
    this.#interfaces = [];
  }

  #read(block: Buffer): CapturedPacket | undefined {
    switch (this.#uint32(block, 0)) {
      case INTERFACE_DESCRIPTION:
        this.#interfaces.push(this.#readInterface(block));
        return undefined;
      case ENHANCED_PACKET:
        return this.#readPacket(block);
      case SIMPLE_PACKET:
        return this.#readSimple(block);
      default:
        return undefined;
    }
  }

  #readInterface(block: Buffer): CaptureInterface {
    let name = '';
    let ticksPerMs = 1000;
    for (const { code, value } of this.#options(block, 16)) {
      if (code === IF_NAME) name = value.toString('utf8');
      if (code === IF_TSRESOL && value.byteLength > 0) {
        const digits = value[0]! & 0x7f;
        ticksPerMs = (value[0]! & 0x80) === 0 ? 10 ** (digits - 3) : 2 ** digits / 1000;
      }
    }
    const linkType = this.#uint16(block, 8);
    return { name, linkType, snapOctets: this.#uint32(block, 12), ticksPerMs };
  }

  #readPacket(block: Buffer): CapturedPacket | undefined {
    const on = this.#interfaces[this.#uint32(block, 8)];
    const kept = this.#uint32(block, 20);
    if (on === undefined || 28 + kept > block.byteLength - 4) {
      throw new RangeError(
        'a pcapng packet without its interface or octets: the capture is damaged',
      );
    }
    if (!isLinkType(on.linkType)) return undefined;
    let direction: CapturedPacket['direction'];
    for (const { code, value } of this.#options(block, 28 + ((kept + 3) & ~3))) {
      if (code !== EPB_FLAGS || value.byteLength !== 4) continue;
      const way = this.#uint32(value, 0) & 3;
      direction = way === 1 ? 'in' : way === 2 ? 'out' : undefined;
    }
    const ticks = this.#uint32(block, 12) * 2 ** 32 + this.#uint32(block, 16);
    return {
      interfaceName: on.name,
      linkType: on.linkType,
      epochMs: ticks / on.ticksPerMs,
      bytes: block.subarray(28, 28 + kept),
      lengthOctets: this.#uint32(block, 24),
      direction,
    };
  }

  /** A block of the first interface, without a time. */
  #readSimple(block: Buffer): CapturedPacket | undefined {
    const [on] = this.#interfaces;
    if (on === undefined || !isLinkType(on.linkType)) return undefined;
    const lengthOctets = this.#uint32(block, 8);
    const kept = Math.min(lengthOctets, block.byteLength - 16, on.snapOctets || lengthOctets);
    return {
      interfaceName: on.name,
      linkType: on.linkType,
      epochMs: 0,
      bytes: block.subarray(12, 12 + kept),
      lengthOctets,
      direction: undefined,
    };
  }

  *#options(block: Buffer, from: number): Generator<{ code: number; value: Buffer }> {
    const end = block.byteLength - 4;
    for (let at = from; at + 4 <= end; ) {
      const code = this.#uint16(block, at);
      const octets = this.#uint16(block, at + 2);
      if (code === 0 || at + 4 + octets > end) return;
      yield { code, value: block.subarray(at + 4, at + 4 + octets) };
      at += 4 + ((octets + 3) & ~3);
    }
  }

  #uint32(bytes: Buffer, at: number): number {
    return this.#isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }

  #uint16(bytes: Buffer, at: number): number {
    return this.#isBigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
  }
}
