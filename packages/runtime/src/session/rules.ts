/** The session's rules for the two sides of the transport/application boundary. */
import type { TransportIndication, TransportRequest } from '@strata/transport';
import type { SessionRules } from './options.ts';

/** For an application: it sends requests and hears indications. */
export const APPLICATION_RULES: SessionRules<TransportRequest, TransportIndication> = {
  opens: ({ kind }) => kind === 'connect' || kind === 'listen' || kind === 'bind',
  opensIn: ({ kind }) => kind === 'offer',
  // Transport's `closed` ends a socket, even after `close` and `abort`.
  endsOut: () => false,
  endsIn: ({ kind }) => kind === 'closed',
  isDatagram: ({ kind }) => kind === 'datagram',
  // Credit only grows, so credit up to offset 0 changes nothing.
  probe: (socket) => ({ kind: 'credit', socket, limitOctets: 0 }),
  isProbe: (body) =>
    body.kind === 'credit' && body.limitOctets === 0 && body.acknowledgedOctets === 0,
  unknown: () => undefined,
};

/** For transport: it hears requests and sends indications. */
export const TRANSPORT_RULES: SessionRules<TransportIndication, TransportRequest> = {
  opens: ({ kind }) => kind === 'offer',
  opensIn: ({ kind }) => kind === 'connect' || kind === 'listen' || kind === 'bind',
  endsOut: ({ kind }) => kind === 'closed',
  endsIn: () => false,
  // A lost datagram would use up credit for ever: what credit covers must arrive.
  isDatagram: () => false,
  probe: (socket, endpoint) => ({
    kind: 'credit',
    socket,
    endpoint,
    limitOctets: 0,
    acknowledgedOctets: 0,
  }),
  isProbe: (body) => body.kind === 'credit' && body.limitOctets === 0,
  unknown: (socket, endpoint) => ({
    kind: 'closed',
    socket,
    endpoint,
    reason: 'reset',
    detail: 'transport does not know the socket: it was started anew',
  }),
};
