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

/** Turns captured frames into the blocks of one pcapng section. */
export class PcapngStream {
  readonly #interfaces = new Map<string, number>();

  /** The first block of the file. */
  start(): Uint8Array {
    return pcapngSectionHeader('strata');
  }

  /**
   * The interface block that must precede this frame's block. Undefined if an earlier frame already
   * had it.
   */
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

  /** The block of a frame, after its interface block. May write into the frame's bytes. */
  frame(stack: string, captured: CapturedFrame): Uint8Array {
    const { interfaceName, frame, originalOctets, segmentSize, checksum } = captured;
    const captureInterface = this.#interfaces.get(`${stack}/${interfaceName}`) ?? 0;
    // A device completes a partial checksum later. In a capture it would look like a wrong
    // checksum, so it is completed here.
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
