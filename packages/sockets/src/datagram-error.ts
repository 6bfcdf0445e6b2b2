import type { SocketAddress, TransportIndication } from '@strata/transport';
import { LIMITED_BROADCAST_IPV4, type MtuDiscover } from '@strata/wire';
import { toAddressInfo } from './address-info.ts';
import { errorOfReason, type SocketError, systemError } from './errors.ts';

/** Largest payload of a UDP datagram over IPv4, octets. */
const MAX_DATAGRAM_OCTETS = 65507;
/**
 * A message may be cut into several datagrams: their largest size in octets, and their largest
 * number. Transport refuses more.
 */
const MAX_SEGMENT_OCTETS = 65495;
const MAX_SEGMENTS = 128;

/** Throws EINVAL for a size that datagrams cannot have; 0: a message is one datagram. */
export function checkSegmentSize(octets: number): void {
  if (Number.isInteger(octets) && octets >= 0 && octets <= MAX_SEGMENT_OCTETS) return;
  throw systemError('EINVAL', { syscall: 'setSegmentSize' });
}

/** Why a message of `octets` octets cannot be sent; undefined: it can. */
export function refusalOf(
  octets: number,
  remote: SocketAddress,
  segmentSize = octets,
  broadcast = false,
): 'EMSGSIZE' | 'EINVAL' | 'EACCES' | undefined {
  if (octets > MAX_DATAGRAM_OCTETS) return 'EMSGSIZE';
  if (octets > segmentSize * MAX_SEGMENTS) return 'EINVAL';
  if (remote.address === LIMITED_BROADCAST_IPV4 && !broadcast) return 'EACCES';
  return undefined;
}

/** Throws EINVAL for what is no way of path MTU discovery. */
export function checkMtuDiscover(how: MtuDiscover): void {
  if (!MTU_DISCOVER.has(how)) throw systemError('EINVAL', { syscall: 'setMtuDiscover' });
}

const MTU_DISCOVER: ReadonlySet<unknown> = new Set(['dont', 'want', 'do', 'probe']);

/**
 * What a datagram socket is told of a soft error; undefined: nothing. `peer`: undefined if it is
 * not connected. `how`: its path MTU discovery.
 *
 * Only connected sockets are told ICMP errors, as by Linux's __udp4_lib_err(): another socket could
 * not tell which of its datagrams the error is about. A datagram that is too long is no error for a
 * socket that lets it be fragmented; one that asks for DF is told always.
 */
export function softErrorFor(
  { remote, reason, detail, mtu }: TransportIndication & { kind: 'error' },
  peer: SocketAddress | undefined,
  how: MtuDiscover | undefined,
): SocketError | undefined {
  const isTooLong = reason === 'message too long';
  if (isTooLong && how === 'dont') return undefined;
  const asks = isTooLong && (how === 'do' || how === 'probe');
  // Transport refuses a group: no datagram has port 0.
  const isGroup = remote.port === 0;
  const isOurs = peer?.address === remote.address && peer.port === remote.port;
  if (!isGroup && !isOurs && !(asks && peer === undefined)) return undefined;
  const syscall = isGroup ? 'setsockopt' : asks ? 'send' : 'recvmsg';
  return errorOfReason(reason, { syscall, ...toAddressInfo(remote), detail, mtu });
}
