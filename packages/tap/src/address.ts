import {
  broadcastOf,
  formatIpv4,
  ipv4Address,
  ipv4Bits,
  isMulticastIpv4,
  isUnspecified,
  LIMITED_BROADCAST_IPV4,
  parseIpv4,
} from '@strata/wire';
import type { NativeAddress } from './addon.ts';
import { TapError } from './errors.ts';

/** An IPv4 address of the host's end. */
export interface TapAddress {
  /** Dotted decimal. */
  readonly address: string;
  /** 0 to 32. */
  readonly prefixLength: number;
  /** Dotted decimal; undefined: the network has none (a prefix of 31 or 32 bits, RFC 3021). */
  readonly broadcast: string | undefined;
}

const FORM = /^(?<address>[^/]+)\/(?<prefixLength>\d{1,2})$/;

/**
 * An address such as `192.0.2.1/24`, with the broadcast address of its network.
 *
 * @throws {TapError} `TAP_INVALID_OPTION`
 */
export function parseTapAddress(text: string, field = 'address'): NativeAddress {
  const parts = FORM.exec(text)?.groups;
  const address = parseIpv4(parts?.['address'] ?? '');
  const prefixLength = Number(parts?.['prefixLength']);
  if (address === undefined || !(prefixLength <= 32)) {
    throw new TapError(
      'TAP_INVALID_OPTION',
      `${field} is ${JSON.stringify(text)}: expected an IPv4 address with a prefix length of 0 to 32, such as 192.0.2.1/24`,
    );
  }
  const isOneStation =
    !isUnspecified(address) && !isMulticastIpv4(address) && address !== LIMITED_BROADCAST_IPV4;
  if (!isOneStation) {
    throw new TapError(
      'TAP_INVALID_OPTION',
      `${field} is ${JSON.stringify(text)}: expected the address of one station, not 0.0.0.0, a multicast group or the broadcast address`,
    );
  }
  const broadcast = prefixLength >= 31 ? 0 : ipv4Bits(broadcastOf(address, prefixLength));
  return { address: ipv4Bits(address), prefixLength, broadcast };
}

/** Converts the addon's address to text. */
export function describeAddress(native: NativeAddress): TapAddress {
  return {
    address: formatIpv4(ipv4Address(native.address)),
    prefixLength: native.prefixLength,
    broadcast: native.broadcast === 0 ? undefined : formatIpv4(ipv4Address(native.broadcast)),
  };
}
