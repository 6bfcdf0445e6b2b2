/**
 * What the PDUs of every boundary have in common: the state of the checksum, the size of the
 * segments in a super-segment, and the trace context.
 */

/**
 * What is known of a transport checksum (TCP or UDP) inside a PDU.
 *
 * - `complete`: the field holds the checksum of header and data; nobody has verified it yet.
 * - `partial`: the field holds the folded, not inverted sum of the pseudo-header alone; the device,
 *   or whoever cuts the PDU up, completes it. It is what Linux calls CHECKSUM_PARTIAL.
 * - `verified`: somebody below has verified it; the receiver need not.
 */
export type ChecksumState = 'complete' | 'partial' | 'verified';

/** A W3C trace context. A PDU without one is not sampled. */
export interface TraceContext {
  /** 16 octets, not all zero. */
  readonly traceId: Uint8Array;
  /** 8 octets, not all zero: the span that caused this PDU. */
  readonly parentSpanId: Uint8Array;
  /** Bit 0: sampled. */
  readonly flags: number;
}

/**
 * The type of the address that an Ethernet frame or an IPv4 packet was sent to, as Linux tells it
 * apart (inet_addr_type()).
 */
export type AddressType = 'unicast' | 'broadcast' | 'multicast';

/** Fields that PDUs carry beside their bytes at every boundary. */
export interface PduMeta {
  /**
   * Octets of TCP or UDP data in each segment that this PDU stands for when it has to be cut up, 1
   * to 65,495; 0 where the PDU is one segment (what Linux calls gso_size).
   */
  readonly segmentSize: number;
  /**
   * Octets of headers that the bytes of a super-segment begin with, up to the end of the TCP or UDP
   * header: each layer on the way down adds its own. Undefined: nobody has said so, as of what came
   * from a device or in a message; who needs it reads the headers.
   */
  readonly headerOctets?: number | undefined;
  /** State of the transport checksum. */
  readonly checksum: ChecksumState;
  /** Undefined where the PDU is not sampled. */
  readonly trace: TraceContext | undefined;
  /**
   * The rest of a super-segment on its way down, behind the PDU's own bytes, which are the headers
   * then: so that data goes from the application's memory to the device without a copy. Nobody
   * writes to it, or keeps it beyond the PDU. Undefined: there is none.
   */
  readonly tail?: readonly Uint8Array[] | undefined;
}

/**
 * Octets of data in the largest super-segment: 45 segments of 1,448, which is what an MTU of 1,500
 * leaves beside headers with timestamps. PDUs that nothing encodes are of this size, or of a
 * multiple of it, so that none straddles two of another layer for its size alone.
 */
export const SUPER_SEGMENT_DATA_OCTETS = 65_160;

/**
 * Octets that a sender of a PDU leaves free in front of it so that the layers below can write their
 * headers in place: Ethernet 14, IPv4 60, virtio-net 12, rounded up.
 */
export const HEADROOM_OCTETS = 96;
