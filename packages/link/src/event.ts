import type { IpAddress, MacAddress } from '@strata/wire';

/**
 * What people should hear of an address of ours.
 *
 * - `conflict`: another station has it too; we keep it (RFC 5227 2.4). At most one in 10 s.
 * - `duplicate`: another station has it; we have given it up, or never used it.
 * - `preferred`: the probes found no other station; it is in use (RFC 5227 2.3).
 */
export interface LinkEvent {
  readonly kind: 'conflict' | 'duplicate' | 'preferred';
  readonly interfaceIndex: number;
  readonly address: IpAddress;
  /** The other station. Undefined of `preferred`. */
  readonly rival: MacAddress | undefined;
}
