import type { LinkFrame } from '@strata/link';
import type { PduMeta } from '@strata/wire';

/**
 * A frame on a virtual wire: link's record, plus the port that sent it. In memory, stations get the
 * record itself. A message does not carry `interfaceIndex` and `headroomOctets`; the receiver sets
 * them.
 */
export interface WireFrame extends LinkFrame {
  sourcePort: string;
}

/** A copy of a frame that an interface carried, for a capture. */
export interface CapturedFrame {
  /** From 1. */
  readonly interfaceIndex: number;
  readonly interfaceName: string;
  /** `in`: received from the wire. `out`: sent to it. */
  readonly direction: 'in' | 'out';
  /** Microseconds since 1970-01-01T00:00:00Z. */
  readonly timestampUs: number;
  /** Without the frame check sequence. */
  readonly frame: Uint8Array;
  /** Octets of the whole frame. `frame` has fewer if it was cut short. */
  readonly originalOctets: number;
  /** The name of link's counter that counted the dropped frame. Undefined: link did not drop it. */
  readonly dropReason: string | undefined;
  readonly segmentSize: PduMeta['segmentSize'];
  readonly checksum: PduMeta['checksum'];
}
