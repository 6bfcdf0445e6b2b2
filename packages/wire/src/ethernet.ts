import type { MacAddress } from './address.ts';
import { readUint16, readUint48, writeUint16, writeUint48 } from './bytes.ts';
import type { ParseError } from './parse-error.ts';

export const ETHERNET_HEADER_OCTETS = 14;
/** Octets of the smallest payload on a wire; zeros pad a shorter one (IEEE 802.3 3.2.7). */
export const ETHERNET_MIN_PAYLOAD_OCTETS = 46;
/** Smallest EtherType; a smaller value of the field is a length (IEEE 802.3 3.2.6). */
export const ETHERTYPE_MIN = 0x0600;
export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;

/** A view of an Ethernet II frame without its frame check sequence, over the caller's bytes. */
export class EthernetFrame {
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  static parse(bytes: Uint8Array): EthernetFrame | ParseError {
    return bytes.byteLength < ETHERNET_HEADER_OCTETS ? 'truncated' : new EthernetFrame(bytes);
  }

  get destination(): MacAddress {
    return readUint48(this.bytes, 0);
  }

  get source(): MacAddress {
    return readUint48(this.bytes, 6);
  }

  get etherType(): number {
    return readUint16(this.bytes, 12);
  }

  /** The payload, including the padding of a short frame. */
  get payload(): Uint8Array {
    return this.bytes.subarray(ETHERNET_HEADER_OCTETS);
  }
}

/** Writes an Ethernet II header into the first 14 octets of `into`. */
export function emitEthernetHeader(
  into: Uint8Array,
  destination: MacAddress,
  source: MacAddress,
  etherType: number,
): void {
  writeUint48(into, 0, destination);
  writeUint48(into, 6, source);
  writeUint16(into, 12, etherType);
}
