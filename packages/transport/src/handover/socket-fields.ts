/** The handover of what all kinds of sockets have: addresses, options, close reasons. */
import type { TraceContext } from '@strata/wire';
import {
  type CloseReason,
  NO_ADDRESS,
  type SocketAddress,
  type TcpSocketOptions,
} from '../tcp/state/socket.ts';
import {
  flag,
  ipAddress,
  octets,
  oneOf,
  optional,
  type Struct,
  text,
  uint32,
  uint64,
} from './kinds.ts';
import { part } from './walk.ts';

const ADDRESS: Struct<SocketAddress> = {
  message: 'SocketAddress',
  make: () => ({ ...NO_ADDRESS }),
  fields: { address: ipAddress, port: uint32 },
};

export const address = part(ADDRESS);

const OPTIONS: Struct<TcpSocketOptions> = {
  message: 'TcpSocketOptions',
  make: () => ({}),
  fields: {
    noDelay: optional(flag),
    sendBufferOctets: optional(uint32),
    receiveBufferOctets: optional(uint32),
    congestionControl: optional(text),
    maximumSegmentSizeOctets: optional(uint32),
    tos: optional(uint32),
    ttl: optional(uint32),
    keepAlive: optional(flag),
    keepAliveIdleMs: optional(uint64),
    keepAliveIntervalMs: optional(uint64),
    keepAliveProbes: optional(uint32),
    cork: optional(flag),
    urgentInline: optional(flag),
    userTimeoutMs: optional(uint64),
    userTimeoutOption: optional(flag),
    maxPacingRateOctetsPerSecond: optional(uint64),
    synRetries: optional(uint32),
    reuseAddress: optional(flag),
  },
};

export const options = part(OPTIONS);

/** In the order of the proto's enum. */
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
  'message too long',
];

export const closeReason = oneOf('CloseReason', CLOSE_REASONS);

const TRACE: Struct<TraceContext> = {
  message: 'TraceContext',
  make: () => ({ traceId: new Uint8Array(0), parentSpanId: new Uint8Array(0), flags: 0 }),
  fields: { traceId: octets, parentSpanId: octets, flags: uint32 },
};

export const trace = part(TRACE);
