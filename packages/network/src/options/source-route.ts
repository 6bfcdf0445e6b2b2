import { type IpAddress, readIpv4, writeIpv4 } from '@strata/wire';
import { findOptions, LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE } from './ipv4-options.ts';

/** Where a source route leads from here (RFC 791 3.1). */
export interface SourceHop {
  /** A view of the option in its packet. */
  readonly option: Uint8Array;
  /** Where the option has the next hop, an index of `option`. */
  readonly at: number;
  readonly nextHop: IpAddress;
  /** No other router may be between here and there. */
  readonly isStrict: boolean;
}

/** The source route of a packet. Undefined: there is none. `options` are well formed. */
export function sourceRouteOf(options: Uint8Array): Uint8Array | undefined {
  return findOptions(options, [LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE])[0];
}

export function isStrict(option: Uint8Array): boolean {
  return option[0] === STRICT_SOURCE_ROUTE;
}

/**
 * The next hop of a packet that has come to the one before it. Addresses of our own are passed
 * over. `arrived`: the route ends here. `bad pointer`: it points to a part of an address.
 */
export function nextHopOf(
  option: Uint8Array,
  isOwn: (address: IpAddress) => boolean,
): SourceHop | 'arrived' | 'bad pointer' {
  let at = option[2]! - 1;
  for (; at + 4 <= option.byteLength; at += 4) {
    const nextHop = readIpv4(option, at);
    if (!isOwn(nextHop)) return { option, at, nextHop, isStrict: isStrict(option) };
  }
  return at < option.byteLength ? 'bad pointer' : 'arrived';
}

/**
 * Advances the route: our own address takes the place of the next hop, so that the receiver knows
 * the way back (RFC 1812 5.3.13.4).
 */
export function advance({ option, at }: SourceHop, own: IpAddress): void {
  writeIpv4(option, at, own);
  option[2] = at + 5;
}
