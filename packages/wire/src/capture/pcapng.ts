/**
 * Writes pcapng (draft-ietf-opsawg-pcapng), the capture format of Wireshark, as blocks. The caller
 * writes them to a file.
 */

/** Link type of Ethernet II frames. */
export const LINKTYPE_ETHERNET = 1;
/** Link type of packets that start with an IPv4 or IPv6 header. */
export const LINKTYPE_RAW = 101;

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** The length of the section is not known in advance. */
const LENGTH_UNKNOWN = 0xffffffff;

const OPTION_END = 0;
const OPTION_COMMENT = 1;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const IF_DESCRIPTION = 3;
const IF_TSRESOL = 9;
const IF_FCSLEN = 13;
const EPB_FLAGS = 2;

const OPTION_MAX_OCTETS = 65_535;

/** Which way a frame went, seen from the interface. */
export type CaptureDirection = 'inbound' | 'outbound';

/**
 * An interface of a capture. Interfaces are numbered from 0, in the order of their descriptions.
 */
export interface CaptureInterface {
  readonly name: string;
  readonly description?: string | undefined;
  /** {@link LINKTYPE_ETHERNET} or {@link LINKTYPE_RAW}. */
  readonly linkType: number;
  /** Digits behind the decimal point of its timestamps: 6 for microseconds, 9 for nanoseconds. */
  readonly timestampDigits: 6 | 9;
  /** Octets of frame check sequence at the end of each frame. Default: not stated. */
  readonly fcsOctets?: number | undefined;
  /** Maximum octets kept of each frame; 0 (the default): all. */
  readonly snapLengthOctets?: number | undefined;
}

/** A frame or packet to write. */
export interface CaptureRecord {
  /** Number of the interface in this section, from 0. */
  readonly captureInterface: number;
  /** Time since the epoch in milliseconds, with a fraction. */
  readonly epochMs: number;
  /**
   * The captured octets: the whole frame or its beginning. The writer keeps no reference to them.
   */
  readonly bytes: Uint8Array;
  /** Octets of the whole frame. Default: the length of `bytes`. */
  readonly originalOctets?: number | undefined;
  readonly direction?: CaptureDirection | undefined;
  /**
   * Whether it is a super-segment, sent to or received from a device with TCP segmentation offload.
   * Default false.
   */
  readonly isSuperSegment?: boolean | undefined;
  /** Whether a lower layer verified its checksum before the capture. Default false. */
  readonly isVerified?: boolean | undefined;
  /** Shown by Wireshark as the packet comment; cut at 65,535 octets of UTF-8. */
  readonly comment?: string | undefined;
}

/** The first block of a file. `application`: the name of the program that writes it. */
export function pcapngSectionHeader(application: string): Uint8Array {
  const block = new BlockWriter(SECTION_HEADER);
  block.uint32(BYTE_ORDER_MAGIC);
  block.uint16(1);
  block.uint16(0);
  block.uint32(LENGTH_UNKNOWN);
  block.uint32(LENGTH_UNKNOWN);
  block.option(SHB_USERAPPL, encodeUtf8(application));
  return block.finish();
}

/** The block that describes an interface. It must come before the first packet of the interface. */
export function pcapngInterface(description: CaptureInterface): Uint8Array {
  const block = new BlockWriter(INTERFACE_DESCRIPTION);
  block.uint16(description.linkType);
  block.uint16(0);
  block.uint32(description.snapLengthOctets ?? 0);
  block.option(IF_NAME, encodeUtf8(description.name));
  if (description.description !== undefined) {
    block.option(IF_DESCRIPTION, encodeUtf8(description.description));
  }
  block.option(IF_TSRESOL, Uint8Array.of(description.timestampDigits));
  if (description.fcsOctets !== undefined) {
    block.option(IF_FCSLEN, Uint8Array.of(description.fcsOctets));
  }
  return block.finish();
}

/** The block of one frame or packet. `timestampDigits`: the value of its interface. */
export function pcapngPacket(record: CaptureRecord, timestampDigits: 6 | 9): Uint8Array {
  const block = new BlockWriter(ENHANCED_PACKET, record.bytes.byteLength);
  block.uint32(record.captureInterface);
  block.timestamp(record.epochMs, timestampDigits);
  block.uint32(record.bytes.byteLength);
  block.uint32(record.originalOctets ?? record.bytes.byteLength);
  block.padded(record.bytes);
  if (record.comment !== undefined) block.option(OPTION_COMMENT, encodeUtf8(record.comment));
  const flags = packetFlags(record);
  if (flags !== 0) block.option(EPB_FLAGS, Uint8Array.of(flags & 0xff, flags >>> 8, 0, 0));
  return block.finish();
}

/**
 * The bits of epb_flags (draft-ietf-opsawg-pcapng 4.3.1): direction, checksum valid, TCP
 * segmentation offloaded.
 */
function packetFlags({ direction, isVerified, isSuperSegment }: CaptureRecord): number {
  const way = direction === undefined ? 0 : direction === 'inbound' ? 1 : 2;
  return way | (isVerified === true ? 1 << 10 : 0) | (isSuperSegment === true ? 1 << 11 : 0);
}

/** One little-endian block; it grows while it is written. */
class BlockWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 8;
  #hasOptions = false;

  constructor(type: number, payloadOctets = 0) {
    this.#bytes = new Uint8Array(payloadOctets + 128);
    this.#view = new DataView(this.#bytes.buffer);
    this.#view.setUint32(0, type, true);
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  /** High word first, then the low one, whatever the byte order (pcapng 4.3). */
  timestamp(epochMs: number, digits: 6 | 9): void {
    const wholeMs = Math.floor(epochMs);
    const perMs = digits === 6 ? 1e3 : 1e6;
    // In nanoseconds the product can exceed 2^53, so the two words are computed separately.
    const fraction = Math.round((epochMs - wholeMs) * perMs);
    const low = (wholeMs % 0x100000000) * perMs + fraction;
    const high = Math.floor(wholeMs / 0x100000000) * perMs + Math.floor(low / 0x100000000);
    this.uint32(high);
    this.uint32(low % 0x100000000);
  }

  padded(bytes: Uint8Array): void {
    const octets = (bytes.byteLength + 3) & ~3;
    this.#reserve(octets);
    this.#bytes.set(bytes, this.#at);
    this.#at += octets;
  }

  option(code: number, value: Uint8Array): void {
    this.#hasOptions = true;
    this.uint16(code);
    this.uint16(value.byteLength);
    this.padded(value);
  }

  finish(): Uint8Array {
    if (this.#hasOptions) this.uint32(OPTION_END);
    const octets = this.#at + 4;
    this.uint32(octets);
    this.#view.setUint32(4, octets, true);
    return this.#bytes.subarray(0, octets);
  }

  #reserve(octets: number): void {
    if (this.#at + octets <= this.#bytes.byteLength) return;
    const grown = new Uint8Array((this.#at + octets) * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** UTF-8 of at most 65,535 octets, cut between characters. The cores have no TextEncoder. */
function encodeUtf8(text: string): Uint8Array {
  const octets: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0)!;
    const encoded = encodePoint(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
    if (octets.length + encoded.length > OPTION_MAX_OCTETS) break;
    octets.push(...encoded);
  }
  return Uint8Array.from(octets);
}

function encodePoint(point: number): number[] {
  if (point < 0x80) return [point];
  const tail = 0x80 | (point & 63);
  if (point < 0x800) return [0xc0 | (point >> 6), tail];
  const middle = 0x80 | ((point >> 6) & 63);
  if (point < 0x10000) return [0xe0 | (point >> 12), middle, tail];
  return [0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), middle, tail];
}
