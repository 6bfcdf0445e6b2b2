import type { NetworkSegmentIndication } from '@strata/network';
import { type Ipv4Address, TCP_FIN, TCP_SYN, type TcpOptions, type TcpSegment } from '@strata/wire';

/** A segment that arrived, with the variables of RFC 9293 3.3.1. */
export interface ArrivedSegment {
  readonly source: Ipv4Address;
  readonly sourcePort: number;
  readonly destination: Ipv4Address;
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
  readonly options: TcpOptions;
  readonly data: Uint8Array;
  /** Octets of data in each segment, where several arrived as one; else the data's length. */
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
    options: view.options,
    data,
    segmentSize: indication.segmentSize > 0 ? indication.segmentSize : data.byteLength,
  };
}
