/** What the schema cannot say of an envelope (proto/strata/v1/transport_application.proto). */
import type { SessionPdu } from '../session.ts';
import { outOfRange } from './reader.ts';

/** What bodies have in common. */
interface Body {
  readonly socket: number;
  readonly endpoint?: string | undefined;
}

/**
 * Throws ContractError (CONTRACT_RANGE) where the body names another socket or endpoint than its
 * envelope.
 */
export function checkBody({ body, endpoint, socket }: SessionPdu<Body>): void {
  if (body === undefined) return;
  if (body.socket !== socket) throw outOfRange('socket of the body', body.socket, `${socket}`);
  if (body.endpoint !== undefined && body.endpoint !== endpoint) {
    throw outOfRange('endpoint of the body', body.endpoint, endpoint);
  }
}
