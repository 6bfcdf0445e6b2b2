/** Indication bodies that are not hot, through protobufjs (proto/strata/v1/transport_application.proto). */
import type { CloseReason, TransportIndication } from '@strata/transport';
import type { TraceContext } from '@strata/wire';
import { strata } from '../gen/strata.js';
import { fromAddress } from './envelope.ts';
import { decodeWith } from './generated.ts';
import { checkRange, malformed, outOfRange } from './reader.ts';

const { Bound, Closed, Connected, End, Listening, Offer, SocketError, Urgent } = strata.v1;

type Cold = Exclude<TransportIndication, { kind: 'data' | 'credit' | 'datagram' }>;

/** The tag of each body: its field number and wire type 2. */
export const INDICATION_TAGS: Readonly<Record<TransportIndication['kind'], number>> = {
  data: 0x32,
  credit: 0x3a,
  datagram: 0x42,
  offer: 0x4a,
  connected: 0x52,
  listening: 0x5a,
  bound: 0x62,
  end: 0x6a,
  closed: 0x72,
  error: 0x7a,
  urgent: 0x82,
};

/** In the order of the enum's numbers. */
const CLOSE_REASONS: readonly CloseReason[] = [
  'finished',
  'aborted',
  'reset',
  'refused',
  'timed out',
  'host unreachable',
  'network unreachable',
  'address in use',
  'address not available',
  'no ports',
  'no buffers',
  'invalid',
  'access denied',
  'overflow',
  'shut down',
];

function toReason(reason: CloseReason): number {
  const number = CLOSE_REASONS.indexOf(reason);
  if (number < 0) throw outOfRange('reason', reason, `one of ${CLOSE_REASONS.join(', ')}`);
  return number;
}

/** A reason that a newer transport gives counts as `aborted`. */
function fromReason(number: number | null | undefined): CloseReason {
  return CLOSE_REASONS[number ?? 0] ?? 'aborted';
}

/** The body's own message. */
export function encodeIndicationBody(body: Cold): Uint8Array {
  switch (body.kind) {
    case 'offer': {
      const { listener, local, remote, sendCreditOctets } = body;
      return Offer.encode({ listener, local, remote, sendCreditOctets }).finish();
    }
    case 'connected': {
      const { local, remote, sendCreditOctets } = body;
      return Connected.encode({ local, remote, sendCreditOctets }).finish();
    }
    case 'listening':
      return Listening.encode({ local: body.local }).finish();
    case 'bound':
      return Bound.encode({ local: body.local }).finish();
    case 'end':
      return End.encode({ offset: body.offset }).finish();
    case 'closed':
      return Closed.encode({ reason: toReason(body.reason), detail: body.detail }).finish();
    case 'urgent':
      return Urgent.encode({ offset: body.offset, octet: body.octet ?? null }).finish();
    case 'error': {
      const { remote, detail } = body;
      return SocketError.encode({ reason: toReason(body.reason), remote, detail }).finish();
    }
  }
}

/** The body of this tag. `to`: what all bodies have. */
export function decodeIndicationBody(
  tag: number,
  bytes: Uint8Array,
  to: {
    readonly socket: number;
    readonly endpoint: string;
    readonly trace: TraceContext | undefined;
  },
): Cold {
  switch (tag) {
    case INDICATION_TAGS.offer: {
      const message = decodeWith(Offer, bytes);
      const listener = message.listener ?? 0;
      return { ...to, kind: 'offer', listener, ...fromConnected(message) };
    }
    case INDICATION_TAGS.connected:
      return { ...to, kind: 'connected', ...fromConnected(decodeWith(Connected, bytes)) };
    case INDICATION_TAGS.listening: {
      const { local } = decodeWith(Listening, bytes);
      return { ...to, kind: 'listening', local: fromAddress(local) };
    }
    case INDICATION_TAGS.bound: {
      const { local } = decodeWith(Bound, bytes);
      return { ...to, kind: 'bound', local: fromAddress(local) };
    }
    case INDICATION_TAGS.end:
      return { ...to, kind: 'end', offset: decodeWith(End, bytes).offset ?? 0 };
    case INDICATION_TAGS.closed: {
      const { reason, detail } = decodeWith(Closed, bytes);
      return { ...to, kind: 'closed', reason: fromReason(reason), detail: detail ?? '' };
    }
    case INDICATION_TAGS.urgent: {
      const { offset, octet } = decodeWith(Urgent, bytes);
      checkRange('octet', octet ?? 0, 0, 255);
      return { ...to, kind: 'urgent', offset: offset ?? 0, octet: octet ?? undefined };
    }
    case INDICATION_TAGS.error: {
      const { reason, remote, detail } = decodeWith(SocketError, bytes);
      return {
        ...to,
        kind: 'error',
        reason: fromReason(reason),
        remote: fromAddress(remote),
        detail: detail ?? '',
      };
    }
    default:
      throw malformed(`an indication of kind ${tag >>> 3}`);
  }
}

function fromConnected(message: strata.v1.Connected.$Properties) {
  return {
    local: fromAddress(message.local),
    remote: fromAddress(message.remote),
    sendCreditOctets: message.sendCreditOctets ?? 0,
  };
}
