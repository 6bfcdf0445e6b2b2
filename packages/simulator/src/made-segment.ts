import { PROTOCOL_TCP, type TcpOptions } from '@strata/wire';
import { ADDRESS_A, ADDRESS_B } from './tcp-pair.ts';

/**
 * A hand-made segment. Numbers are relative to the initial sequence numbers: the SYN has 0, the
 * first octet 1.
 */
export interface MadeSegment {
  /** Default: the peer's next number. */
  readonly seq?: number | undefined;
  /** Default: acknowledges all that the core has sent. Used only with ACK. */
  readonly ack?: number | undefined;
  /** The window field, unscaled. Default 65,535. */
  readonly win?: number | undefined;
  readonly data?: Uint8Array | string | number | undefined;
  readonly options?: TcpOptions | undefined;
  readonly urg?: number | undefined;
  /** ECN field of the packet, 0 to 3: not ECT, ECT(1), ECT(0), CE. Default 0. */
  readonly ecn?: number | undefined;
  /** Ports other than the connection's. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The octets of `data`. A number means that many octets; text is encoded as UTF-8. */
export function bytesOf(data: Uint8Array | string | number): Uint8Array {
  if (typeof data === 'number') return new Uint8Array(data).fill(0x61);
  return typeof data === 'string' ? new TextEncoder().encode(data) : data;
}

/** Network's indication for these bytes. */
export function indicationOf(segment: Uint8Array) {
  return {
    kind: 'segment',
    source: ADDRESS_A,
    destination: ADDRESS_B,
    protocol: PROTOCOL_TCP,
    ttl: 64,
    tos: 0,
    interfaceIndex: 1,
    cast: 'unicast',
    header: new Uint8Array(20),
    segment,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  } as const;
}
