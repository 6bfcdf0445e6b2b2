/** A captured Ethernet frame, or a captured IPv4 packet without a frame. */
export interface Captured {
  /** The octets. They may be cut short behind the headers. The filter only reads them. */
  readonly bytes: Uint8Array;
  /** Octets before anything was cut off. */
  readonly lengthOctets: number;
  /**
   * The direction as the stack sees it. Undefined: unknown; then neither `inbound` nor `outbound`
   * matches.
   */
  readonly direction?: 'in' | 'out' | undefined;
}

/** The first header of a capture: Ethernet, or IP. */
export type LinkType = 'ethernet' | 'raw';

const ETHERNET_HEADER_OCTETS = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

/**
 * Reads the values that a filter compares. A read beyond the captured octets gives 0 and sets
 * `failed`. Then the whole filter fails, as in the kernel's BPF.
 */
export class Reader {
  readonly #isEthernet: boolean;
  /** Where the IP header or the ARP packet begins. */
  readonly network: number;
  failed = false;
  #captured: Captured = { bytes: new Uint8Array(), lengthOctets: 0 };

  constructor(linkType: LinkType) {
    this.#isEthernet = linkType === 'ethernet';
    this.network = this.#isEthernet ? ETHERNET_HEADER_OCTETS : 0;
  }

  /** Moves on to the next capture. */
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

  /** The EtherType of the frame. Without a frame, the version of the IP header tells it. */
  etherType(): number {
    if (this.#isEthernet) return this.number(12, 2);
    const version = this.number(0, 1) >>> 4;
    if (version === 4) return ETHERTYPE_IPV4;
    return version === 6 ? ETHERTYPE_IPV6 : 0;
  }

  /** Where the payload of the IPv4 header begins. */
  ipv4Payload(): number {
    return this.network + 4 * (this.number(this.network, 1) & 0x0f);
  }

  /**
   * Whether an IPv4 packet is a fragment other than the first. Such a fragment has no transport
   * header.
   */
  isLaterFragment(): boolean {
    return (this.number(this.network + 6, 2) & 0x1fff) !== 0;
  }
}
