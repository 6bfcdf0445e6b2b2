import type { LinkFrame } from '@strata/link';
import type { PduMeta } from '@strata/wire';

/**
 * A frame on a virtual wire: link's record, with the port that sent it. In memory the record itself
 * goes from station to station. The receiver sets `interfaceIndex` and `headroomOctets`; a message
 * does not carry them.
 */
export interface WireFrame extends LinkFrame {
  sourcePort: string;
}

/** A copy of a frame that an interface carried, for a capture. */
export interface CapturedFrame {
  /** From 1. */
  readonly interfaceIndex: number;
  readonly interfaceName: string;
  /** `in`: from the wire. */
  readonly direction: 'in' | 'out';
  /** Microseconds since 1970-01-01T00:00:00Z. */
  readonly timestampUs: number;
  /** Without frame check sequence. */
  readonly frame: Uint8Array;
  /** Octets of the whole frame: more than `frame` has if that was cut short. */
  readonly originalOctets: number;
  /**
   * The name of the counter that link counted the dropped frame in; undefined: link did not drop
   * it.
   */
  readonly dropReason: string | undefined;
  readonly segmentSize: PduMeta['segmentSize'];
  readonly checksum: PduMeta['checksum'];
}
