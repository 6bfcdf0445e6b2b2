import type { CapturedFrame } from '@strata/contract';
import {
  completeChecksum,
  describeFrameOffload,
  LINKTYPE_ETHERNET,
  pcapngInterface,
  pcapngPacket,
  pcapngSectionHeader,
} from '@strata/wire';

const ETHERNET_HEADER_OCTETS = 14;
const TIMESTAMP_DIGITS = 6;

/** Turns captured frames into the blocks of one pcapng section, as Wireshark reads it. */
export class PcapngStream {
  readonly #interfaces = new Map<string, number>();

  /** What the file begins with. */
  start(): Uint8Array {
    return pcapngSectionHeader('strata');
  }

  /** The block that has to stand somewhere before this frame's: its interface, where it is the first of it. */
  description(stack: string, captured: CapturedFrame): Uint8Array | undefined {
    const name = `${stack}/${captured.interfaceName}`;
    if (this.#interfaces.has(name)) return undefined;
    this.#interfaces.set(name, this.#interfaces.size);
    return pcapngInterface({
      name,
      linkType: LINKTYPE_ETHERNET,
      timestampDigits: TIMESTAMP_DIGITS,
    });
  }

  /** The block of a frame whose interface is described. May write into the frame's bytes. */
  frame(stack: string, captured: CapturedFrame): Uint8Array {
    const { interfaceName, frame, originalOctets, segmentSize, checksum } = captured;
    const captureInterface = this.#interfaces.get(`${stack}/${interfaceName}`) ?? 0;
    // On its way to a device that completes it, a checksum is partial: a reader would take it for a bad one.
    const isCompleted =
      checksum === 'partial' &&
      originalOctets === frame.byteLength &&
      completeChecksum(frame.subarray(ETHERNET_HEADER_OCTETS));
    const offload = describeFrameOffload(frame, captured);
    const comments = [
      captured.dropReason && `dropped: ${captured.dropReason}`,
      isCompleted ? `${offload} (completed in this capture)` : offload,
    ].filter(Boolean);
    return pcapngPacket(
      {
        captureInterface,
        epochMs: captured.timestampUs / 1000,
        bytes: frame,
        originalOctets,
        direction: captured.direction === 'in' ? 'inbound' : 'outbound',
        isSuperSegment: segmentSize > 0,
        isVerified: checksum === 'verified',
        comment: comments.length === 0 ? undefined : comments.join('; '),
      },
      TIMESTAMP_DIGITS,
    );
  }
}
