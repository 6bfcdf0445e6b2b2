/**
 * A message of the transport/application boundary: a request or an indication in the envelope of
 * its socket's session. The session retransmits what the bus loses
 * (proto/strata/v1/transport_application.proto).
 */
export interface SessionPdu<Body> {
  /** As in the body. */
  readonly socket: number;
  /**
   * The application instance that sends the request or gets the indication. As in the body, if the
   * body has one.
   */
  readonly endpoint: string;
  /** Counts the bodies of this socket and direction from 1; 0: not sequenced, may be lost. */
  readonly sequence: number;
  /** Highest sequence of the other direction up to which all bodies have arrived; 0: none yet. */
  readonly acknowledge: number;
  /** Undefined: a bare acknowledgement. */
  readonly body: Body | undefined;
}

/**
 * The body in an envelope without a session: for a bus that loses nothing, and for what may be
 * lost.
 */
export function unsequenced<Body extends { readonly socket: number }>(
  endpoint: string,
  body: Body,
): SessionPdu<Body> {
  return { socket: body.socket, endpoint, sequence: 0, acknowledge: 0, body };
}
