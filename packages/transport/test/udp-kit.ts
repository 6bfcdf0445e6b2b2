import type {
  NetworkErrorIndication,
  NetworkRequest,
  NetworkSegmentIndication,
} from '@strata/network';
import {
  allocateWithHeadroom,
  emitUdpHeader,
  type IpAddress,
  OutcomeLog,
  PROTOCOL_UDP,
  parseIpv4,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { LocalAddresses } from '../src/addresses.ts';
import type { TransportPdu } from '../src/context.ts';
import { createTransportCounters } from '../src/counters.ts';
import type { TransportIndication, TransportRequest } from '../src/pdu.ts';
import { Shards } from '../src/shards.ts';
import { defaultTransportSysctl, type TransportSysctl } from '../src/sysctl.ts';
import type { SocketId } from '../src/tcp/state/socket.ts';
import { udpProtocol } from '../src/udp/udp-protocol.ts';
import type { UdpRequest } from '../src/udp/udp-requests.ts';
import { UdpTable } from '../src/udp/udp-table.ts';

export const ip = (text: string) => parseIpv4(text)!;
export const HERE = ip('192.0.2.2');
export const SECOND = ip('10.0.0.2');
export const PEER = ip('192.0.2.1');
export const SUBNET_BROADCAST = ip('192.0.2.255');
const HEADER = new Uint8Array(20).fill(0x45);

export const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
export const bytes = (value: string) => new TextEncoder().encode(value);

export type Bind = Extract<TransportRequest, { kind: 'bind' }>;
export type Datagram = Extract<TransportRequest, { kind: 'datagram' }>;

/** UDP with two addresses, 192.0.2.2/24 and 10.0.0.2/8, and what came out of it. */
export function createUdp(sysctl: Partial<TransportSysctl> = {}) {
  const sent: NetworkRequest[] = [];
  const told: TransportIndication[] = [];
  const context = {
    sysctl: { ...defaultTransportSysctl(), ...sysctl },
    counters: createTransportCounters(),
    outcomes: new OutcomeLog<TransportPdu>('transport'),
    addresses: new LocalAddresses([
      { address: HERE, prefixLength: 24, mtuOctets: 1500, interfaceIndex: 1 },
      { address: SECOND, prefixLength: 8, mtuOctets: 1500, interfaceIndex: 2 },
    ]),
    secret: new Uint8Array(16),
    startedAtMs: 0,
    maxPduOctets: 65535,
    shards: new Shards(undefined),
    allocate: allocateWithHeadroom,
    random: () => 0.5,
    emit: (request: NetworkRequest) => void sent.push(request),
    indicate: (indication: TransportIndication) => void told.push(indication),
  };
  const sockets = new UdpTable();
  const protocol = udpProtocol({ ...context, sockets });
  const udp = {
    handleSegment: protocol.handleSegment,
    handleError: (error: NetworkErrorIndication) => protocol.handleError(error, 0),
    handleRequest: (request: UdpRequest) => protocol.handleRequest(request, 0),
    handleTimeout: protocol.handleTimeout,
    nextDeadlineMs: protocol.nextDeadlineMs,
    shutDown: () => protocol.shutDown(0),
    owns: (socket: SocketId) => sockets.get(socket) !== undefined,
    sockets: () =>
      Array.from(sockets.all(), ({ socket, endpoint, local, queuedOctets, drops }) => {
        return { socket, endpoint, local, queuedOctets, drops };
      }),
  };

  return {
    udp,
    context,
    counters: context.counters,
    sent,
    told,
    /** The indications since the last call. */
    take: () => told.splice(0),
    bind: (socket: SocketId, address: IpAddress, port: number, more: Partial<Bind> = {}) =>
      udp.handleRequest({
        kind: 'bind',
        socket,
        endpoint: 'app',
        local: { address, port },
        creditOctets: 1_000_000,
        ...more,
      }),
    send: (socket: SocketId, address: IpAddress, port: number, more: Partial<Datagram> = {}) =>
      udp.handleRequest({
        kind: 'datagram',
        socket,
        source: UNSPECIFIED_IPV4,
        remote: { address, port },
        data: bytes('hello'),
        ...more,
      }),
    arrive: (indication: Partial<NetworkSegmentIndication>) =>
      udp.handleSegment(
        { ...datagramFrom(PEER, HERE, 4000, 53, bytes('hello')), ...indication },
        0,
      ),
  };
}

/** A datagram as the network layer indicates it, with a correct checksum. */
export function datagramFrom(
  source: IpAddress,
  destination: IpAddress,
  sourcePort: number,
  destinationPort: number,
  data: Uint8Array,
): NetworkSegmentIndication {
  const segment = allocateWithHeadroom(8 + data.byteLength);
  segment.set(data, 8);
  emitUdpHeader(segment, source, destination, sourcePort, destinationPort);
  return {
    kind: 'segment',
    source,
    destination,
    protocol: PROTOCOL_UDP,
    ttl: 57,
    tos: 0,
    interfaceIndex: 1,
    cast: 'unicast',
    header: HEADER,
    segment,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  };
}
