import type { NetworkErrorIndication, NetworkSegmentIndication } from '@strata/network';
import {
  completeSegmentChecksum,
  firstDatagram,
  isMulticastIpv4,
  isParseError,
  PROTOCOL_UDP,
  readUint16,
  UdpDatagram,
} from '@strata/wire';
import { dropUdp, tookUdp } from '../outcomes.ts';
import type { UdpContext } from './udp-context.ts';
import { readDatagramError } from './udp-error.ts';
import { takesFrom } from './udp-groups.ts';
import {
  DATAGRAM_OVERHEAD_OCTETS,
  dequeue,
  enqueue,
  hasCredit,
  type QueuedDatagram,
  type UdpSocketState,
} from './udp-socket.ts';

/** The unit of `udp_mem`, octets. */
const MEMORY_PAGE_OCTETS = 4096;

/**
 * Takes a datagram from network: verifies it, then brings it to the sockets (RFC 768, RFC 1122
 * 4.1).
 */
export function handleDatagram(udp: UdpContext, indication: NetworkSegmentIndication): void {
  const { addresses } = udp;
  const datagram = UdpDatagram.parse(indication.segment);
  const { source, destination } = indication;
  // RFC 1122 4.1.3.6: a datagram whose source is no unicast address is dropped silently.
  if (isParseError(datagram)) return dropUdp(udp, 'PKT_TOO_SMALL');
  if (isMulticastIpv4(source) || addresses.isBroadcast(source)) {
    return dropUdp(udp, 'IP_INVALID_SOURCE');
  }
  if (indication.checksum === 'complete' && !datagram.hasValidChecksum(source, destination)) {
    return dropUdp(udp, 'UDP_CSUM');
  }
  if (addresses.isBroadcast(destination) || isMulticastIpv4(destination)) {
    deliverToAll(udp, indication, datagram);
    return;
  }
  const state = udp.sockets.find(destination, datagram.destinationPort);
  if (state === undefined) reject(udp, indication);
  else deliver(udp, state, indication, datagram, false);
}

/** Processes an ICMP error about a datagram of ours. */
export function handleDatagramError(udp: UdpContext, error: NetworkErrorIndication): void {
  if (error.quoted.byteLength < 4) return dropUdp(udp, 'strata/ICMP_TOO_SHORT');
  const state = udp.sockets.find(error.source, readUint16(error.quoted, 0));
  if (state === undefined) return dropUdp(udp, 'SOCKET_CLOSE');
  const reading = readDatagramError(error);
  if (reading === undefined) return dropUdp(udp, 'strata/ICMP_TYPE_IGNORED');
  tookUdp(udp);
  if (reading.mtu !== undefined) confirmPathMtu(udp, error);
  udp.indicate({
    kind: 'error',
    socket: state.socket,
    endpoint: state.endpoint,
    reason: reading.reason,
    remote: { address: error.destination, port: readUint16(error.quoted, 2) },
    detail: reading.detail,
    mtu: reading.mtu,
  });
}

/**
 * Tells network that the quoted datagram may have been ours: a socket has its port. Ports are all
 * that UDP can check (RFC 5927 7; Linux's ipv4_sk_update_pmtu()).
 */
function confirmPathMtu(udp: UdpContext, error: NetworkErrorIndication): void {
  const { protocol, source, destination, mtu, quoted, reporter } = error;
  // A report from our own network layer repeats what it knows.
  if (udp.addresses.owns(reporter)) return;
  udp.emit({ kind: 'path-mtu', protocol, source, destination, mtu, quoted: quoted.slice(0, 4) });
}

/** Delivers waiting datagrams as far as the credit goes. */
export function drain(udp: UdpContext, state: UdpSocketState): void {
  const before = state.queuedOctets;
  for (let next = dequeue(state); next !== undefined; next = dequeue(state)) {
    indicate(udp, state, next);
  }
  udp.sockets.queuedOctets += state.queuedOctets - before;
}

function deliverToAll(
  udp: UdpContext,
  indication: NetworkSegmentIndication,
  datagram: UdpDatagram,
): void {
  const { source, destination, interfaceIndex } = indication;
  const isGroup = isMulticastIpv4(destination);
  const states = udp.sockets
    .findAll(destination, datagram.destinationPort)
    .filter((state) => !isGroup || takesFrom(udp, state, destination, interfaceIndex, source));
  if (states.length === 0) reject(udp, indication);
  for (const [i, state] of states.entries()) deliver(udp, state, indication, datagram, i > 0);
}

/**
 * Delivers a datagram, or the datagrams of a super-datagram, each of `segmentSize` octets except
 * the last. `copies`: another socket owns the bytes, so they are copied.
 */
function deliver(
  udp: UdpContext,
  state: UdpSocketState,
  indication: NetworkSegmentIndication,
  datagram: UdpDatagram,
  copies: boolean,
): void {
  const payload = datagram.payload;
  const step = indication.segmentSize === 0 ? payload.byteLength : indication.segmentSize;
  let at = 0;
  do {
    const data = payload.subarray(at, at + step);
    deliverOne(udp, state, {
      local: { address: indication.destination, port: datagram.destinationPort },
      remote: { address: indication.source, port: datagram.sourcePort },
      ttl: indication.ttl,
      data: copies ? data.slice() : data,
      trace: indication.trace,
    });
    at += step;
  } while (at < payload.byteLength);
}

function deliverOne(udp: UdpContext, state: UdpSocketState, datagram: QueuedDatagram): void {
  if (state.queue.size === 0 && hasCredit(state, datagram.data.byteLength)) {
    indicate(udp, state, datagram);
    return;
  }
  if (!hasMemory(udp, state, datagram.data.byteLength + DATAGRAM_OVERHEAD_OCTETS)) {
    state.drops += 1;
    return dropUdp(udp, 'PROTO_MEM');
  }
  const before = state.queuedOctets;
  // A copy: a view would keep the whole buffer of the datagram in memory, which the queue's limit
  // does not count.
  const { outcomes } = udp;
  if (!enqueue(state, { ...datagram, data: datagram.data.slice() })) {
    dropUdp(udp, 'SOCKET_RCVBUFF');
  } else if (outcomes.isOn) outcomes.report('queued', 'strata/SOCKET_QUEUED', state.socket);
  udp.sockets.queuedOctets += state.queuedOctets - before;
}

/**
 * Whether memory allows one more datagram: `udp_mem` limits all queues together, but each socket
 * may use `udp_rmem_min`.
 */
function hasMemory(udp: UdpContext, state: UdpSocketState, octets: number): boolean {
  const { udp_mem, udp_rmem_min } = udp.sysctl;
  const most = udp_mem[2] * MEMORY_PAGE_OCTETS;
  return udp.sockets.queuedOctets + octets <= most || state.queuedOctets + octets <= udp_rmem_min;
}

function indicate(udp: UdpContext, state: UdpSocketState, datagram: QueuedDatagram): void {
  state.deliveredOctets += datagram.data.byteLength;
  udp.counters.UdpInDatagrams += 1;
  udp.indicate({
    kind: 'datagram',
    socket: state.socket,
    endpoint: state.endpoint,
    trace: datagram.trace,
    local: datagram.local,
    remote: datagram.remote,
    ttl: datagram.ttl,
    data: datagram.data,
  });
}

/**
 * No socket has the port: the sender is told, if it sent to this host alone (RFC 1122 4.1.3.1,
 * 3.2.2).
 */
function reject(udp: UdpContext, indication: NetworkSegmentIndication): void {
  dropUdp(udp, 'NO_SOCKET');
  if (indication.cast !== 'unicast' || indication.header === undefined) return;
  // RFC 792: quote the datagram as it would be on the sender's wire. If the sender left the
  // checksum or the segmentation to its device, complete it first.
  let { header, segment } = indication;
  if (indication.segmentSize > 0) {
    ({ header, segment } = firstDatagram(header, segment, indication.segmentSize));
  } else if (indication.checksum === 'partial') {
    completeSegmentChecksum(segment, PROTOCOL_UDP);
  }
  const { outcomes } = udp;
  if (outcomes.isOn) outcomes.purpose('answered', 'strata/PORT_UNREACHABLE');
  udp.emit({
    kind: 'reject',
    code: 'port unreachable',
    header,
    cast: indication.cast,
    interfaceIndex: indication.interfaceIndex,
    segment,
    trace: indication.trace,
  });
}
