import type { LinkIndication, LinkRequest } from '@strata/link';
import {
  type AddressType,
  type Allocate,
  type Fifo,
  type IpAddress,
  isUnspecified,
  type OutcomeLog,
  type PduMeta,
} from '@strata/wire';
import type { NetworkCounters } from './counters.ts';
import type { Interfaces } from './interfaces.ts';
import type { NetworkIndication, NetworkRequest } from './pdu.ts';
import type { RouteExceptions } from './routing/route-exceptions.ts';
import type { Routes } from './routing/routes.ts';
import type { NetworkSysctl } from './sysctl.ts';

/** A packet that the stack sent to itself. */
export interface LoopbackPacket extends PduMeta {
  readonly packet: Uint8Array;
  /**
   * 0 for our own addresses; for a copy of what goes to a group, the interface that it went out on.
   */
  readonly interfaceIndex: number;
  readonly cast: AddressType;
}

/** What network tells outcomes of. */
export type NetworkPdu =
  | LinkIndication
  | LinkRequest
  | NetworkIndication
  | NetworkRequest
  | LoopbackPacket;

/** What the parts of one network core share: its tables, its knobs, and the ways out of it. */
export interface NetworkContext {
  readonly interfaces: Interfaces;
  readonly routes: Routes;
  readonly exceptions: RouteExceptions;
  readonly sysctl: NetworkSysctl;
  readonly counters: NetworkCounters;
  readonly outcomes: OutcomeLog<NetworkPdu>;
  /** A uniform number in [0, 1), injected. */
  readonly random: () => number;
  /** Memory for packets that are made here, injected; its content is unspecified. */
  readonly allocate: Allocate;
  /** As in the config. */
  readonly unixTimeAtZeroMs: number | undefined;
  readonly toLink: Fifo<LinkRequest>;
  readonly toTransport: Fifo<NetworkIndication>;
  readonly loopback: Fifo<LoopbackPacket>;
}

/** Octets of our own packet that an error which we make ourselves quotes at most. */
export const OWN_QUOTE_OCTETS = 128;

/**
 * The address in an error that the stack itself reports: the sender's own, where it has chosen one.
 */
export function ownReporter(source: IpAddress, fallback: IpAddress): IpAddress {
  return isUnspecified(source) ? fallback : source;
}
