/**
 * What people and tools ask of a layer: values of proto/strata/v1/control.proto, which has units
 * and ranges.
 */
import type { SocketEntry, SocketState } from '@strata/transport';
import type { IpAddress, MacAddress } from '@strata/wire';

export type {
  SocketEntry as SocketInfo,
  SocketState,
  SocketTimer,
  TcpFigures,
} from '@strata/transport';
/** In the order of the numbers of the contract. */
export { NAMES_SocketState as SOCKET_STATES } from './gen/codecs.ts';

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
  | { readonly kind: 'sockets'; readonly sockets: readonly SocketEntry[] }
  /** The answer to both sysctl requests: the values as they are now. */
  | { readonly kind: 'sysctls'; readonly sysctls: readonly SysctlValue[] }
  | { readonly kind: 'counters'; readonly counters: CounterValues }
  /** The answer to both impairment requests: as it is now. */
  | { readonly kind: 'impairment'; readonly impairment: ImpairmentSettings }
  /** The answer to both features requests: as they are now. */
  | { readonly kind: 'features'; readonly interfaces: readonly InterfaceFeatures[] }
  | { readonly kind: 'capture'; readonly leaseMs: number }
  | { readonly kind: 'health'; readonly health: HealthInfo };
