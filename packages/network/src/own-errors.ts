import { type IpAddress, isUnspecified } from '@strata/wire';

/** An error that the stack itself makes quotes at most this many octets of our own packet. */
export const OWN_QUOTE_OCTETS = 128;

/**
 * The reporter's address in an error that the stack itself makes: the sender's own source address,
 * or `fallback` if the sender chose none.
 */
export function ownReporter(source: IpAddress, fallback: IpAddress): IpAddress {
  return isUnspecified(source) ? fallback : source;
}
