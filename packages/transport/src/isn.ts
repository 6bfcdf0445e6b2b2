import { type IpAddress, writeIpv4, writeUint16, writeUint32 } from '@strata/wire';
import { sipHash24 } from './sip-hash.ts';
import type { SocketAddress } from './tcp/state/socket.ts';

/** Ticks of the ISN clock M in a millisecond: one every 4 microseconds (RFC 9293 3.4.1). */
const TICKS_PER_MS = 250;

/** The purpose of a hash, so that one use of the secret reveals nothing about another. */
const PURPOSE_SEQUENCE = 1;
const PURPOSE_TIMESTAMP = 2;
const PURPOSE_PORT = 3;
const PURPOSE_COOKIE = 4;
const PURPOSE_COOKIE_MINUTE = 5;

/**
 * The initial sequence number of a connection: M + F(local, remote, secret), 0 to 2^32 - 1 (RFC
 * 6528 3, RFC 9293 3.4.1). For the same addresses and ports it grows with time, so that a new
 * incarnation starts beyond the old one. Without the secret nobody can predict it.
 *
 * `secret`: at least 16 octets. `nowMs`: monotonic, with fractions.
 */
export function initialSequenceNumber(
  secret: Uint8Array,
  local: SocketAddress,
  remote: SocketAddress,
  nowMs: number,
): number {
  const ticks = Math.floor(nowMs * TICKS_PER_MS);
  return (ticks + hash(secret, PURPOSE_SEQUENCE, local, remote)) >>> 0;
}

/**
 * The offset of a connection's timestamp clock, 0 to 2^32 - 1. It hides the stack's uptime (RFC
 * 7323 5.4, 7.1). It depends only on the addresses, not on the ports, so that timestamps of
 * successive connections between two hosts grow: TIME-WAIT needs this (RFC 6191).
 */
export function timestampOffset(
  secret: Uint8Array,
  localAddress: IpAddress,
  remoteAddress: IpAddress,
): number {
  return hash(
    secret,
    PURPOSE_TIMESTAMP,
    { address: localAddress, port: 0 },
    { address: remoteAddress, port: 0 },
  );
}

/** The offset F(local address, remote, secret) of port choice, 0 to 2^32 - 1 (RFC 6056 3.3.3). */
export function portOffset(
  secret: Uint8Array,
  localAddress: IpAddress,
  remote: SocketAddress,
): number {
  return hash(secret, PURPOSE_PORT, { address: localAddress, port: 0 }, remote);
}

/** Masks the minute and the peer's initial sequence number in a SYN cookie, 0 to 2^32 - 1. */
export function cookieMask(
  secret: Uint8Array,
  local: SocketAddress,
  remote: SocketAddress,
): number {
  return hash(secret, PURPOSE_COOKIE, local, remote);
}

/**
 * Masks the data in a SYN cookie, for one SYN and one minute: 0 to 2^24 - 1. `irs`, `minute`: 0 to
 * 2^32 - 1.
 */
export function cookieMinuteMask(
  secret: Uint8Array,
  local: SocketAddress,
  remote: SocketAddress,
  irs: number,
  minute: number,
): number {
  const message = new Uint8Array(21);
  writeAddresses(message, PURPOSE_COOKIE_MINUTE, local, remote);
  writeUint32(message, 13, minute);
  writeUint32(message, 17, irs);
  return sipHash24(secret, message)[1] & 0xffffff;
}

/** The low half of the keyed hash of purpose, addresses and ports. */
function hash(
  secret: Uint8Array,
  purpose: number,
  local: SocketAddress,
  remote: SocketAddress,
): number {
  const message = new Uint8Array(13);
  writeAddresses(message, purpose, local, remote);
  return sipHash24(secret, message)[1];
}

function writeAddresses(
  message: Uint8Array,
  purpose: number,
  local: SocketAddress,
  remote: SocketAddress,
): void {
  writeIpv4(message, 0, local.address);
  writeUint16(message, 4, local.port);
  writeIpv4(message, 6, remote.address);
  writeUint16(message, 10, remote.port);
  message[12] = purpose;
}
