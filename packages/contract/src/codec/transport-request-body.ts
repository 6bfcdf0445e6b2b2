/** Request bodies that are not hot, through protobufjs (proto/strata/v1/transport_application.proto). */
import type { TcpSocketOptions, TransportRequest } from '@strata/transport';
import type { TraceContext } from '@strata/wire';
import { strata } from '../gen/strata.js';
import { fromAddress } from './envelope.ts';
import { decodeWith } from './generated.ts';
import { checkRange, malformed, NO_BYTES } from './reader.ts';

const { Accept, Bind, Connect, Listen, SetOptions } = strata.v1;

type Cold = Exclude<TransportRequest, { kind: 'send' | 'credit' | 'datagram' }>;

/** The tag of each body: its field number and wire type 2. */
export const REQUEST_TAGS: Readonly<Record<TransportRequest['kind'], number>> = {
  send: 0x32,
  credit: 0x3a,
  datagram: 0x42,
  connect: 0x4a,
  listen: 0x52,
  accept: 0x5a,
  shutdown: 0x62,
  close: 0x6a,
  abort: 0x72,
  'set-options': 0x7a,
  bind: 0x82,
};

/** The body's own message. */
export function encodeRequestBody(body: Cold): Uint8Array {
  switch (body.kind) {
    case 'connect': {
      const { local, remote, options, creditOctets } = body;
      return Connect.encode({
        local,
        remote,
        options: toOptions(options),
        creditOctets,
      }).finish();
    }
    case 'listen': {
      const { local, backlog, options, reusePort } = body;
      return Listen.encode({
        local,
        backlog,
        options: toOptions(options),
        reusePort: reusePort ?? null,
      }).finish();
    }
    case 'accept':
      return Accept.encode({ creditOctets: body.creditOctets }).finish();
    case 'set-options':
      return SetOptions.encode({ options: toOptions(body.options) }).finish();
    case 'bind': {
      const { local, creditOctets } = body;
      return Bind.encode({
        local,
        receiveBufferOctets: body.receiveBufferOctets ?? null,
        reuseAddress: body.reuseAddress ?? null,
        broadcast: body.broadcast ?? null,
        creditOctets,
      }).finish();
    }
    case 'shutdown':
    case 'close':
    case 'abort':
      return NO_BYTES;
  }
}

/** The body of this tag. `to`: what all bodies have. */
export function decodeRequestBody(
  tag: number,
  bytes: Uint8Array,
  to: { readonly socket: number; readonly trace: TraceContext | undefined },
  endpoint: string,
): Cold {
  switch (tag) {
    case REQUEST_TAGS.connect: {
      const message = decodeWith(Connect, bytes);
      return {
        ...to,
        kind: 'connect',
        endpoint,
        local: fromAddress(message.local),
        remote: fromAddress(message.remote),
        options: fromOptions(message.options),
        creditOctets: message.creditOctets ?? 0,
      };
    }
    case REQUEST_TAGS.listen: {
      const message = decodeWith(Listen, bytes);
      const local = fromAddress(message.local);
      const options = fromOptions(message.options);
      return {
        ...to,
        kind: 'listen',
        endpoint,
        local,
        backlog: message.backlog ?? 0,
        options,
        reusePort: message.reusePort ?? undefined,
      };
    }
    case REQUEST_TAGS.accept: {
      const { creditOctets } = decodeWith(Accept, bytes);
      return { ...to, kind: 'accept', endpoint, creditOctets: creditOctets ?? 0 };
    }
    case REQUEST_TAGS.bind:
      return { ...to, ...decodeBind(bytes), endpoint };
    case REQUEST_TAGS['set-options']: {
      const options = fromOptions(decodeWith(SetOptions, bytes).options);
      return { ...to, kind: 'set-options', options };
    }
    case REQUEST_TAGS.shutdown:
      return { ...to, kind: 'shutdown' };
    case REQUEST_TAGS.close:
      return { ...to, kind: 'close' };
    case REQUEST_TAGS.abort:
      return { ...to, kind: 'abort' };
    default:
      throw malformed(`a request of kind ${tag >>> 3}`);
  }
}

function decodeBind(bytes: Uint8Array) {
  const message = decodeWith(Bind, bytes);
  return {
    kind: 'bind',
    local: fromAddress(message.local),
    receiveBufferOctets: message.receiveBufferOctets ?? undefined,
    reuseAddress: message.reuseAddress ?? undefined,
    broadcast: message.broadcast ?? undefined,
    creditOctets: message.creditOctets ?? 0,
  } as const;
}

function toOptions(options: TcpSocketOptions): strata.v1.TcpSocketOptions.$Properties {
  return {
    noDelay: options.noDelay ?? null,
    sendBufferOctets: options.sendBufferOctets ?? null,
    receiveBufferOctets: options.receiveBufferOctets ?? null,
    congestionControl: options.congestionControl ?? null,
    maximumSegmentSizeOctets: options.maximumSegmentSizeOctets ?? null,
    tos: options.tos ?? null,
    ttl: options.ttl ?? null,
    keepAlive: options.keepAlive ?? null,
    keepAliveIdleMs: options.keepAliveIdleMs ?? null,
    keepAliveIntervalMs: options.keepAliveIntervalMs ?? null,
    keepAliveProbes: options.keepAliveProbes ?? null,
    cork: options.cork ?? null,
    urgentInline: options.urgentInline ?? null,
    userTimeoutMs: options.userTimeoutMs ?? null,
    userTimeoutOption: options.userTimeoutOption ?? null,
    maxPacingRateOctetsPerSecond: options.maxPacingRateOctetsPerSecond ?? null,
    synRetries: options.synRetries ?? null,
    reuseAddress: options.reuseAddress ?? null,
  };
}

function fromOptions(
  options: strata.v1.TcpSocketOptions.$Properties | null | undefined,
): TcpSocketOptions {
  if (options === null || options === undefined) return {};
  const { tos, ttl, keepAliveProbes, synRetries } = options;
  const { maxPacingRateOctetsPerSecond: maxPacingRate } = options;
  checkRange('tos', tos ?? 0, 0, 255);
  checkRange('ttl', ttl ?? 1, 1, 255);
  checkRange('keep_alive_probes', keepAliveProbes ?? 1, 1, 127);
  checkRange('max_pacing_rate_octets_per_second', maxPacingRate ?? 1, 1, Number.MAX_SAFE_INTEGER);
  checkRange('syn_retries', synRetries ?? 1, 1, 127);
  return {
    noDelay: options.noDelay ?? undefined,
    sendBufferOctets: options.sendBufferOctets ?? undefined,
    receiveBufferOctets: options.receiveBufferOctets ?? undefined,
    congestionControl: options.congestionControl ?? undefined,
    maximumSegmentSizeOctets: options.maximumSegmentSizeOctets ?? undefined,
    tos: tos ?? undefined,
    ttl: ttl ?? undefined,
    keepAlive: options.keepAlive ?? undefined,
    keepAliveIdleMs: options.keepAliveIdleMs ?? undefined,
    keepAliveIntervalMs: options.keepAliveIntervalMs ?? undefined,
    keepAliveProbes: keepAliveProbes ?? undefined,
    cork: options.cork ?? undefined,
    urgentInline: options.urgentInline ?? undefined,
    userTimeoutMs: options.userTimeoutMs ?? undefined,
    userTimeoutOption: options.userTimeoutOption ?? undefined,
    maxPacingRateOctetsPerSecond: maxPacingRate ?? undefined,
    synRetries: synRetries ?? undefined,
    reuseAddress: options.reuseAddress ?? undefined,
  };
}
