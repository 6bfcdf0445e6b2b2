/**
 * What people and tools ask of a layer: values of proto/strata/v1/control.proto, which has units
 * and ranges.
 */
import type { IpAddress, MacAddress } from '@strata/wire';

/** Counters by name. */
export type CounterValues = Readonly<Record<string, number>>;

export interface AddressPrefix {
  readonly address: IpAddress;
  /** 0 to 32. */
  readonly prefixLength: number;
}

export interface InterfaceInfo {
  /** From 1. */
  readonly index: number;
  readonly name: string;
  readonly kind: 'tap' | 'wire' | 'loopback';
  readonly mac: MacAddress;
  /** Octets. */
  readonly mtu: number;
  readonly up: boolean;
  readonly addresses: readonly AddressPrefix[];
  readonly counters: CounterValues;
}

export type NeighbourState =
  | 'incomplete'
  | 'reachable'
  | 'stale'
  | 'delay'
  | 'probe'
  | 'failed'
  | 'permanent';

export interface NeighbourInfo {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** Undefined while nobody has answered. */
  readonly mac: MacAddress | undefined;
  readonly state: NeighbourState;
  /** Since it was last confirmed. */
  readonly ageMs: number;
}

export interface RouteInfo {
  readonly destination: AddressPrefix;
  /** 0: on the link. */
  readonly gateway: IpAddress;
  /** 0 where the route leads nowhere. */
  readonly interfaceIndex: number;
  readonly metric: number;
  /** 0: any of the interface. */
  readonly preferredSource: IpAddress;
  readonly type: 'unicast' | 'local' | 'broadcast' | 'blackhole' | 'unreachable' | 'prohibit';
}

/**
 * The states of RFC 9293 3.3.2; `UNCONNECTED`: UDP. In the order of the numbers of the contract.
 */
export const SOCKET_STATES = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
  'UNCONNECTED',
] as const;

export type SocketState = (typeof SOCKET_STATES)[number];

/** What `ss -ti` shows. Sequence variables as in RFC 9293 3.3.1, octets and milliseconds. */
export interface TcpFigures {
  readonly sndUna: number;
  readonly sndNxt: number;
  readonly sndWnd: number;
  readonly rcvNxt: number;
  readonly rcvWnd: number;
  readonly srttMs: number;
  readonly rttvarMs: number;
  readonly rtoMs: number;
  readonly cwndOctets: number;
  readonly ssthreshOctets: number;
  readonly mss: number;
  readonly sendWindowScale: number;
  readonly receiveWindowScale: number;
  readonly windowScaling: boolean;
  readonly timestamps: boolean;
  readonly sack: boolean;
  readonly ecn: boolean;
  readonly congestionControl: string;
  readonly congestionState: string;
  readonly acknowledgedOctets: number;
  readonly inFlightOctets: number;
  readonly sendableOctets: number;
  readonly unsendableOctets: number;
  readonly receivedOctets: number;
  readonly segmentsIn: number;
  readonly segmentsOut: number;
  readonly retransmittedSegments: number;
  readonly retries: number;
  /** The timer that fires next; empty: none. */
  readonly timer: string;
  readonly timerMs: number;
  /** Initial sequence numbers. */
  readonly iss: number;
  readonly irs: number;
  /** Largest amount of data seen in a segment of the peer's, and what was announced to it. */
  readonly receiveMss: number;
  readonly advertisedMss: number;
  readonly pathMtu: number;
  /** 0: not known, here and below. */
  readonly minRttMs: number;
  /** How long an acknowledgment may wait. */
  readonly atoMs: number;
  readonly ecnSeen: boolean;
  /** The largest window that is announced as things stand, and what may wait to be sent. */
  readonly receiveBufferOctets: number;
  readonly sendBufferOctets: number;
  /** With what was sent again, and that alone. */
  readonly sentOctets: number;
  readonly retransmittedOctets: number;
  readonly dataSegmentsIn: number;
  readonly dataSegmentsOut: number;
  /** Not acknowledged; of these: sent again and in flight, deemed lost, SACKed. */
  readonly unackedSegments: number;
  readonly resentSegments: number;
  readonly lostSegments: number;
  readonly sackedSegments: number;
  /** Known to have arrived; of these: by acknowledgments with ECE. */
  readonly deliveredSegments: number;
  readonly deliveredCeSegments: number;
  /** By which one may be late before it counts as lost, and how often that was seen. */
  readonly reorderingSegments: number;
  readonly reorderingSeen: number;
  readonly duplicateAcks: number;
  readonly duplicateSacks: number;
  readonly outOfOrder: number;
  readonly ageMs: number;
  /** Since data was sent, data came, an acknowledgment came. */
  readonly sinceSentMs: number;
  readonly sinceReceivedMs: number;
  readonly sinceAckMs: number;
  /** Octets a second; 0: no bound, or not known. */
  readonly pacingRate: number;
  readonly maxPacingRate: number;
  readonly deliveryRate: number;
  /** The delivery rate is a lower bound. */
  readonly appLimited: boolean;
  /**
   * With something to send or in flight; of this: the peer's window, or our send buffer, was the
   * limit.
   */
  readonly busyMs: number;
  readonly receiveWindowLimitedMs: number;
  readonly sendBufferLimitedMs: number;
  /** As the receiver sees it, and what the application took in one. */
  readonly receiverRttMs: number;
  readonly receiveSpaceOctets: number;
}

/** A timer that runs. */
export interface SocketTimer {
  /** `retransmission`, `persist`, `delayed ack`, `keepalive`, `time-wait`, … */
  readonly name: string;
  readonly ms: number;
}

export interface SocketInfo {
  readonly socket: number;
  /** 6 TCP, 17 UDP. */
  readonly protocol: number;
  readonly state: SocketState;
  readonly local: { readonly address: IpAddress; readonly port: number };
  readonly remote: { readonly address: IpAddress; readonly port: number };
  /** Octets not taken by the application; of a listener: connections that wait. */
  readonly receiveQueue: number;
  /** Octets not acknowledged by the peer; of a listener: the backlog. */
  readonly sendQueue: number;
  readonly endpoint: string;
  /** Of a TCP connection. */
  readonly tcp: TcpFigures | undefined;
  /** Of a TCP connection, TIME-WAIT included: those that run, the next one first. */
  readonly timers: readonly SocketTimer[];
}

export interface SysctlValue {
  readonly name: string;
  readonly value: string;
}

/** What a bad line does to frames. All zero: nothing. */
export interface ImpairmentSettings {
  /** Probabilities, 0 to 1. */
  readonly lossRatio: number;
  readonly duplicateRatio: number;
  readonly reorderRatio: number;
  readonly corruptRatio: number;
  /** Of ECT packets, marked CE (RFC 3168). */
  readonly ceMarkRatio: number;
  /** 0 to 60,000. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** 0: no limit. */
  readonly rateBitsPerSecond: number;
  /** Of the random source, 0 to 2^32 - 1. */
  readonly seed: number;
}

/** A feature of an interface, as `ethtool -k` shows it. */
export interface FeatureInfo {
  /** ethtool's: `tcp-segmentation-offload`. */
  readonly name: string;
  /** Whether it works now, and whether it was asked for: what it needs may be off. */
  readonly active: boolean;
  readonly requested: boolean;
  /** It cannot be changed on this device. */
  readonly fixed: boolean;
}

export interface InterfaceFeatures {
  readonly name: string;
  readonly kind: InterfaceInfo['kind'];
  /** In the order of `ethtool -k`. */
  readonly features: readonly FeatureInfo[];
}

/** A feature, by ethtool's name or its short one, and what it is to be. */
export interface FeatureSwitch {
  readonly name: string;
  readonly on: boolean;
}

export interface HealthInfo {
  readonly status: 'starting' | 'ready' | 'draining' | 'failing';
  readonly layer: string;
  readonly version: string;
  readonly uptimeMs: number;
  /** What it waits for or suffers from; empty where all is well. */
  readonly detail: string;
  /** Of an endpoint: the name that its program has at each start; undefined: none. */
  readonly instance?: string | undefined;
}

/** Which sockets are asked for: each field that is set narrows it. None: all. */
export interface SocketFilter {
  /** The one with this id. */
  readonly socket?: number | undefined;
  /** 6 TCP, 17 UDP. */
  readonly protocol?: number | undefined;
  /** Those in one of these. An empty list: as none. */
  readonly states?: readonly SocketState[] | undefined;
}

/** A request; `kind` is the name of the endpoint that takes it. */
export type ControlRequest =
  | { readonly kind: 'interfaces' }
  | { readonly kind: 'neighbours' }
  | { readonly kind: 'routes' }
  | ({ readonly kind: 'sockets' } & SocketFilter)
  /** No names: all. */
  | { readonly kind: 'sysctl-get'; readonly names: readonly string[] }
  | { readonly kind: 'sysctl-set'; readonly name: string; readonly value: string }
  | { readonly kind: 'counters' }
  | { readonly kind: 'impairment-get'; readonly interfaceName: string }
  | {
      readonly kind: 'impairment-set';
      readonly interfaceName: string;
      readonly impairment: ImpairmentSettings;
    }
  /** No name: all interfaces. */
  | { readonly kind: 'features-get'; readonly interfaceName: string }
  | {
      readonly kind: 'features-set';
      readonly interfaceName: string;
      readonly switches: readonly FeatureSwitch[];
    }
  /** `leaseMs` 0: off. `snapOctets` 0: whole frames. */
  | { readonly kind: 'capture'; readonly leaseMs: number; readonly snapOctets: number }
  | { readonly kind: 'health' };

/** Name of a control endpoint. */
export type ControlEndpoint = ControlRequest['kind'];

export type ControlErrorCode =
  | 'not-found'
  | 'out-of-range'
  | 'not-supported'
  | 'malformed'
  | 'failed';

export type ControlReply =
  | { readonly kind: 'error'; readonly code: ControlErrorCode; readonly message: string }
  | { readonly kind: 'interfaces'; readonly interfaces: readonly InterfaceInfo[] }
  | { readonly kind: 'neighbours'; readonly neighbours: readonly NeighbourInfo[] }
  | { readonly kind: 'routes'; readonly routes: readonly RouteInfo[] }
  | { readonly kind: 'sockets'; readonly sockets: readonly SocketInfo[] }
  /** The answer to both sysctl requests: the values as they are now. */
  | { readonly kind: 'sysctls'; readonly sysctls: readonly SysctlValue[] }
  | { readonly kind: 'counters'; readonly counters: CounterValues }
  /** The answer to both impairment requests: as it is now. */
  | { readonly kind: 'impairment'; readonly impairment: ImpairmentSettings }
  /** The answer to both features requests: as they are now. */
  | { readonly kind: 'features'; readonly interfaces: readonly InterfaceFeatures[] }
  | { readonly kind: 'capture'; readonly leaseMs: number }
  | { readonly kind: 'health'; readonly health: HealthInfo };
