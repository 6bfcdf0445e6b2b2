/** What is known of an address of the stack on its wire (RFC 5227). */
import type { IpAddress, MacAddress } from '@strata/wire';

/**
 * The state of an address, as `ip addr` shows it.
 *
 * - `preferred`: in use.
 * - `tentative`: link probes whether another station has it. Nothing is sent from it, and nothing
 *   that comes for it is taken.
 * - `duplicate`: another station has it (`dadfailed`): as tentative, until the interface comes up
 *   again or the address is set anew.
 */
export type AddressState = 'preferred' | 'tentative' | 'duplicate';

/** One address of an interface. Times are those of `nowMs`. */
export interface AddressClaim {
  readonly address: IpAddress;
  state: AddressState;
  /** Probes, and then announcements, that are still to be sent. */
  probes: number;
  announcements: number;
  /** When the next step is due. Infinity: never. -Infinity: it begins at the next timeout. */
  deadlineMs: number;
  /** When a conflict was last recorded (RFC 5227 2.4 (b)). -Infinity: never. */
  conflictMs: number;
  /** The station that has the address too; undefined: none is known. */
  rival: MacAddress | undefined;
}

/** An address in use that nobody has contested. */
export function createClaim(address: IpAddress): AddressClaim {
  return {
    address,
    state: 'preferred',
    probes: 0,
    announcements: 0,
    deadlineMs: Number.POSITIVE_INFINITY,
    conflictMs: Number.NEGATIVE_INFINITY,
    rival: undefined,
  };
}
