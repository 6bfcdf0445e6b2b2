import {
  formatIpv4,
  type IpAddress,
  inPrefix,
  isHostAddress,
  isLoopbackIpv4,
  type MacAddress,
} from '@strata/wire';
import { LinkError } from '../errors.ts';
import type { LinkRequest } from '../pdu.ts';

/**
 * The state of a neighbour, with Linux's names (RFC 4861 7.3.2 has the state machine).
 *
 * - `INCOMPLETE`: asked by broadcast, packets wait.
 * - `REACHABLE`: confirmed not long ago.
 * - `STALE`: not confirmed for a while; still used, and asked soon after it is used.
 * - `DELAY`: used while stale; asked soon unless a layer above confirms it.
 * - `PROBE`: asked by unicast, still used.
 * - `FAILED`: did not answer; asked again when it is next needed.
 * - `PERMANENT`: set by hand, never asked, never changed by ARP.
 * - `NOARP`: as PERMANENT, but it may be collected.
 */
export type NeighbourState =
  | 'INCOMPLETE'
  | 'REACHABLE'
  | 'STALE'
  | 'DELAY'
  | 'PROBE'
  | 'FAILED'
  | 'PERMANENT'
  | 'NOARP';

/** An entry of the neighbour table. Times are those of `nowMs`. */
export interface Neighbour {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** Meaningless while INCOMPLETE or FAILED. */
  mac: MacAddress;
  state: NeighbourState;
  /** When state or address last changed. */
  updatedMs: number;
  /** When the neighbour was last heard to answer. */
  confirmedMs: number;
  /** When a packet was last sent to it; before the first one, when the entry was made. */
  usedMs: number;
  /**
   * Whether a packet was ever sent to it, or it was set by hand. False: it only sent us something.
   */
  wasUsed: boolean;
  /** Requests sent without answer. */
  probes: number;
  /** When its timer fires; Infinity: not running. */
  deadlineMs: number;
  /** Packets that wait for its address, the oldest first. */
  waiting: LinkRequest[];
  waitingOctets: number;
}

/**
 * What `neighbours()` returns for an entry; a copy. Ages are in milliseconds; `ip -s neigh` shows
 * them in seconds.
 */
export interface NeighbourInfo {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** Undefined while INCOMPLETE or FAILED. */
  readonly mac: MacAddress | undefined;
  readonly state: NeighbourState;
  readonly usedAgeMs: number;
  readonly confirmedAgeMs: number;
  readonly updatedAgeMs: number;
  readonly probes: number;
  readonly waitingPackets: number;
}

/** A neighbour that is set by hand. */
export interface NeighbourSetting {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** Undefined: that of the entry. INCOMPLETE and FAILED need none. */
  readonly mac: MacAddress | undefined;
  readonly state: NeighbourState;
}

/** Selects neighbours. */
export interface NeighbourFilter {
  /** Undefined: all interfaces. */
  readonly interfaceIndex: number | undefined;
  /** Empty: any state but PERMANENT and NOARP. */
  readonly states: readonly NeighbourState[];
  /** Undefined: any address. */
  readonly destination: { readonly address: IpAddress; readonly prefixLength: number } | undefined;
}

export function isSelected(neighbour: Neighbour, filter: NeighbourFilter): boolean {
  const { interfaceIndex, states, destination } = filter;
  const { state, address } = neighbour;
  if (interfaceIndex !== undefined && neighbour.interfaceIndex !== interfaceIndex) return false;
  if (states.length > 0 ? !states.includes(state) : isFixed(state)) return false;
  return !destination || inPrefix(address, destination.address, destination.prefixLength);
}

/** Whether ARP never changes a neighbour in this state. */
export function isFixed(state: NeighbourState): boolean {
  return state === 'PERMANENT' || state === 'NOARP';
}

/** Whether packets can be sent to a neighbour in this state. */
export function hasMac(state: NeighbourState): boolean {
  return state !== 'INCOMPLETE' && state !== 'FAILED';
}

export function neighbourInfo(neighbour: Neighbour, nowMs: number): NeighbourInfo {
  return {
    interfaceIndex: neighbour.interfaceIndex,
    address: neighbour.address,
    mac: hasMac(neighbour.state) ? neighbour.mac : undefined,
    state: neighbour.state,
    usedAgeMs: nowMs - neighbour.usedMs,
    confirmedAgeMs: nowMs - neighbour.confirmedMs,
    updatedAgeMs: nowMs - neighbour.updatedMs,
    probes: neighbour.probes,
    waitingPackets: neighbour.waiting.length,
  };
}

/** Throws LINK_RANGE unless a station can have the address. */
export function checkStation(address: IpAddress): void {
  if (isHostAddress(address) && !isLoopbackIpv4(address)) return;
  throw new LinkError('LINK_RANGE', `${formatIpv4(address)} cannot be the address of a station`);
}
