import type { SocketFilter, SocketInfo } from '../socket-info.ts';
import { tcpInfo } from '../tcp-info.ts';
import { sendBufferOctets } from './send/send-buffer.ts';
import type { Listener, ListenerMember } from './state/listener.ts';
import { NO_ADDRESS, type SocketId } from './state/socket.ts';
import type { Tcb } from './state/tcb.ts';
import type { TcpLayer } from './tcp-tables.ts';

/** TCP's sockets that pass the filter. */
export function listTcpSockets(
  tcp: TcpLayer,
  { socket, states }: SocketFilter,
  nowMs: number,
): SocketInfo[] {
  const isWanted = (state: SocketInfo['state']) => states?.has(state) ?? true;
  const infos: SocketInfo[] = [];
  if (isWanted('LISTEN')) infos.push(...listListeners(tcp, socket));
  for (const tcb of socket === undefined
    ? tcp.tables.sockets.values()
    : one(tcp.tables.sockets.get(socket))) {
    if (isWanted(tcb.state)) infos.push(connectionInfo(tcp, tcb, nowMs));
  }
  if (socket === undefined && WITHOUT_SOCKET.some(isWanted)) {
    infos.push(...listWithoutSocket(tcp, nowMs, isWanted));
  }
  return infos;
}

/** The states that a connection may have before it is a socket, or when it is none any more. */
const WITHOUT_SOCKET = ['SYN-RECEIVED', 'FIN-WAIT-2', 'TIME-WAIT'] as const;

function one<Value>(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : [value];
}

function listListeners(tcp: TcpLayer, only: SocketId | undefined): SocketInfo[] {
  if (only !== undefined) {
    const found = tcp.tables.listeners.get(only);
    return found === undefined ? [] : [listenerInfo(found.listener, found.member)];
  }
  return [...tcp.tables.listeners].flatMap((listener) =>
    listener.members.map((member) => listenerInfo(listener, member)),
  );
}

function listenerInfo({ local }: Listener, member: ListenerMember): SocketInfo {
  return {
    protocol: 'tcp',
    state: 'LISTEN',
    socket: member.socket,
    endpoint: member.endpoint,
    local,
    remote: NO_ADDRESS,
    receiveQueueOctets: member.waiting,
    sendQueueOctets: member.backlog,
    tcp: undefined,
    timers: [],
  };
}

function connectionInfo(tcp: TcpLayer, tcb: Tcb, nowMs: number): SocketInfo {
  const info = tcpInfo(tcp, tcb, nowMs);
  return {
    protocol: 'tcp',
    state: tcb.state,
    socket: tcb.socket,
    endpoint: tcb.endpoint,
    local: tcb.local,
    remote: tcb.remote,
    receiveQueueOctets: tcb.receive.inOrderOctets,
    sendQueueOctets: sendBufferOctets(tcb.send),
    tcp: info,
    timers: info.timers,
  };
}

/** Connections that are not a socket yet, or no longer. */
function listWithoutSocket(
  tcp: TcpLayer,
  nowMs: number,
  isWanted: (state: SocketInfo['state']) => boolean,
): SocketInfo[] {
  const infos: SocketInfo[] = [];
  for (const entry of tcp.tables.connections) {
    if (entry.kind === 'connection') continue;
    const isRequest = entry.kind === 'request';
    const state = isRequest ? 'SYN-RECEIVED' : entry.state;
    if (!isWanted(state)) continue;
    // Of who has sent no ACK yet, SYN,ACK is sent again; in FIN-WAIT-2 the wait for FIN ends too.
    const name = isRequest ? 'retransmission' : 'time-wait';
    infos.push({
      protocol: 'tcp',
      state,
      socket: 0,
      endpoint: '',
      local: entry.local,
      remote: entry.remote,
      receiveQueueOctets: 0,
      sendQueueOctets: 0,
      tcp: undefined,
      timers: [{ name, ms: Math.max(0, entry.deadlineMs - nowMs) }],
    });
  }
  return infos;
}
