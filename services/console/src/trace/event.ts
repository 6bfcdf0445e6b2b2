/** The layers by the PDU that each calls its own: frame, packet, segment, data. */
export const TRACE_LAYERS = ['link', 'network', 'transport', 'application'] as const;

export type TraceLayer = (typeof TRACE_LAYERS)[number];

/** `down`: towards the wire. `up`: towards the application. */
export type TraceDirection = 'down' | 'up';

/** A PDU that crossed a boundary, as a person or a program reads it; one JSON object in the stream of the console. */
export interface TraceEvent {
  /** Milliseconds since 1970, with a fraction: when the trace saw it. */
  readonly epochMs: number;
  readonly stack: string;
  /** Whose PDU it is. */
  readonly layer: TraceLayer;
  /** Where it was seen: `wire`, `link/network`, `network/transport`, `transport/application`. */
  readonly boundary: string;
  readonly direction: TraceDirection;
  /** What it is called: `frame`, `packet`, `segment`, `datagram`, `message`, `data`, or what is asked or told: `connect`, `credit`. */
  readonly pdu: string;
  /** Of the PDU with its header, or of the data. 0 where it carries none. */
  readonly octets: number;
  /** The layer's own reading of it: one line. */
  readonly text: string;
  /** W3C trace id, where it is sampled. */
  readonly traceId?: string | undefined;
  /** The PDU's octets in hexadecimal, where asked for. */
  readonly hex?: string | undefined;
}

/** What a reading says of a PDU; the trace adds time and place. */
export interface Reading {
  readonly pdu: string;
  readonly text: string;
  /** Its octets; undefined where it carries none. */
  readonly bytes: Uint8Array | undefined;
}
