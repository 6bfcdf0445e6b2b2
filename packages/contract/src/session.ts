/**
 * A message of the transport/application boundary: a request or an indication in the envelope of
 * its socket's session, which makes up for what the bus loses
 * (proto/strata/v1/transport_application.proto).
 */
export interface SessionPdu<Body> {
  /** As in the body. */
  readonly socket: number;
  /**
   * The application instance: who sends a request, who gets an indication. As in the body, where
   * that names one.
   */
  readonly endpoint: string;
  /** Counts the bodies of this socket and direction from 1; 0: not sequenced, may be lost. */
  readonly sequence: number;
  /** Highest sequence of the other direction up to which all has come; 0: nothing yet. */
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
