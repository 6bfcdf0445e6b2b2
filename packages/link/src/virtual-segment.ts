import {
  BROADCAST_MAC,
  ETHERNET_HEADER_OCTETS,
  isGroupMac,
  type MacAddress,
  readUint48,
} from '@strata/wire';
import { LinkError } from './errors.ts';
import { appendFcs, verifyFcs } from './fcs.ts';

/** A place where a station is plugged into the segment. */
export interface SegmentPort {
  /** Names the port; unique on the segment. */
  readonly name: string;
  /** The station's own address. */
  readonly mac: MacAddress;
  /** True: it hears every frame, as a bridge or a capture does. Default false. */
  readonly promiscuous?: boolean | undefined;
}

export interface SegmentCounters {
  /** Frames that ports put on the segment. */
  frames: number;
  octets: number;
  /** Frames that no port was to hear. */
  undeliverable: number;
  /** Frames whose frame check sequence was wrong at a receiver. */
  crc_errors: number;
}

/**
 * An Ethernet segment in memory: says which ports hear a frame, by destination address. It knows its stations' addresses, so
 * it floods groups only. Moving the bytes is the adapter's work:
 *
 * 1. at the sender `toWire`, which adds the frame check sequence on a segment that has one;
 * 2. `deliver` for the names of the ports that hear it; each gets bytes of its own;
 * 3. at each receiver `fromWire`, which verifies and removes the sequence.
 */
export class VirtualSegment {
  readonly hasFcs: boolean;
  readonly #ports = new Map<string, SegmentPort>();
  readonly #counters: SegmentCounters = { frames: 0, octets: 0, undeliverable: 0, crc_errors: 0 };

  /** `fcs`: whether frames carry a frame check sequence. Default false. */
  constructor(options: { readonly fcs?: boolean | undefined } = {}) {
    this.hasFcs = options.fcs ?? false;
  }

  /** Throws LINK_DUPLICATE for a name that is there, LINK_RANGE for a group address. Two ports may have one address. */
  attach(port: SegmentPort): void {
    if (this.#ports.has(port.name)) {
      throw new LinkError('LINK_DUPLICATE', `port ${port.name} is attached already`);
    }
    if (isGroupMac(port.mac)) {
      throw new LinkError('LINK_RANGE', `port ${port.name}: mac is a group address`);
    }
    this.#ports.set(port.name, port);
  }

  /** False where there was none of this name. */
  detach(name: string): boolean {
    return this.#ports.delete(name);
  }

  ports(): SegmentPort[] {
    return [...this.#ports.values()];
  }

  /** The names of the ports that hear a frame, never the sender's own. A frame without a whole header reaches nobody. */
  deliver(from: string, frame: Uint8Array): string[] {
    this.#counters.frames += 1;
    this.#counters.octets += frame.byteLength;
    const names: string[] = [];
    if (frame.byteLength >= ETHERNET_HEADER_OCTETS) {
      const destination = readUint48(frame, 0);
      const isGroup = destination === BROADCAST_MAC || isGroupMac(destination);
      for (const { name, mac, promiscuous } of this.#ports.values()) {
        if (name === from) continue;
        if (isGroup || mac === destination || promiscuous === true) names.push(name);
      }
    }
    if (names.length === 0) this.#counters.undeliverable += 1;
    return names;
  }

  /** The octets that travel: the frame itself, or a copy with its frame check sequence. */
  toWire(frame: Uint8Array): Uint8Array {
    return this.hasFcs ? appendFcs(frame) : frame;
  }

  /** The frame in octets that came, over the same memory; undefined where the frame check sequence is wrong: count `rx_crc_errors`. */
  fromWire(bytes: Uint8Array): Uint8Array | undefined {
    if (!this.hasFcs) return bytes;
    const frame = verifyFcs(bytes);
    if (frame === undefined) this.#counters.crc_errors += 1;
    return frame;
  }

  /** A copy. */
  counters(): Readonly<SegmentCounters> {
    return { ...this.#counters };
  }
}
