/**
 * Other addresses and ports in a packet, in place, with the checksums brought up to date without a
 * look at the data (RFC 1624 3), as address translation needs it (RFC 3022 4.1).
 */
import { type IpAddress, writeIpv4 } from '../address.ts';
import { readUint16, writeUint16 } from '../bytes.ts';
import { checksumFold } from '../checksum.ts';
import {
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_OCTETS,
  ICMP_TIMESTAMP_REPLY,
  ICMP_TIMESTAMP_REQUEST,
} from '../icmp.ts';
import { emitIpv4Checksum, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../ipv4.ts';
import type { ChecksumState } from './pdu.ts';

/**
 * An address and a port. Of an ICMP query the port of the side that asks is the identifier; the
 * other side has none.
 */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** Where a protocol's ports and checksum are, counted from its header. */
interface Layout {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly checksum: number;
  /** Whether the checksum covers the addresses (the pseudo-header). */
  readonly coversAddresses: boolean;
}

const LAYOUTS: Readonly<Record<number, Layout>> = {
  [PROTOCOL_TCP]: { sourcePort: 0, destinationPort: 2, checksum: 16, coversAddresses: true },
  [PROTOCOL_UDP]: { sourcePort: 0, destinationPort: 2, checksum: 6, coversAddresses: true },
  [PROTOCOL_ICMP]: { sourcePort: 4, destinationPort: 4, checksum: 2, coversAddresses: false },
};

/**
 * Writes another source into the packet. `checksum`: the state of the transport checksum. Only the
 * first octets of a packet may be there, as in an ICMP error: what is missing is not written.
 */
export function rewriteSource(bytes: Uint8Array, source: Endpoint, checksum: ChecksumState): void {
  rewrite(bytes, 12, 'sourcePort', source, checksum);
}

/** Writes another destination into the packet, as {@link rewriteSource} does. */
export function rewriteDestination(
  bytes: Uint8Array,
  destination: Endpoint,
  checksum: ChecksumState,
): void {
  rewrite(bytes, 16, 'destinationPort', destination, checksum);
}

function rewrite(
  bytes: Uint8Array,
  addressAt: number,
  which: 'sourcePort' | 'destinationPort',
  { address, port }: Endpoint,
  checksum: ChecksumState,
): void {
  const at = (bytes[0]! & 15) * 4;
  const before = readUint16(bytes, addressAt) + readUint16(bytes, addressAt + 2);
  writeIpv4(bytes, addressAt, address);
  const after = readUint16(bytes, addressAt) + readUint16(bytes, addressAt + 2);
  emitIpv4Checksum(bytes);
  const protocol = bytes[9]!;
  const layout = LAYOUTS[protocol];
  if (layout === undefined || at + ICMP_HEADER_OCTETS > bytes.byteLength) return;
  if (protocol === PROTOCOL_ICMP && portOfQuery(bytes[at]!) !== which) return;
  const portAt = at + layout[which];
  const oldPort = readUint16(bytes, portAt);
  writeUint16(bytes, portAt, port);
  const sumAt = at + layout.checksum;
  if (sumAt + 2 > bytes.byteLength) return;
  const covered = layout.coversAddresses;
  if (checksum === 'partial') {
    // The field holds the sum of the pseudo-header: the ports are added by whoever completes it.
    if (covered) addTo(bytes, sumAt, before, after, false);
    return;
  }
  // RFC 768: 0 says that there is no checksum.
  if (protocol === PROTOCOL_UDP && readUint16(bytes, sumAt) === 0) return;
  addTo(bytes, sumAt, oldPort + (covered ? before : 0), port + (covered ? after : 0), true);
  if (protocol === PROTOCOL_UDP && readUint16(bytes, sumAt) === 0)
    writeUint16(bytes, sumAt, 0xffff);
}

/** Which side's port the identifier of an ICMP message is; undefined: it has none. */
function portOfQuery(type: number): 'sourcePort' | 'destinationPort' | undefined {
  if (type === ICMP_ECHO_REQUEST || type === ICMP_TIMESTAMP_REQUEST) return 'sourcePort';
  if (type === ICMP_ECHO_REPLY || type === ICMP_TIMESTAMP_REPLY) return 'destinationPort';
  return undefined;
}

/** Takes words out of the sum at `at`, and adds others. `before` and `after` are sums of words. */
function addTo(
  bytes: Uint8Array,
  at: number,
  before: number,
  after: number,
  isInverted: boolean,
): void {
  const field = readUint16(bytes, at);
  const sum = isInverted ? ~field & 0xffff : field;
  const changed = checksumFold(sum + (~checksumFold(before) & 0xffff) + after);
  writeUint16(bytes, at, isInverted ? ~changed & 0xffff : changed);
}
