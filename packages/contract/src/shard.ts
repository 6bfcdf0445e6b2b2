/**
 * The shard of a flow, one of 64. A flow keeps its order and its owner because its shard does not
 * depend on the number of replicas. proto/strata/v1/pdu.proto defines the hash and its rules;
 * shard-vectors.json has vectors. Local is the stack's own side.
 */
import {
  hasPorts,
  ICMP_HEADER_OCTETS,
  IPV4_MIN_HEADER_OCTETS,
  type IpAddress,
  ipv4Bits,
  isIcmpError,
  PROTOCOL_ICMP,
  readIpv4,
  readUint16,
  SHARDS,
} from '@strata/wire';

export { SHARDS };

/** The direction of a packet: `in` to the stack, `out` of it. */
export type PacketDirection = 'in' | 'out';

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function add8(hash: number, octet: number): number {
  return Math.imul(hash ^ octet, FNV_PRIME);
}

function add16(hash: number, value: number): number {
  return add8(add8(hash, value >>> 8), value & 255);
}

function add32(hash: number, value: number): number {
  return add16(add16(hash, value >>> 16), value & 0xffff);
}

function addAddresses(first: IpAddress, second: IpAddress, protocol: number): number {
  return add8(add32(add32(FNV_BASIS, ipv4Bits(first)), ipv4Bits(second)), protocol);
}

/** The lowest six bits of MurmurHash3's finalizer. */
function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) & (SHARDS - 1);
}

/** The shard, 0 to 63, of a TCP or UDP flow. It is the same for both directions. */
export function shardOfFlow(
  protocol: number,
  localAddress: IpAddress,
  localPort: number,
  remoteAddress: IpAddress,
  remotePort: number,
): number {
  const hash = addAddresses(localAddress, remoteAddress, protocol);
  return finish(add16(add16(hash, localPort), remotePort));
}

/** The shard of a fragment. All fragments of a datagram have the same. */
export function shardOfFragment(
  source: IpAddress,
  destination: IpAddress,
  protocol: number,
  identification: number,
): number {
  const hash = addAddresses(source, destination, protocol);
  return finish(add16(hash, identification));
}

/** The shard of a packet without ports. */
export function shardOfAddresses(
  protocol: number,
  localAddress: IpAddress,
  remoteAddress: IpAddress,
): number {
  return finish(addAddresses(localAddress, remoteAddress, protocol));
}

/** The shard of an ICMP message. An error has the shard of the packet that it quotes. */
function shardOfIcmp(
  localAddress: IpAddress,
  remoteAddress: IpAddress,
  message: Uint8Array,
  direction: PacketDirection,
): number {
  const at = ICMP_HEADER_OCTETS;
  if (message.byteLength < at + IPV4_MIN_HEADER_OCTETS || !isIcmpError(message[0]!)) {
    return shardOfAddresses(PROTOCOL_ICMP, localAddress, remoteAddress);
  }
  const headerOctets = (message[at]! & 15) * 4;
  if (
    message[at]! >>> 4 !== 4 ||
    headerOctets < IPV4_MIN_HEADER_OCTETS ||
    at + headerOctets > message.byteLength
  ) {
    return shardOfAddresses(PROTOCOL_ICMP, localAddress, remoteAddress);
  }
  const hasOffset = (readUint16(message, at + 6) & 0x1fff) !== 0;
  const portsAt = hasOffset ? message.byteLength : at + headerOctets;
  // The quoted packet went in the direction opposite to the error's.
  return shardOfPorts(message, at, portsAt, direction === 'out' ? 'in' : 'out');
}

/**
 * The shard of the IPv4 packet whose header is at `at`. It depends on the ports at `portsAt`, if
 * the bytes reach that far.
 */
function shardOfPorts(
  bytes: Uint8Array,
  at: number,
  portsAt: number,
  direction: PacketDirection,
): number {
  const protocol = bytes[at + 9]!;
  const source = readIpv4(bytes, at + 12);
  const destination = readIpv4(bytes, at + 16);
  const local = direction === 'out' ? source : destination;
  const remote = direction === 'out' ? destination : source;
  if (!hasPorts(protocol) || portsAt + 4 > bytes.byteLength) {
    return shardOfAddresses(protocol, local, remote);
  }
  const sourcePort = readUint16(bytes, portsAt);
  const destinationPort = readUint16(bytes, portsAt + 2);
  return direction === 'out'
    ? shardOfFlow(protocol, local, sourcePort, remote, destinationPort)
    : shardOfFlow(protocol, local, destinationPort, remote, sourcePort);
}

/**
 * The shard of an IPv4 packet: its flow's, or its datagram's if it is a fragment. 0 for bytes that
 * are not an IPv4 packet.
 */
export function shardOfPacket(packet: Uint8Array, direction: PacketDirection): number {
  if (packet.byteLength < IPV4_MIN_HEADER_OCTETS || packet[0]! >>> 4 !== 4) return 0;
  const headerOctets = (packet[0]! & 15) * 4;
  if (headerOctets < IPV4_MIN_HEADER_OCTETS) return 0;
  const protocol = packet[9]!;
  if ((readUint16(packet, 6) & 0x3fff) !== 0) {
    const source = readIpv4(packet, 12);
    return shardOfFragment(source, readIpv4(packet, 16), protocol, readUint16(packet, 4));
  }
  if (protocol === PROTOCOL_ICMP && headerOctets <= packet.byteLength) {
    const source = readIpv4(packet, 12);
    const destination = readIpv4(packet, 16);
    const local = direction === 'out' ? source : destination;
    const remote = direction === 'out' ? destination : source;
    return shardOfIcmp(local, remote, packet.subarray(headerOctets), direction);
  }
  return shardOfPorts(packet, 0, headerOctets, direction);
}

/** The shard of a segment, datagram or ICMP message without its IPv4 header. */
export function shardOfSegment(
  protocol: number,
  localAddress: IpAddress,
  remoteAddress: IpAddress,
  segment: Uint8Array,
  direction: PacketDirection,
): number {
  if (protocol === PROTOCOL_ICMP) {
    return shardOfIcmp(localAddress, remoteAddress, segment, direction);
  }
  if (!hasPorts(protocol) || segment.byteLength < 4) {
    return shardOfAddresses(protocol, localAddress, remoteAddress);
  }
  const source = readUint16(segment, 0);
  const destination = readUint16(segment, 2);
  return direction === 'out'
    ? shardOfFlow(protocol, localAddress, source, remoteAddress, destination)
    : shardOfFlow(protocol, localAddress, destination, remoteAddress, source);
}

/** The shard of a socket: the lowest six bits of its id. */
export function shardOfSocket(socket: number): number {
  return socket % SHARDS;
}
