/**
 * A rule for envelopes that the schema cannot express
 * (proto/strata/v1/transport_application.proto).
 */
import type { SessionPdu } from '../session.ts';
import { outOfRange } from './reader.ts';

/** The properties that all bodies have. */
interface Body {
  readonly socket: number;
  readonly endpoint?: string | undefined;
}

/**
 * Throws ContractError (CONTRACT_RANGE) if the body's socket or endpoint differs from the
 * envelope's.
 */
export function checkBody({ body, endpoint, socket }: SessionPdu<Body>): void {
  if (body === undefined) return;
  if (body.socket !== socket) throw outOfRange('socket of the body', body.socket, `${socket}`);
  if (body.endpoint !== undefined && body.endpoint !== endpoint) {
    throw outOfRange('endpoint of the body', body.endpoint, endpoint);
  }
}
