import { PROTOCOL_TCP } from '@strata/wire';
import { tcpHandover } from '../handover/tcp-handover.ts';
import type { TransportProtocol } from '../protocol.ts';
import { flushTcp, handleTcpError, handleTcpSegment, handleTcpTimeout } from './tcp-layer.ts';
import { handleTcpRequest, shutDownTcp, type TcpRequest } from './tcp-requests.ts';
import { listTcpSockets } from './tcp-sockets.ts';
import type { TcpLayer } from './tcp-tables.ts';
import { isSending } from './timers/run-timers.ts';

/**
 * TCP (RFC 9293) as an entry of the core's table. It takes every request that no other protocol
 * does.
 */
export function tcpProtocol(tcp: TcpLayer): TransportProtocol {
  return {
    number: PROTOCOL_TCP,
    name: 'tcp',
    handleSegment: (indication, nowMs) => handleTcpSegment(tcp, indication, nowMs),
    handleError: (indication, nowMs) => handleTcpError(tcp, indication, nowMs),
    takes: () => true,
    handleRequest: (request, nowMs) => handleTcpRequest(tcp, request as TcpRequest, nowMs),
    isOfAllShards: ({ kind, socket }) =>
      kind === 'listen' || tcp.tables.listeners.get(socket) !== undefined,
    handleTimeout: (nowMs) => handleTcpTimeout(tcp, nowMs),
    nextDeadlineMs: () => tcp.tables.timers.nextMs(),
    flush: (nowMs) => flushTcp(tcp, nowMs),
    isBusy: () => isBusy(tcp),
    sockets: (filter, nowMs) => listTcpSockets(tcp, filter, nowMs),
    handover: tcpHandover(tcp),
    shutDown: (nowMs) => shutDownTcp(tcp, nowMs),
  };
}

function isBusy(tcp: TcpLayer): boolean {
  for (const tcb of tcp.tables.sockets.values()) if (isSending(tcb)) return true;
  return false;
}
