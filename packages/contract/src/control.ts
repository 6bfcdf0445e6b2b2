/**
 * Requests of people and tools to a layer, and the replies. They are the values of
 * proto/strata/v1/control.proto, which has units and ranges.
 */

import type { ImpairmentSettings as LinkSettings } from '@strata/link';
import type { ProbeEvent, ProbeRequest } from '@strata/network';
import type { SocketEntry, SocketState } from '@strata/transport';
import type { IpAddress, MacAddress } from '@strata/wire';
import type {
  AddressPrefix,
  RouteAction,
  RouteAnswerInfo,
  RouteInfo,
  RoutingState,
} from './control/route-info.ts';

export type { ProbeEvent, ProbeRequest } from '@strata/network';
export type {
  SocketEntry as SocketInfo,
  SocketState,
  SocketTimer,
  TcpFigures,
} from '@strata/transport';
export type * from './control/route-info.ts';
export { SOCKET_STATES } from './socket-states.ts';

/** Counters by name. */
export type CounterValues = Readonly<Record<string, number>>;

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
  /** The states of `addresses`, in the same order. Absent: all are preferred. */
  readonly addressStates?: readonly AddressState[] | undefined;
  readonly counters: CounterValues;
  /** Nobody is asked by ARP. */
  readonly noArp: boolean;
  /** The largest MTU that the device carries, octets; 0: not known. */
  readonly maxMtu: number;
}

/** As `ip addr` shows it. `duplicate` is its `dadfailed`. */
export type AddressState = 'preferred' | 'tentative' | 'duplicate';

export type NeighbourState =
  | 'incomplete'
  | 'reachable'
  | 'stale'
  | 'delay'
  | 'probe'
  | 'failed'
  | 'permanent'
  | 'noarp';

export interface NeighbourInfo {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** Undefined until the neighbour has answered. */
  readonly mac: MacAddress | undefined;
  readonly state: NeighbourState;
  /** Milliseconds since the entry was last confirmed. */
  readonly ageMs: number;
  /** Milliseconds since it was last used, and since it last changed. */
  readonly usedAgeMs: number;
  readonly updatedAgeMs: number;
  /** Requests sent without an answer. */
  readonly probes: number;
  /** Not a neighbour: an address for which link answers. */
  readonly proxy: boolean;
}

/** How NeighbourSet treats an entry that is there, or none. */
export type NeighbourSetMode = 'replace' | 'add' | 'change';

/** Sets a neighbour, or an address for which link answers. */
export interface NeighbourSetting {
  readonly interfaceName: string;
  readonly address: IpAddress;
  /** Undefined: that of the entry. */
  readonly mac?: MacAddress | undefined;
  readonly state: NeighbourState;
  readonly mode: NeighbourSetMode;
  readonly proxy: boolean;
}

/** Selects neighbours. Each field that is set narrows the selection. */
export interface NeighbourFilter {
  /** Empty: all interfaces. */
  readonly interfaceName: string;
  /** Empty: any state but permanent and noarp. */
  readonly states: readonly NeighbourState[];
  readonly destination?: AddressPrefix | undefined;
}

export interface SysctlValue {
  readonly name: string;
  readonly value: string;
}

/** Settings of netem's models. An absent one has its default in link's NO_IMPAIRMENT. */
type ModelSettings = Omit<LinkSettings, keyof BaseSettings>;

interface BaseSettings {
  /** Probabilities, 0 to 1. */
  readonly lossRatio: number;
  readonly duplicateRatio: number;
  readonly reorderRatio: number;
  readonly corruptRatio: number;
  /** Probability that an ECT packet is marked CE (RFC 3168), 0 to 1. */
  readonly ceMarkRatio: number;
  /** 0 to 60,000. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** 0: no limit. */
  readonly rateBitsPerSecond: number;
}

/** The faults that a simulated bad line adds to frames. All zero or absent: none. */
export interface ImpairmentSettings
  extends BaseSettings,
    Readonly<{ [Name in keyof ModelSettings]?: ModelSettings[Name] | undefined }> {
  /** Seed of the random source, 0 to 2^32 - 1. */
  readonly seed: number;
}

/** A direction of an interface, as its stack sees it. */
export type ImpairmentDirection = 'both' | 'in' | 'out';

/** The impairment of an interface in one direction, and what it has done. */
export interface InterfaceImpairment {
  readonly interfaceName: string;
  readonly direction: 'in' | 'out';
  /** Undefined: none. */
  readonly impairment: ImpairmentSettings | undefined;
  /** The wire of the interface. Undefined: it is on none. */
  readonly wireName: string | undefined;
  /** Whether the impairment is that of the wire. */
  readonly fromWire: boolean;
  /** The names of link's ImpairmentCounters. */
  readonly counters: CounterValues;
  /** What waits now. */
  readonly backlogFrames: number;
  readonly backlogOctets: number;
  /** Whether it is a port of the wire, which other stacks list too: of a TAP or a UDP bridge. */
  readonly shared: boolean;
}

/** A feature of an interface, as `ethtool -k` shows it. */
export interface FeatureInfo {
  /** ethtool's name: `tcp-segmentation-offload`. */
  readonly name: string;
  /**
   * `active`: whether it works now. `requested`: whether it was asked for. They differ while a
   * feature that it needs is off.
   */
  readonly active: boolean;
  readonly requested: boolean;
  /** The feature cannot be changed on this device. */
  readonly fixed: boolean;
}

export interface InterfaceFeatures {
  readonly name: string;
  readonly kind: InterfaceInfo['kind'];
  /** In the order of `ethtool -k`. */
  readonly features: readonly FeatureInfo[];
}

/** A feature, by ethtool's long or short name, and its new state. */
export interface FeatureSwitch {
  readonly name: string;
  readonly on: boolean;
}

export interface HealthInfo {
  readonly status: 'starting' | 'ready' | 'draining' | 'failing';
  readonly layer: string;
  readonly version: string;
  readonly uptimeMs: number;
  /** The reason why the layer waits or is in trouble. Empty: all is well. */
  readonly detail: string;
  /** For an endpoint: the instance name of its program, new at each start. Undefined: none. */
  readonly instance?: string | undefined;
}

/** Selects sockets. Each field that is set narrows the selection. No field: all sockets. */
export interface SocketFilter {
  /** The socket with this id. */
  readonly socket?: number | undefined;
  /** 6 TCP, 17 UDP. */
  readonly protocol?: number | undefined;
  /** Sockets in one of these states. An empty list is as no list. */
  readonly states?: readonly SocketState[] | undefined;
}

/** What `ip link set` changes. An absent field stays as it is. */
export interface LinkChanges {
  readonly up?: boolean | undefined;
  /** Octets. */
  readonly mtu?: number | undefined;
  readonly arp?: boolean | undefined;
}

export type AddressAction = 'add' | 'replace' | 'delete';

/** A change of interfaces, addresses or routes, or a question for a route. */
export type ChangeRequest =
  | { readonly kind: 'link-set'; readonly interfaceName: string; readonly changes: LinkChanges }
  | {
      readonly kind: 'address-change';
      readonly interfaceName: string;
      readonly action: AddressAction;
      readonly address: AddressPrefix;
    }
  /** To the layer above: these are the interfaces now. */
  | { readonly kind: 'interfaces-set'; readonly interfaces: readonly InterfaceInfo[] }
  /** For a deletion, 0 in a field of the route: any. `isAnyType`: its type may be any. */
  | {
      readonly kind: 'route-change';
      readonly action: RouteAction;
      readonly route: RouteInfo;
      readonly isAnyType: boolean;
    }
  /** `source` 0: network chooses. `interfaceIndex` 0: the routes choose. */
  | {
      readonly kind: 'route-get';
      readonly destination: IpAddress;
      readonly source: IpAddress;
      readonly interfaceIndex: number;
    };

export type ChangeReply =
  | { readonly kind: 'done' }
  | { readonly kind: 'route-answer'; readonly answer: RouteAnswerInfo };

/** Sets or removes the impairment of an interface, or of a wire. */
export interface ImpairmentSet {
  readonly kind: 'impairment-set';
  /** Empty: a wire is named. */
  readonly interfaceName: string;
  readonly impairment: ImpairmentSettings;
  /** Of an interface. Default: both. */
  readonly direction?: ImpairmentDirection | undefined;
  /** The wire, in place of an interface. */
  readonly wireName?: string | undefined;
  /** Takes the impairment away; `impairment` is ignored. Default: false. */
  readonly remove?: boolean | undefined;
}

/** A request. `kind` is the name of the endpoint that handles it. */
export type ControlRequest =
  | { readonly kind: 'interfaces' }
  | { readonly kind: 'neighbours' }
  | ({ readonly kind: 'neighbour-set' } & NeighbourSetting)
  | {
      readonly kind: 'neighbour-delete';
      readonly interfaceName: string;
      readonly address: IpAddress;
      readonly proxy: boolean;
    }
  | ({ readonly kind: 'neighbours-flush' } & NeighbourFilter)
  | ({ readonly kind: 'routes-notice' } & RoutingState)
  | { readonly kind: 'routes' }
  | ({ readonly kind: 'sockets' } & SocketFilter)
  /** No names: all sysctls. */
  | { readonly kind: 'sysctl-get'; readonly names: readonly string[] }
  | { readonly kind: 'sysctl-set'; readonly name: string; readonly value: string }
  | { readonly kind: 'counters' }
  /** No direction: that of the frames to the wire. */
  | {
      readonly kind: 'impairment-get';
      readonly interfaceName: string;
      readonly direction?: ImpairmentDirection | undefined;
    }
  | ImpairmentSet
  /** No name: all interfaces. */
  | { readonly kind: 'impairments'; readonly interfaceName: string }
  /** No name: all interfaces. */
  | { readonly kind: 'features-get'; readonly interfaceName: string }
  | {
      readonly kind: 'features-set';
      readonly interfaceName: string;
      readonly switches: readonly FeatureSwitch[];
    }
  /** `leaseMs` 0: off. `snapOctets` 0: whole frames. */
  | { readonly kind: 'capture'; readonly leaseMs: number; readonly snapOctets: number }
  /** `session` 0: a new one. */
  | {
      readonly kind: 'probe';
      readonly session: number;
      readonly probes: readonly ProbeRequest[];
      readonly waitMs: number;
      readonly end: boolean;
    }
  | { readonly kind: 'health' }
  | ChangeRequest;

/** Name of a control endpoint. */
export type ControlEndpoint = ControlRequest['kind'];

export type ControlErrorCode =
  | 'not-found'
  | 'out-of-range'
  | 'not-supported'
  | 'malformed'
  | 'failed'
  | 'exists';

export type ControlReply =
  | {
      readonly kind: 'error';
      readonly code: ControlErrorCode;
      readonly message: string;
      /** Linux's name of the error: EEXIST. Undefined: there is none. */
      readonly errno?: string | undefined;
    }
  | ChangeReply
  | { readonly kind: 'interfaces'; readonly interfaces: readonly InterfaceInfo[] }
  /** The reply to all neighbour requests: the entries, those that were set, or that are gone. */
  | { readonly kind: 'neighbours'; readonly neighbours: readonly NeighbourInfo[] }
  | ({ readonly kind: 'routes' } & RoutingState)
  | { readonly kind: 'sockets'; readonly sockets: readonly SocketEntry[] }
  /** The reply to both sysctl requests: the current values. */
  | { readonly kind: 'sysctls'; readonly sysctls: readonly SysctlValue[] }
  | { readonly kind: 'counters'; readonly counters: CounterValues }
  /** The reply to both impairment requests: the current settings. */
  | { readonly kind: 'impairment'; readonly impairment: ImpairmentSettings }
  | { readonly kind: 'impairments'; readonly impairments: readonly InterfaceImpairment[] }
  /** The reply to both features requests: the current features. */
  | { readonly kind: 'features'; readonly interfaces: readonly InterfaceFeatures[] }
  | { readonly kind: 'capture'; readonly leaseMs: number }
  | {
      readonly kind: 'probes';
      readonly session: number;
      readonly events: readonly ProbeEvent[];
      readonly lost: number;
    }
  | { readonly kind: 'health'; readonly health: HealthInfo };
