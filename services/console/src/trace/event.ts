/** The layers, in the order of their PDUs: frame, packet, segment, data. */
export const TRACE_LAYERS = ['link', 'network', 'transport', 'application'] as const;

export type TraceLayer = (typeof TRACE_LAYERS)[number];

/** `down`: towards the wire. `up`: towards the application. */
export type TraceDirection = 'down' | 'up';

/**
 * A PDU that crossed a boundary, decoded for people and programs. One JSON object in the console's
 * stream.
 */
export interface TraceEvent {
  /** When the trace saw the PDU: milliseconds since 1970, with a fraction. */
  readonly epochMs: number;
  /** Empty for frames on a virtual wire. */
  readonly stack: string;
  /** The layer that the PDU belongs to. */
  readonly layer: TraceLayer;
  /**
   * The boundary: `wire`, `link/network`, `network/transport`, `transport/application`. Of frames
   * on a virtual wire: `wire/NAME`.
   */
  readonly boundary: string;
  readonly direction: TraceDirection;
  /**
   * Kind of PDU: `frame`, `packet`, `segment`, `datagram`, `message`, `data`; or a request or
   * indication: `connect`, `credit`.
   */
  readonly pdu: string;
  /** Length of the PDU with its header, or of the data. 0 if there is no data. */
  readonly octets: number;
  /** The decoded PDU, on one line. */
  readonly text: string;
  /** W3C trace id. Only if the PDU is sampled. */
  readonly traceId?: string | undefined;
  /** The PDU's octets in hexadecimal. Only if requested. */
  readonly hex?: string | undefined;
  /** Of a segment or datagram: its IPv4 addresses and fields. Only with `hex`. */
  readonly ip?: EventIp | undefined;
}

/** What IPv4 says of a segment or datagram that crosses network/transport without its header. */
export interface EventIp {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly ttl: number;
  readonly tos: number;
}

/** A decoded PDU. The trace adds the time and the place. */
export interface Reading {
  readonly pdu: string;
  readonly text: string;
  /** Its octets. Undefined if it has none. */
  readonly bytes: Uint8Array | undefined;
  readonly ip?: EventIp | undefined;
}
