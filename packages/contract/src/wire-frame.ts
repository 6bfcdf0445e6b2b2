import type { PduMeta } from '@strata/wire';

/** A frame on a virtual wire. */
export interface WireFrame extends PduMeta {
  /** The port that sent it, a token unique on the wire: a port ignores its own frames. */
  readonly sourcePort: string;
  /** From the destination address on, without frame check sequence. Owned by whoever it is handed to. */
  readonly frame: Uint8Array;
  /** The CRC-32 of IEEE 802.3 3.2.9 as an unsigned number; undefined where nothing could corrupt the frame. */
  readonly fcs: number | undefined;
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
