import type { NetworkSegmentIndication } from '@strata/network';
import {
  ECN_MASK,
  type IpAddress,
  TCP_FIN,
  TCP_SYN,
  type TcpOptions,
  type TcpSegment,
} from '@strata/wire';

/** A segment that arrived, with the segment variables of RFC 9293 3.3.1. */
export interface ArrivedSegment {
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly destinationPort: number;
  /** SEG.SEQ */
  readonly segSeq: number;
  /** SEG.ACK */
  readonly segAck: number;
  /** SEG.LEN: octets of data, SYN and FIN counting one each. */
  readonly segLen: number;
  /** SEG.WND as on the wire, not scaled. */
  readonly segWnd: number;
  readonly segUp: number;
  readonly flags: number;
  /** The four reserved bits (RFC 9293 3.1), 0 to 15. */
  readonly reservedBits: number;
  /** The ECN field of the packet, 0 to 3 (RFC 3168 5). */
  readonly ecn: number;
  readonly options: TcpOptions;
  readonly data: Uint8Array;
  /**
   * Octets of data in each segment, if several arrived as one super-segment; else the data's
   * length.
   */
  readonly segmentSize: number;
}

export function arrivedSegment(
  view: TcpSegment,
  indication: NetworkSegmentIndication,
): ArrivedSegment {
  const flags = view.flags;
  const data = view.payload;
  return {
    source: indication.source,
    sourcePort: view.sourcePort,
    destination: indication.destination,
    destinationPort: view.destinationPort,
    segSeq: view.sequence,
    segAck: view.acknowledgment,
    segLen: data.byteLength + ((flags & TCP_SYN) !== 0 ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0),
    segWnd: view.window,
    segUp: view.urgentPointer,
    flags,
    reservedBits: view.bytes[12]! & 15,
    ecn: indication.tos & ECN_MASK,
    options: view.options,
    data,
    segmentSize: indication.segmentSize > 0 ? indication.segmentSize : data.byteLength,
  };
}
