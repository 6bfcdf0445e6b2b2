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
   * 0 for a packet to our own address. For a copy of a multicast or broadcast packet: the interface
   * that the packet went out on.
   */
  readonly interfaceIndex: number;
  readonly cast: AddressType;
}

/** The PDUs that network reports outcomes of. */
export type NetworkPdu =
  | LinkIndication
  | LinkRequest
  | NetworkIndication
  | NetworkRequest
  | LoopbackPacket;

/** What the parts of one network core share: its tables, its sysctls and its output queues. */
export interface NetworkContext {
  readonly interfaces: Interfaces;
  readonly routes: Routes;
  readonly exceptions: RouteExceptions;
  readonly sysctl: NetworkSysctl;
  readonly counters: NetworkCounters;
  readonly outcomes: OutcomeLog<NetworkPdu>;
  /** A uniform number in [0, 1), injected. */
  readonly random: () => number;
  /**
   * Allocates memory for packets that are made here, injected. The content of the memory is
   * unspecified.
   */
  readonly allocate: Allocate;
  /** As in NetworkConfig. */
  readonly unixTimeAtZeroMs: number | undefined;
  readonly toLink: Fifo<LinkRequest>;
  readonly toTransport: Fifo<NetworkIndication>;
  readonly loopback: Fifo<LoopbackPacket>;
}

/** An error that the stack itself makes quotes at most this many octets of our own packet. */
export const OWN_QUOTE_OCTETS = 128;

/**
 * The reporter's address in an error that the stack itself makes: the sender's own source address,
 * or `fallback` if the sender chose none.
 */
export function ownReporter(source: IpAddress, fallback: IpAddress): IpAddress {
  return isUnspecified(source) ? fallback : source;
}
