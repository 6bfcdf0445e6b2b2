import { Fifo, formatIpv4, isMulticastIpv4, isUnspecified } from '@strata/wire';
import { dropUdp, tookUdp } from '../outcomes.ts';
import type { TransportIndication, TransportRequest } from '../pdu.ts';
import { firstFreePort } from '../ports.ts';
import type { CloseReason, TcpSocketOptions } from '../tcp/state/socket.ts';
import type { UdpContext } from './udp-context.ts';
import { leaveGroups, setGroup } from './udp-groups.ts';
import { drain } from './udp-input.ts';
import { type DatagramRequest, sendDatagram } from './udp-output.ts';
import { clampReceiveBuffer, type UdpSocketState } from './udp-socket.ts';

/** What the application may ask of a UDP socket. */
export type UdpRequest = Extract<
  TransportRequest,
  { kind: 'bind' | 'datagram' | 'credit' | 'close' | 'abort' | 'set-options' | 'set-group' }
>;

type BindRequest = Extract<TransportRequest, { kind: 'bind' }>;

/**
 * Does what the application asks. Requests about a socket that is gone are passed over: they
 * crossed its `closed`.
 */
export function handleUdpRequest(udp: UdpContext, request: UdpRequest, nowMs: number): void {
  if (request.kind === 'bind') {
    bind(udp, request);
    return;
  }
  const state = udp.sockets.get(request.socket);
  if (state === undefined) dropUdp(udp, 'SOCKET_CLOSE');
  else handle(udp, state, request, nowMs);
}

/** Closes all ports. */
export function closeAll(udp: UdpContext, reason: CloseReason): void {
  for (const state of [...udp.sockets.all()]) close(udp, state, reason);
}

function handle(
  udp: UdpContext,
  state: UdpSocketState,
  request: Exclude<UdpRequest, BindRequest>,
  nowMs: number,
): void {
  switch (request.kind) {
    case 'datagram':
      sendDatagram(udp, state, request satisfies DatagramRequest);
      return;
    case 'set-group':
      setGroup(udp, state, request, nowMs);
      return;
    case 'credit':
      state.creditOctets = Math.max(state.creditOctets, request.limitOctets);
      drain(udp, state);
      break;
    case 'set-options':
      setOptions(state, request.options);
      break;
    case 'close':
      close(udp, state, 'finished');
      break;
    case 'abort':
      close(udp, state, 'aborted');
      break;
  }
  tookUdp(udp);
}

function bind(udp: UdpContext, request: BindRequest): void {
  const known = udp.sockets.get(request.socket);
  if (known !== undefined) {
    dropUdp(udp, 'strata/ALREADY_DONE');
    // The bus may bring a request twice: the answer is the same.
    udp.indicate(boundIndication(known));
    return;
  }
  const refusal = checkBind(udp, request);
  const port = refusal === undefined ? choosePort(udp, request) : undefined;
  if (refusal !== undefined || port === undefined) {
    const [reason, detail] = refusal ?? (['no ports', 'all ports are in use'] as const);
    const { socket, endpoint, trace } = request;
    dropUdp(udp, 'strata/REFUSED');
    udp.indicate({ kind: 'closed', socket, endpoint, trace, reason, detail });
    return;
  }
  const state = createState(request, port, udp.sysctl.rmem_default);
  udp.sockets.add(state);
  tookUdp(udp);
  udp.indicate({ ...boundIndication(state), trace: request.trace });
}

function checkBind(
  udp: UdpContext,
  request: BindRequest,
): readonly [CloseReason, string] | undefined {
  const { address, port } = request.local;
  if (!(Number.isInteger(port) && port >= 0 && port <= 65535)) {
    return ['invalid', `port ${port}; 0 to 65,535`];
  }
  const { addresses } = udp;
  const mayBind =
    isUnspecified(address) ||
    addresses.owns(address) ||
    addresses.isBroadcast(address) ||
    isMulticastIpv4(address);
  if (!mayBind) {
    return ['address not available', `${formatIpv4(address)} is not an address of the stack`];
  }
  if (port !== 0 && udp.sockets.conflicts(request.local, request.reuseAddress ?? false)) {
    return ['address in use', `${formatIpv4(address)}:${port} is bound already`];
  }
  return undefined;
}

/**
 * The port asked for; for 0 a free one from a random place on, since who talks to anybody must not
 * be guessable (RFC 6056 3.3.1).
 */
function choosePort(udp: UdpContext, request: BindRequest): number | undefined {
  const { address, port } = request.local;
  if (port !== 0) return port;
  const range = udp.sysctl.ip_local_port_range;
  const start = Math.floor(udp.random() * (range[1] - range[0] + 1));
  return firstFreePort(
    range,
    start,
    (candidate) => !udp.sockets.conflicts({ address, port: candidate }, false),
  );
}

function close(udp: UdpContext, state: UdpSocketState, reason: CloseReason): void {
  leaveGroups(udp, state);
  udp.sockets.remove(state);
  const { socket, endpoint } = state;
  udp.indicate({ kind: 'closed', socket, endpoint, reason, detail: '' });
}

function createState(request: BindRequest, port: number, defaultOctets: number): UdpSocketState {
  return {
    socket: request.socket,
    endpoint: request.endpoint,
    local: { address: request.local.address, port },
    reuseAddress: request.reuseAddress ?? false,
    broadcast: request.broadcast ?? false,
    receiveBufferOctets: clampReceiveBuffer(request.receiveBufferOctets ?? defaultOctets),
    ttl: undefined,
    tos: 0,
    creditOctets: request.creditOctets,
    deliveredOctets: 0,
    queuedOctets: 0,
    drops: 0,
    groups: [],
    queue: new Fifo(),
  };
}

function boundIndication(state: UdpSocketState): Extract<TransportIndication, { kind: 'bound' }> {
  const { socket, endpoint, local } = state;
  return { kind: 'bound', socket, endpoint, local };
}

/** The options that mean something to UDP; the others are TCP's. */
function setOptions(state: UdpSocketState, options: TcpSocketOptions): void {
  if (options.ttl !== undefined && options.ttl >= 1 && options.ttl <= 255) state.ttl = options.ttl;
  if (options.tos !== undefined) state.tos = options.tos & 0xfc;
  if (options.receiveBufferOctets !== undefined) {
    state.receiveBufferOctets = clampReceiveBuffer(options.receiveBufferOctets);
  }
}
