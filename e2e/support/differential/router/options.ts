import { writeIpv4 } from '@strata/wire';
import type { Made } from './packets.ts';

const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LOOSE = 131;
const STRICT = 137;

/** Octets as they are given. */
export function raw(...octets: number[]): Made {
  return () => Uint8Array.from(octets);
}

/** Several options, one behind the other. */
export function several(...options: readonly Made[]): Made {
  return (places) => Uint8Array.from(options.flatMap((one) => [...one(places)]));
}

/** Router alert (RFC 2113). */
export const ROUTER_ALERT = raw(148, 4, 0, 0);
export const NO_OPERATION = raw(1);

/** Record route with so much room; `filled`: the addresses that are there. */
export function recordRoute(slots: number, filled: readonly string[] = []): Made {
  return withAddresses(RECORD_ROUTE, slots, filled, 4 + filled.length * 4);
}

/** A source route over `hops`; the first `passed` ones have been there. */
export function sourceRoute(kind: 'loose' | 'strict', hops: readonly string[], passed = 0): Made {
  return withAddresses(kind === 'loose' ? LOOSE : STRICT, hops.length, hops, 4 + passed * 4);
}

function withAddresses(
  type: number,
  slots: number,
  addresses: readonly string[],
  pointer: number,
): Made {
  return (places) => {
    const option = new Uint8Array(3 + slots * 4);
    option.set([type, option.byteLength, pointer]);
    for (const [at, one] of addresses.entries()) writeIpv4(option, 3 + at * 4, places.address(one));
    return option;
  };
}

/** A timestamp option. `flag`: 0 times, 1 addresses and times, 3 times of these `addresses`. */
export function timestamp(
  flag: number,
  slots: number,
  { addresses = [], pointer = 5, overflow = 0 }: TimestampFields = {},
): Made {
  return (places) => {
    const entryOctets = flag === 0 ? 4 : 8;
    const option = new Uint8Array(4 + slots * entryOctets);
    option.set([TIMESTAMP, option.byteLength, pointer, (overflow << 4) | flag]);
    for (const [at, one] of addresses.entries()) writeIpv4(option, 4 + at * 8, places.address(one));
    return option;
  };
}

export interface TimestampFields {
  readonly addresses?: readonly string[];
  readonly pointer?: number;
  readonly overflow?: number;
}
