/** Routes in control messages. Units and ranges: proto/strata/v1/control.proto. */
import type { IpAddress } from '@strata/wire';

export interface AddressPrefix {
  readonly address: IpAddress;
  /** 0 to 32. */
  readonly prefixLength: number;
}

/** The routes of a stack, and the interfaces on which it forwards. */
export interface RoutingState {
  readonly routes: readonly RouteInfo[];
  /** By index. Absent: none. */
  readonly forwardingInterfaces?: readonly number[] | undefined;
}

export interface RouteInfo {
  readonly destination: AddressPrefix;
  /** 0: the destination is on the link. */
  readonly gateway: IpAddress;
  /** 0 for a kind that sends nothing. */
  readonly interfaceIndex: number;
  readonly metric: number;
  /** 0: any address of the interface. */
  readonly preferredSource: IpAddress;
  readonly type: RouteType;
  /** Who made it: rtnetlink's rtm_protocol, 0 to 255. */
  readonly protocol: number;
  /** Octets of the largest packet on this route; 0: the interface's MTU. */
  readonly mtu: number;
  /**
   * The ways, if there are several; `gateway` and `interfaceIndex` are then those of the first.
   * Absent or empty: there is one.
   */
  readonly nexthops?: readonly RouteNexthopInfo[] | undefined;
}

/** One of several ways of a route. */
export interface RouteNexthopInfo {
  /** 0: the destination is on the link. */
  readonly gateway: IpAddress;
  /** In a change, 0: the interface that reaches the gateway. */
  readonly interfaceIndex: number;
  /** Its share of the flows, 1 to 256. */
  readonly weight: number;
}

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'multicast';

export type RouteAction = 'add' | 'append' | 'prepend' | 'change' | 'replace' | 'delete';

/** The way to a destination, as `ip route get` tells it. */
export interface RouteAnswerInfo {
  readonly type: RouteType;
  /** 0: the destination is on the link. */
  readonly gateway: IpAddress;
  /** 0: loopback. */
  readonly interfaceIndex: number;
  /** 0: there is none. */
  readonly source: IpAddress;
  /** Octets of the largest packet. */
  readonly mtu: number;
  /** Milliseconds until a path MTU that was learnt is forgotten; 0: none was. */
  readonly mtuExpiresMs: number;
  /** A redirect named the gateway. */
  readonly isRedirected: boolean;
}
