import type { SocketAddress } from '@strata/transport';
import {
  formatIpv4,
  type IpAddress,
  LOOPBACK_IPV4,
  parseIpv4,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { systemError, usageError } from './errors.ts';

/** An address as Node shows it. */
export interface AddressInfo {
  readonly address: string;
  readonly family: 'IPv4';
  readonly port: number;
}

/** The boundary's address in Node's shape. */
export function toAddressInfo(address: SocketAddress): AddressInfo {
  return { address: formatIpv4(address.address), family: 'IPv4', port: address.port };
}

/**
 * The boundary's address for a host and a port. The host is dotted decimal or `localhost`;
 * undefined, null or empty means any address. Throws a system error ENOTFOUND for another name: the
 * stack has no resolver, so use the option `lookup`.
 */
export function toSocketAddress(host: string | null | undefined, port: number): SocketAddress {
  return { address: parseHost(host), port: checkPort(port) };
}

/** The port as a number. Throws ERR_SOCKET_BAD_PORT as Node does. */
export function checkPort(port: unknown): number {
  const value = typeof port === 'string' && port.trim() !== '' ? Number(port) : port;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65535) {
    return value;
  }
  throw usageError(
    'ERR_SOCKET_BAD_PORT',
    `Port should be >= 0 and < 65536. Received ${String(port)}.`,
  );
}

function parseHost(host: string | null | undefined): IpAddress {
  if (host == null || host === '' || host === '::') return UNSPECIFIED_IPV4;
  if (host === 'localhost') return LOOPBACK_IPV4;
  const address = parseIpv4(host);
  if (address === undefined) {
    throw systemError('ENOTFOUND', { syscall: 'getaddrinfo', address: host });
  }
  return address;
}
