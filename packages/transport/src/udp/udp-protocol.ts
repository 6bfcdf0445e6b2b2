import { PROTOCOL_UDP } from '@strata/wire';
import { udpHandover } from '../handover/udp-handover.ts';
import type { TransportProtocol } from '../protocol.ts';
import type { SocketFilter, SocketInfo } from '../socket-info.ts';
import { NO_ADDRESS } from '../tcp/state/socket.ts';
import type { UdpContext } from './udp-context.ts';
import { repeatGroups } from './udp-groups.ts';
import { handleDatagram, handleDatagramError } from './udp-input.ts';
import { closeAll, handleUdpRequest, type UdpRequest } from './udp-requests.ts';
import type { UdpSocketState } from './udp-socket.ts';

/** UDP (RFC 768, RFC 1122 4.1) as an entry of the core's table. */
export function udpProtocol(udp: UdpContext): TransportProtocol {
  const isOpen = (socket: number) => udp.sockets.get(socket) !== undefined;
  return {
    number: PROTOCOL_UDP,
    name: 'udp',
    handleSegment: (indication) => handleDatagram(udp, indication),
    handleError: (indication) => handleDatagramError(udp, indication),
    takes: ({ kind, socket }) => kind === 'bind' || kind === 'datagram' || isOpen(socket),
    handleRequest: (request, nowMs) => handleUdpRequest(udp, request as UdpRequest, nowMs),
    isOfAllShards: ({ kind, socket }) => kind === 'bind' || isOpen(socket),
    handleTimeout: (nowMs) => repeatGroups(udp, nowMs),
    nextDeadlineMs: () => udp.sockets.repeatAtMs,
    flush() {},
    isBusy: () => false,
    sockets: (filter) => listPorts(udp, filter),
    handover: udpHandover(udp),
    shutDown: () => closeAll(udp, 'shut down'),
  };
}

function listPorts(udp: UdpContext, { socket, states }: SocketFilter): SocketInfo[] {
  if (states !== undefined && !states.has('UNCONN')) return [];
  if (socket === undefined) return Array.from(udp.sockets.all(), portInfo);
  const port = udp.sockets.get(socket);
  return port === undefined ? [] : [portInfo(port)];
}

function portInfo({ socket, endpoint, local, queuedOctets }: UdpSocketState): SocketInfo {
  return {
    protocol: 'udp',
    state: 'UNCONN',
    socket,
    endpoint,
    local,
    remote: NO_ADDRESS,
    receiveQueueOctets: queuedOctets,
    sendQueueOctets: 0,
    tcp: undefined,
    timers: [],
  };
}
