import { networkOf } from '@strata/wire';
import type { InterfaceAddress } from './interface.ts';

/** Whether the address is the second or a later one of its subnet: the first is the primary one. */
export function isSecondary(
  addresses: readonly InterfaceAddress[],
  { address, prefixLength }: InterfaceAddress,
): boolean {
  const first = addresses.find((own) => isOfSubnet(own, address, prefixLength));
  return first !== undefined && first.address !== address;
}

/** The addresses with one more, behind the others. Undefined: it is there. */
export function withAddress(
  addresses: readonly InterfaceAddress[],
  added: InterfaceAddress,
): InterfaceAddress[] | undefined {
  return addresses.some((own) => isEqual(own, added)) ? undefined : [...addresses, added];
}

/**
 * The addresses without this one. A primary address takes the others of its subnet along, as in
 * Linux without `promote_secondaries`. `prefixLength` 32: with any prefix, as `ip addr del` of a
 * bare address. Undefined: it is not there.
 */
export function withoutAddress(
  addresses: readonly InterfaceAddress[],
  { address, prefixLength }: InterfaceAddress,
): InterfaceAddress[] | undefined {
  const gone =
    addresses.find((own) => isEqual(own, { address, prefixLength })) ??
    (prefixLength === 32 ? addresses.find((own) => own.address === address) : undefined);
  if (gone === undefined) return undefined;
  const isPrimary = !isSecondary(addresses, gone);
  return addresses.filter(
    (own) => own !== gone && !(isPrimary && isOfSubnet(own, gone.address, gone.prefixLength)),
  );
}

function isEqual(one: InterfaceAddress, other: InterfaceAddress): boolean {
  return one.address === other.address && one.prefixLength === other.prefixLength;
}

function isOfSubnet(
  own: InterfaceAddress,
  address: InterfaceAddress['address'],
  prefixLength: number,
): boolean {
  const network = networkOf(address, prefixLength);
  return own.prefixLength === prefixLength && networkOf(own.address, prefixLength) === network;
}
