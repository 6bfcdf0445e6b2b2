/** What a filter looks at: an Ethernet frame, or an IPv4 packet where there is no frame. */
export interface Captured {
  /** The octets, perhaps cut short behind the headers. Only read. */
  readonly bytes: Uint8Array;
  /** Octets that there were before anything was cut off. */
  readonly lengthOctets: number;
  /** Seen from the stack. Undefined: not known, and then `inbound` and `outbound` do not match. */
  readonly direction?: 'in' | 'out' | undefined;
}

/** A frame with an Ethernet header, or a packet that begins with its IP header. */
export type LinkType = 'ethernet' | 'raw';

const ETHERNET_HEADER_OCTETS = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

/**
 * Reads what a filter compares. A read beyond the captured octets fails the filter as a whole, as
 * it does in the kernel: `failed` is set, and the value is 0.
 */
export class Reader {
  readonly #isEthernet: boolean;
  /** Where the IP header, or the ARP packet, begins. */
  readonly network: number;
  failed = false;
  #captured: Captured = { bytes: new Uint8Array(), lengthOctets: 0 };

  constructor(linkType: LinkType) {
    this.#isEthernet = linkType === 'ethernet';
    this.network = this.#isEthernet ? ETHERNET_HEADER_OCTETS : 0;
  }

  /** Turns to the next frame or packet. */
  look(captured: Captured): void {
    this.#captured = captured;
    this.failed = false;
  }

  get lengthOctets(): number {
    return this.#captured.lengthOctets;
  }

  get direction(): Captured['direction'] {
    return this.#captured.direction;
  }

  /** A number of 1, 2 or 4 octets, in network byte order. */
  number(at: number, octets: number): number {
    const { bytes } = this.#captured;
    if (at < 0 || at + octets > bytes.byteLength) {
      this.failed = true;
      return 0;
    }
    let value = 0;
    for (let i = at; i < at + octets; i += 1) value = value * 256 + bytes[i]!;
    return value;
  }

  /** The type of what the frame carries; without a frame, from the version of the IP header. */
  etherType(): number {
    if (this.#isEthernet) return this.number(12, 2);
    const version = this.number(0, 1) >>> 4;
    if (version === 4) return ETHERTYPE_IPV4;
    return version === 6 ? ETHERTYPE_IPV6 : 0;
  }

  /** Where what the IPv4 header carries begins. */
  ipv4Payload(): number {
    return this.network + 4 * (this.number(this.network, 1) & 0x0f);
  }

  /**
   * Whether an IPv4 packet is a fragment other than the first: it has no header of the layer above.
   */
  isLaterFragment(): boolean {
    return (this.number(this.network + 6, 2) & 0x1fff) !== 0;
  }
}
