/**
 * The 10-octet header before each frame of a TAP device with IFF_VNET_HDR (struct virtio_net_hdr,
 * virtio 1.2 5.1.6), little-endian, as the driver requests.
 */

export const VIRTIO_NET_HEADER_OCTETS = 10;

/** Flag: the checksum field holds the sum of the pseudo-header, and the receiver completes it. */
export const VIRTIO_NET_NEEDS_CSUM = 1;
/** Flag: the checksum has been verified. */
export const VIRTIO_NET_DATA_VALID = 2;

export const VIRTIO_NET_GSO_NONE = 0;
export const VIRTIO_NET_GSO_TCPV4 = 1;
export const VIRTIO_NET_GSO_TCPV6 = 4;
/** UDP, to be cut into datagrams. */
export const VIRTIO_NET_GSO_UDP_L4 = 5;
/** With one of the TCP kinds: only the first segment carries CWR (RFC 3168). */
export const VIRTIO_NET_GSO_ECN = 0x80;

/** The fields of the header. */
export interface VirtioNetHeaderFields {
  readonly flags: number;
  readonly gsoType: number;
  /** Octets of all headers of a super-frame: a hint. */
  readonly headerOctets: number;
  /** Octets of payload in each segment of a super-frame; 0: not a super-frame. */
  readonly gsoSize: number;
  /** Start of the checksum, in octets from the frame's start; 0 without NEEDS_CSUM. */
  readonly checksumStart: number;
  /** Place of the checksum field, in octets from `checksumStart`. */
  readonly checksumOffset: number;
}

/**
 * A view of the header over the caller's bytes. It can be moved along a buffer without a new
 * object.
 */
export class VirtioNetHeader implements VirtioNetHeaderFields {
  #bytes: Uint8Array;
  #offset: number;

  private constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  /** The header at `offset` of `bytes`, or `'truncated'`. */
  static parse(bytes: Uint8Array, offset = 0): VirtioNetHeader | 'truncated' {
    if (offset + VIRTIO_NET_HEADER_OCTETS > bytes.byteLength) return 'truncated';
    return new VirtioNetHeader(bytes, offset);
  }

  /**
   * Makes this the header at `offset` of `bytes`. Returns false, and stays unchanged, if there are
   * too few octets.
   */
  moveTo(bytes: Uint8Array, offset: number): boolean {
    if (offset + VIRTIO_NET_HEADER_OCTETS > bytes.byteLength) return false;
    this.#bytes = bytes;
    this.#offset = offset;
    return true;
  }

  get flags(): number {
    return this.#bytes[this.#offset]!;
  }

  get gsoType(): number {
    return this.#bytes[this.#offset + 1]!;
  }

  get headerOctets(): number {
    return this.#uint16(2);
  }

  get gsoSize(): number {
    return this.#uint16(4);
  }

  get checksumStart(): number {
    return this.#uint16(6);
  }

  get checksumOffset(): number {
    return this.#uint16(8);
  }

  #uint16(offset: number): number {
    const at = this.#offset + offset;
    return this.#bytes[at]! | (this.#bytes[at + 1]! << 8);
  }
}

/** Writes the header into 10 octets of `into` at `offset`. */
export function emitVirtioNetHeader(
  into: Uint8Array,
  offset: number,
  fields: VirtioNetHeaderFields,
): void {
  into[offset] = fields.flags;
  into[offset + 1] = fields.gsoType;
  writeUint16(into, offset + 2, fields.headerOctets);
  writeUint16(into, offset + 4, fields.gsoSize);
  writeUint16(into, offset + 6, fields.checksumStart);
  writeUint16(into, offset + 8, fields.checksumOffset);
}

function writeUint16(into: Uint8Array, offset: number, value: number): void {
  into[offset] = value;
  into[offset + 1] = value >>> 8;
}
