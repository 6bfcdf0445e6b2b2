/** The tuple of a packet: its flow in one direction, as Linux's nf_conntrack_tuple. */
import {
  type Endpoint,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER_OCTETS,
  ICMP_TIMESTAMP_REPLY,
  ICMP_TIMESTAMP_REQUEST,
  type Ipv4Packet,
  PROTOCOL_ICMP,
  portedProtocol,
  readUint16,
} from '@strata/wire';

export interface Tuple {
  /** 6 TCP, 17 UDP, 1 ICMP. */
  readonly protocol: number;
  /** Of an ICMP query the asking side has the identifier as its port, the other side 0. */
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/**
 * The tuple of a whole packet, or of the beginning that an ICMP error quotes. Undefined: packets of
 * this kind belong to no flow that can be translated.
 */
export function tupleOf(packet: Ipv4Packet): Tuple | undefined {
  const { protocol, bytes, headerOctets: at } = packet;
  const { source: from, destination: to } = packet;
  if (packet.isFragment && packet.fragmentOffsetOctets !== 0) return undefined;
  if (bytes.byteLength < at + ICMP_HEADER_OCTETS) return undefined;
  let ports: readonly [number, number] | undefined;
  if (portedProtocol(protocol) !== undefined) {
    ports = [readUint16(bytes, at), readUint16(bytes, at + 2)];
  } else if (protocol === PROTOCOL_ICMP) ports = queryPorts(bytes[at]!, readUint16(bytes, at + 4));
  if (ports === undefined) return undefined;
  return {
    protocol,
    source: { address: from, port: ports[0] },
    destination: { address: to, port: ports[1] },
  };
}

function queryPorts(type: number, identifier: number): readonly [number, number] | undefined {
  if (type === ICMP_ECHO_REQUEST || type === ICMP_TIMESTAMP_REQUEST) return [identifier, 0];
  if (type === ICMP_ECHO_REPLY || type === ICMP_TIMESTAMP_REPLY) return [0, identifier];
  return undefined;
}

/** The tuple of the other direction. */
export function inverse({ protocol, source, destination }: Tuple): Tuple {
  return { protocol, source: destination, destination: source };
}

export function isSameEndpoint(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port;
}
