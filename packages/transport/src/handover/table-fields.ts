/**
 * The handover of all other objects: connection requests, TIME-WAIT, listeners, UDP sockets, and
 * the state of the stack as a whole.
 */

import { Fifo, type IpAddress, type TcpOptions, UNSPECIFIED_IPV4 } from '@strata/wire';
import type { ConnectionRequest, PeerSyn } from '../tcp/state/connection-request.ts';
import type { Listener, ListenerMember } from '../tcp/state/listener.ts';
import { NO_ADDRESS } from '../tcp/state/socket.ts';
import type { TimeWait } from '../tcp/state/time-wait.ts';
import type { QueuedDatagram, UdpGroup, UdpSocketState } from '../udp/udp-socket.ts';
import { DATAGRAM_OVERHEAD_OCTETS } from '../udp/udp-socket.ts';
import {
  age,
  ageOrNone,
  deadline,
  derived,
  fixed32,
  flag,
  ipAddress,
  ipAddresses,
  octets,
  oneOf,
  optional,
  type Struct,
  text,
  timestampClock,
  uint32,
  uint64,
} from './kinds.ts';
import { address, options, trace } from './socket-fields.ts';
import { fifo, list, part } from './walk.ts';

const TIMESTAMPS: Struct<{ value: number; echo: number }> = {
  message: 'SynTimestamps',
  make: () => ({ value: 0, echo: 0 }),
  fields: { value: fixed32, echo: fixed32 },
};

const SYN_OPTIONS: Struct<TcpOptions> = {
  message: 'SynOptions',
  make: () => ({}),
  fields: {
    mss: optional(uint32),
    windowScale: optional(uint32),
    sackPermitted: optional(flag),
    sack: derived('no SYN has SACK blocks'),
    timestamps: optional(part(TIMESTAMPS)),
    userTimeoutSeconds: optional(uint32),
  },
};

const PEER_SYN: Struct<PeerSyn> = {
  message: 'PeerSyn',
  make: () => ({ segSeq: 0, segAck: 0, segWnd: 0, options: {}, ecn: false }),
  fields: {
    segSeq: fixed32,
    segAck: fixed32,
    segWnd: uint32,
    options: part(SYN_OPTIONS),
    ecn: flag,
  },
};

export const CONNECTION_REQUEST: Struct<ConnectionRequest> = {
  message: 'ConnectionRequest',
  make: (): ConnectionRequest => ({
    kind: 'request',
    local: NO_ADDRESS,
    remote: NO_ADDRESS,
    listener: 0,
    iss: 0,
    syn: PEER_SYN.make(),
    rcvNxt: 0,
    rcvAdv: 0,
    rcvBufferOctets: 0,
    rcvWndShift: 0,
    timestampsOn: false,
    timestampOffset: 0,
    tsRecent: 0,
    tsRecentAtMs: 0,
    lastAckSent: 0,
    firstTimestamp: 0,
    lastTimestamp: 0,
    sentAtMs: -1,
    transmissions: 0,
    timeouts: 0,
    lastInvalidAckMs: -Infinity,
    deadlineMs: Infinity,
  }),
  fields: {
    kind: derived('the record says'),
    local: address,
    remote: address,
    listener: uint64,
    iss: fixed32,
    syn: part(PEER_SYN),
    rcvNxt: fixed32,
    rcvAdv: fixed32,
    rcvBufferOctets: uint32,
    rcvWndShift: uint32,
    timestampsOn: flag,
    timestampOffset: timestampClock,
    tsRecent: fixed32,
    tsRecentAtMs: age,
    lastAckSent: derived('RCV.NXT: nothing else is acknowledged before it is a connection'),
    firstTimestamp: fixed32,
    lastTimestamp: fixed32,
    sentAtMs: ageOrNone(-1),
    transmissions: uint32,
    timeouts: uint32,
    lastInvalidAckMs: ageOrNone(-Infinity),
    deadlineMs: deadline(),
  },
  rebuild(request) {
    Object.assign(request, { lastAckSent: request.rcvNxt });
  },
};

export const TIME_WAIT: Struct<TimeWait> = {
  message: 'TimeWait',
  make: () => ({
    kind: 'time-wait',
    state: 'TIME-WAIT',
    local: NO_ADDRESS,
    remote: NO_ADDRESS,
    sndNxt: 0,
    rcvNxt: 0,
    windowOctets: 0,
    window: 0,
    timestampsOn: false,
    timestampOffset: 0,
    tsRecent: 0,
    tsRecentAtMs: 0,
    ttl: undefined,
    tos: undefined,
    reuseAddress: false,
    enteredMs: 0,
    lastInvalidAckMs: -Infinity,
    deadlineMs: Infinity,
  }),
  fields: {
    kind: derived('the record says'),
    state: oneOf('TimeWaitState', ['TIME-WAIT', 'FIN-WAIT-2']),
    local: address,
    remote: address,
    sndNxt: fixed32,
    rcvNxt: fixed32,
    windowOctets: uint32,
    window: uint32,
    timestampsOn: flag,
    timestampOffset: timestampClock,
    tsRecent: fixed32,
    tsRecentAtMs: ageOrNone(-Infinity),
    ttl: optional(uint32),
    tos: optional(uint32),
    reuseAddress: flag,
    enteredMs: age,
    lastInvalidAckMs: ageOrNone(-Infinity),
    deadlineMs: deadline(),
  },
};

const MEMBER: Struct<ListenerMember> = {
  message: 'ListenerMember',
  make: () => ({
    socket: 0,
    endpoint: '',
    backlog: 0,
    options: {},
    requests: 0,
    young: 0,
    waiting: 0,
  }),
  fields: {
    socket: uint64,
    endpoint: text,
    backlog: uint32,
    options,
    requests: derived('its connection requests'),
    young: derived('its connection requests without a timeout'),
    waiting: derived('its connections that are not accepted'),
  },
};

export const LISTENER: Struct<Listener> = {
  message: 'Listener',
  make: () => ({
    state: 'LISTEN',
    local: NO_ADDRESS,
    reusePort: false,
    members: [],
    next: 0,
    cookieSentMs: -Infinity,
  }),
  fields: {
    state: derived('there is one'),
    local: address,
    reusePort: flag,
    members: list(MEMBER),
    next: uint32,
    cookieSentMs: ageOrNone(-Infinity),
  },
};

const DATAGRAM: Struct<QueuedDatagram> = {
  message: 'QueuedDatagram',
  make: () => ({
    local: NO_ADDRESS,
    remote: NO_ADDRESS,
    ttl: 0,
    data: new Uint8Array(0),
    trace: undefined,
  }),
  fields: {
    local: address,
    remote: address,
    ttl: uint32,
    data: octets,
    trace: optional(trace),
  },
};

const GROUP: Struct<UdpGroup> = {
  message: 'SocketGroup',
  make: () => ({
    group: UNSPECIFIED_IPV4,
    interfaceAddress: UNSPECIFIED_IPV4,
    mode: 'include',
    sources: [],
  }),
  fields: {
    group: ipAddress,
    interfaceAddress: ipAddress,
    mode: oneOf('FilterMode', ['include', 'exclude']),
    sources: ipAddresses,
  },
};

export const DATAGRAM_SOCKET: Struct<UdpSocketState> = {
  message: 'DatagramSocket',
  make: () => ({
    socket: 0,
    endpoint: '',
    local: NO_ADDRESS,
    reuseAddress: false,
    broadcast: false,
    receiveBufferOctets: 0,
    ttl: undefined,
    tos: 0,
    creditOctets: 0,
    deliveredOctets: 0,
    queuedOctets: 0,
    drops: 0,
    groups: [],
    queue: new Fifo(),
  }),
  fields: {
    socket: uint64,
    endpoint: text,
    local: address,
    reuseAddress: flag,
    broadcast: flag,
    receiveBufferOctets: uint32,
    ttl: optional(uint32),
    tos: uint32,
    creditOctets: uint64,
    deliveredOctets: uint64,
    queuedOctets: derived('the datagrams in the queue'),
    drops: uint64,
    queue: fifo(DATAGRAM),
    groups: list(GROUP),
  },
  rebuild(socket) {
    for (const { data } of socket.queue) {
      socket.queuedOctets += data.byteLength + DATAGRAM_OVERHEAD_OCTETS;
    }
  },
};

/** State that belongs to the stack as a whole, not to a socket. */
export interface StackState {
  /** The port counter of RFC 6056 3.3.3. */
  nextEphemeral: number;
  /** The budget of challenge ACKs (RFC 5961 7): its second, and what is left of it. */
  challengeSecondMs: number;
  challengesLeft: number;
  /** Peers that have recently completed a handshake, oldest first. */
  provenPeers: IpAddress[];
}

export const STACK: Struct<StackState> = {
  message: 'StackState',
  make: () => ({
    nextEphemeral: 0,
    challengeSecondMs: -Infinity,
    challengesLeft: 0,
    provenPeers: [],
  }),
  fields: {
    nextEphemeral: uint32,
    challengeSecondMs: ageOrNone(-Infinity),
    challengesLeft: uint32,
    provenPeers: ipAddresses,
  },
};
