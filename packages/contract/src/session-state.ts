/**
 * The state of a session of the transport/application boundary, to hand over from one transport to
 * another.
 */
import type { TransportIndication, TransportRequest } from '@strata/transport';
import { ContractError } from './channel.ts';
import { decodeBatch, encodeBatch } from './codec/batch.ts';
import { decodeWith, hasUnknown } from './codec/generated.ts';
import { transportIndicationCodec, transportRequestCodec } from './gen/codecs.ts';
import { strata } from './gen/strata.js';
import type { SessionPdu } from './session.ts';

const { BoundarySession, TransportIndicationBatch, TransportRequestBatch } = strata.v1;

/** The version that is written. Others are refused when read. */
export const SESSION_STATE_VERSION = 1;

/** BoundarySession of proto/strata/v1/handover.proto as plain data. Ages are in milliseconds. */
export interface SessionState<Out, In> {
  readonly version: number;
  readonly endpoint: string;
  readonly socket: number;
  /** Sequence of the first body that is not acknowledged yet. */
  readonly sndUna: number;
  /** Bodies that are not acknowledged yet, from `sndUna` on. */
  readonly unacknowledged: readonly Out[];
  /** The next expected sequence. */
  readonly rcvNxt: number;
  /** Bodies that arrived out of order, beyond a gap, with their sequences. */
  readonly ahead: readonly (readonly [sequence: number, body: In])[];
  readonly resendNext: number;
  readonly resendUntil: number;
  readonly backoff: number;
  readonly acknowledgeDue: number;
  readonly progressAgeMs: number;
  readonly heardAgeMs: number;
}

/** The session state of transport's side. */
export type TransportSessionState = SessionState<TransportIndication, TransportRequest>;

/** Encodes the state. */
export function encodeSessionState(state: TransportSessionState): Uint8Array {
  const { endpoint, socket, sndUna } = state;
  const from = { endpoint, socket, acknowledge: 0 };
  const indications = state.unacknowledged.map((body, i) => ({
    ...from,
    sequence: sndUna + i,
    body,
  }));
  const requests = state.ahead.map(([sequence, body]) => ({ ...from, sequence, body }));
  return BoundarySession.encode({
    ...state,
    unacknowledged:
      indications.length === 0
        ? []
        : (TransportIndicationBatch.decode(encodeBatch(transportIndicationCodec, indications, 0))
            .pdus ?? []),
    ahead:
      requests.length === 0
        ? []
        : (TransportRequestBatch.decode(encodeBatch(transportRequestCodec, requests, 0)).pdus ??
          []),
  }).finish();
}

/**
 * Decodes a state; it copies the octets of the bodies. Throws ContractError if the bytes are not a
 * state, or if its version is unknown.
 */
export function decodeSessionState(bytes: Uint8Array): TransportSessionState {
  const message = decodeWith(BoundarySession, bytes, true);
  const { unacknowledged = [], ahead = [], ...plain } = message;
  if (plain.version !== SESSION_STATE_VERSION) {
    throw new ContractError(
      'CONTRACT_DECODE',
      `a session of version ${plain.version ?? 0}: must be ${SESSION_STATE_VERSION}`,
    );
  }
  if (hasUnknown(message)) {
    throw new ContractError('CONTRACT_DECODE', 'a session with an unknown field');
  }
  const indications = unacknowledged?.length
    ? decodeBatch(
        transportIndicationCodec,
        TransportIndicationBatch.encode({ pdus: unacknowledged }).finish(),
      )
    : [];
  const requests = ahead?.length
    ? decodeBatch(transportRequestCodec, TransportRequestBatch.encode({ pdus: ahead }).finish())
    : [];
  return {
    version: plain.version,
    endpoint: plain.endpoint ?? '',
    socket: plain.socket ?? 0,
    sndUna: plain.sndUna ?? 0,
    unacknowledged: indications.map(bodyOf),
    rcvNxt: plain.rcvNxt ?? 0,
    ahead: requests.map((pdu) => [pdu.sequence, bodyOf(pdu)]),
    resendNext: plain.resendNext ?? 0,
    resendUntil: plain.resendUntil ?? 0,
    backoff: plain.backoff ?? 0,
    acknowledgeDue: plain.acknowledgeDue ?? 0,
    progressAgeMs: plain.progressAgeMs ?? 0,
    heardAgeMs: plain.heardAgeMs ?? 0,
  };
}

function bodyOf<Body>({ body }: SessionPdu<Body>): Body {
  if (body === undefined)
    throw new ContractError('CONTRACT_DECODE', 'a message of a session without a body');
  return body;
}
