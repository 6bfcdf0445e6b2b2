import {
  describePacket,
  Ipv4Packet,
  isParseError,
  LINKTYPE_RAW,
  PROTOCOL_TCP,
  pcapngInterface,
  pcapngPacket,
  pcapngSectionHeader,
  TcpSegment,
} from '@strata/wire';
import type { WireFate, WirePacket } from './impaired-wire.ts';
import { SegmentReader } from './segment-text.ts';

interface RecordedPacket {
  readonly atMs: number;
  readonly from: number;
  readonly fate: WireFate;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Names of the two sides of a pair. */
export const SIDE_NAMES = ['A', 'B'] as const;

/** Records the packets and notes of a run, as text and as a capture for Wireshark. */
export class TraceRecorder {
  readonly #packets: RecordedPacket[] = [];
  readonly #lines: string[] = [];
  readonly #reader = new SegmentReader();
  readonly #limit: number;

  /** `limit`: most packets to keep; later packets are dropped. Default 100,000. */
  constructor(limit = 100_000) {
    this.#limit = limit;
  }

  /** Records a packet that a side sent. The bytes are copied. */
  packet(atMs: number, from: number, packet: WirePacket, fate: WireFate): void {
    if (this.#packets.length >= this.#limit) return;
    const bytes = packet.packet.slice();
    const text = this.#describe(bytes);
    this.#packets.push({ atMs, from, fate, bytes, text });
    const arrow = from === 0 ? 'A > B' : 'B > A';
    const size = packet.segmentSize === 0 ? '' : ` (segments of ${packet.segmentSize})`;
    this.#line(atMs, `${arrow}  ${text}${size}${fate === 'carried' ? '' : ` [${fate}]`}`);
  }

  /** Records a line of text. */
  note(atMs: number, side: number, text: string): void {
    if (this.#lines.length < this.#limit * 4) {
      this.#line(atMs, `${SIDE_NAMES[side] ?? '?'}      ${text}`);
    }
  }

  /** The run as lines of text: time in milliseconds, direction, segment, fate. */
  lines(): readonly string[] {
    return this.#lines;
  }

  /**
   * The run as a capture file: one interface for each side, with the packets that the side sent,
   * including lost ones.
   */
  pcapng(): Uint8Array {
    const blocks = [pcapngSectionHeader('strata simulator')];
    for (const name of SIDE_NAMES) {
      blocks.push(pcapngInterface({ name, linkType: LINKTYPE_RAW, timestampDigits: 6 }));
    }
    for (const { from, atMs, bytes, fate } of this.#packets) {
      const record = { captureInterface: from, epochMs: atMs, bytes, comment: fate };
      blocks.push(pcapngPacket({ ...record, direction: 'outbound' }, 6));
    }
    const octets = blocks.reduce((sum, block) => sum + block.byteLength, 0);
    const file = new Uint8Array(octets);
    let at = 0;
    for (const block of blocks) {
      file.set(block, at);
      at += block.byteLength;
    }
    return file;
  }

  #line(atMs: number, text: string): void {
    this.#lines.push(`${atMs.toFixed(3).padStart(12)}  ${text}`);
  }

  #describe(bytes: Uint8Array): string {
    const ip = Ipv4Packet.parse(bytes);
    if (isParseError(ip) || ip.protocol !== PROTOCOL_TCP) return describePacket(bytes);
    const segment = TcpSegment.parse(ip.payload);
    if (isParseError(segment)) return describePacket(bytes);
    return this.#reader.read(ip.source, ip.destination, segment);
  }
}
