/**
 * The fields of the PDUs at every boundary: the state of the checksum, the size of the segments in
 * a super-segment, and the trace context.
 */

/**
 * What is known about a transport checksum (TCP or UDP) inside a PDU.
 *
 * - `complete`: the field holds the checksum of header and data; it is not verified yet.
 * - `partial`: the field holds only the sum of the pseudo-header, folded but not inverted. The
 *   device completes it, or the layer that cuts the PDU up. Linux calls this CHECKSUM_PARTIAL.
 * - `verified`: a lower layer has verified it; the receiver need not.
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
 * The type of the destination address of an Ethernet frame or an IPv4 packet, as Linux's
 * inet_addr_type() classifies it.
 */
export type AddressType = 'unicast' | 'broadcast' | 'multicast';

/**
 * How a sender uses path MTU discovery (RFC 1191), as IP_MTU_DISCOVER of Linux's ip(7) names it.
 * `dont`: no DF, and a datagram larger than the path MTU is fragmented. `want`: DF where the
 * datagram fits into the path MTU, and a larger one is fragmented. `do`: always DF, and a larger
 * datagram is refused. `probe`: always DF, whatever the path MTU is; only a datagram larger than
 * the MTU of the interface is refused.
 */
export type MtuDiscover = 'dont' | 'want' | 'do' | 'probe';

/** Fields that PDUs carry beside their bytes at every boundary. */
export interface PduMeta {
  /**
   * Octets of TCP or UDP data in each segment of a super-segment, 1 to 65,495; 0 if the PDU is a
   * single segment. Linux calls this gso_size.
   */
  readonly segmentSize: number;
  /**
   * Octets of headers at the start of a super-segment, up to the end of the TCP or UDP header. Each
   * layer on the way down adds its own header. Undefined: not known, for example if the PDU came
   * from a device or in a message; a layer that needs the value then reads the headers.
   */
  readonly headerOctets?: number | undefined;
  /** State of the transport checksum. */
  readonly checksum: ChecksumState;
  /** Undefined if the PDU is not sampled. */
  readonly trace: TraceContext | undefined;
  /**
   * The data of a super-segment on its way down; the PDU's own bytes then hold only the headers. So
   * the data goes from the application's memory to the device without a copy. Nobody may write to
   * the tail, or keep it longer than the PDU. Undefined: there is no tail.
   */
  readonly tail?: readonly Uint8Array[] | undefined;
}

/**
 * Octets of data in the largest super-segment: 45 segments of 1,448, the data that fits an MTU of
 * 1,500 beside headers with timestamps. PDUs that are not encoded have this size or a multiple of
 * it. So a PDU of one layer is never split between two PDUs of another layer because of its size
 * alone.
 */
export const SUPER_SEGMENT_DATA_OCTETS = 65_160;

/**
 * Octets that a sender of a PDU leaves free in front of it so that the layers below can write their
 * headers in place: Ethernet 14, IPv4 60, virtio-net 12, rounded up.
 */
export const HEADROOM_OCTETS = 96;
