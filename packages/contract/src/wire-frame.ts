import type { LinkFrame } from '@strata/link';
import type { PduMeta } from '@strata/wire';

/**
 * A frame on a virtual wire: the record that link made, with the port that sent it. In memory it
 * goes from station to station as it is; its `interfaceIndex` and `headroomOctets` are the
 * receiver's to set, and do not travel in a message.
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
  /** Octets that the frame had, at least those of `frame`: more where it was cut short. */
  readonly originalOctets: number;
  /** Why link dropped it: the name of the counter that it went into; undefined: it did not. */
  readonly dropReason: string | undefined;
  readonly segmentSize: PduMeta['segmentSize'];
  readonly checksum: PduMeta['checksum'];
}
