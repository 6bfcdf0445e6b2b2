import { PROTOCOL_TCP } from '@strata/wire';
import type { TransportProtocol } from '../protocol.ts';
import type { TcpLayer } from './tcp-layer.ts';
import type { TcpRequest, TcpRequests } from './tcp-requests.ts';
import { listTcpSockets } from './tcp-sockets.ts';
import { isSending } from './timers/run-timers.ts';

/**
 * TCP (RFC 9293) as an entry of the core's table. It takes every request that no other protocol
 * does.
 */
export function tcpProtocol(tcp: TcpLayer, requests: TcpRequests): TransportProtocol {
  return {
    number: PROTOCOL_TCP,
    name: 'tcp',
    handleSegment: (indication, nowMs) => tcp.handleSegment(indication, nowMs),
    handleError: (indication, nowMs) => tcp.handleError(indication, nowMs),
    takes: () => true,
    handleRequest: (request, nowMs) => requests.handle(request as TcpRequest, nowMs),
    isOfAllShards: ({ kind, socket }) =>
      kind === 'listen' || tcp.listeners.get(socket) !== undefined,
    handleTimeout: (nowMs) => tcp.handleTimeout(nowMs),
    nextDeadlineMs: () => tcp.nextDeadlineMs(),
    flush: (nowMs) => tcp.flush(nowMs),
    isBusy: () => isBusy(tcp),
    sockets: (filter, nowMs) => listTcpSockets(tcp, filter, nowMs),
    shutDown: (nowMs) => requests.shutDown(nowMs),
  };
}

function isBusy(tcp: TcpLayer): boolean {
  for (const tcb of tcp.sockets.values()) if (isSending(tcb)) return true;
  return false;
}
