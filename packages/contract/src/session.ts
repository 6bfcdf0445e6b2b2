/**
 * A message of the transport/application boundary: a request or an indication in the envelope of
 * its socket's session. The session retransmits what the bus loses
 * (proto/strata/v1/transport_application.proto).
 */
export interface SessionPdu<Body> {
  /** The same as in the body. */
  readonly socket: number;
  /**
   * The application instance that sends the request or gets the indication. The same as in the
   * body, if the body has one.
   */
  readonly endpoint: string;
  /**
   * Number of the body among those of this socket and direction, from 1. 0: the body is not
   * sequenced and may be lost.
   */
  readonly sequence: number;
  /** All bodies of the other direction up to this sequence have arrived. 0: none yet. */
  readonly acknowledge: number;
  /** Undefined: the message only acknowledges. */
  readonly body: Body | undefined;
}

/**
 * Puts the body into an envelope without a session: for a bus that loses nothing, and for bodies
 * that may be lost.
 */
export function unsequenced<Body extends { readonly socket: number }>(
  endpoint: string,
  body: Body,
): SessionPdu<Body> {
  return { socket: body.socket, endpoint, sequence: 0, acknowledge: 0, body };
}
