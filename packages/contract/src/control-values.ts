/** Values of control replies to messages of protobufjs, and back. */
import { fromAddress } from './codec/envelope.ts';
import { enumValue } from './codec/meta.ts';
import type {
  AddressPrefix,
  ControlErrorCode,
  HealthInfo,
  InterfaceInfo,
  NeighbourInfo,
  NeighbourState,
  RouteInfo,
  SocketInfo,
  SocketState,
  TcpFigures,
} from './control.ts';
import type { strata } from './gen/strata.js';

// Each in the order of its enum's numbers.
const INTERFACE_KINDS: readonly InterfaceInfo['kind'][] = ['tap', 'wire', 'loopback'];
const NEIGHBOUR_STATES: readonly NeighbourState[] = [
  'incomplete',
  'reachable',
  'stale',
  'delay',
  'probe',
  'failed',
  'permanent',
];
const ROUTE_TYPES: readonly RouteInfo['type'][] = [
  'unicast',
  'local',
  'broadcast',
  'blackhole',
  'unreachable',
  'prohibit',
];
const SOCKET_STATES: readonly SocketState[] = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
  'UNCONNECTED',
];
const HEALTH_STATUSES: readonly HealthInfo['status'][] = [
  'starting',
  'ready',
  'draining',
  'failing',
];
export const CONTROL_ERROR_CODES: readonly ControlErrorCode[] = [
  'not-found',
  'out-of-range',
  'not-supported',
  'malformed',
  'failed',
];

export function toInterface(info: InterfaceInfo): strata.v1.Interface.$Properties {
  const { index, name, mac, mtu, up } = info;
  const kind = INTERFACE_KINDS.indexOf(info.kind);
  const addresses = info.addresses.map(({ address, prefixLength }) => ({ address, prefixLength }));
  return { index, name, kind, mac, mtu, up, addresses, counters: { ...info.counters } };
}

export function fromInterface(message: strata.v1.Interface.$Properties): InterfaceInfo {
  return {
    index: message.index ?? 0,
    name: message.name ?? '',
    kind: enumValue('kind', INTERFACE_KINDS, message.kind ?? 0),
    mac: message.mac ?? 0,
    mtu: message.mtu ?? 0,
    up: message.up ?? false,
    addresses: (message.addresses ?? []).map(fromPrefix),
    counters: { ...message.counters },
  };
}

function fromPrefix(message: strata.v1.Prefix.$Properties | null | undefined): AddressPrefix {
  return { address: message?.address ?? 0, prefixLength: message?.prefixLength ?? 0 };
}

export function toNeighbour(info: NeighbourInfo): strata.v1.Neighbour.$Properties {
  const { interfaceIndex, address, mac, ageMs } = info;
  const state = NEIGHBOUR_STATES.indexOf(info.state);
  return { interfaceIndex, address, mac: mac ?? null, state, ageMs: Math.round(ageMs) };
}

export function fromNeighbour(message: strata.v1.Neighbour.$Properties): NeighbourInfo {
  return {
    interfaceIndex: message.interfaceIndex ?? 0,
    address: message.address ?? 0,
    mac: message.mac ?? undefined,
    state: enumValue('state', NEIGHBOUR_STATES, message.state ?? 0),
    ageMs: message.ageMs ?? 0,
  };
}

export function toRoute(info: RouteInfo): strata.v1.Route.$Properties {
  const { address, prefixLength } = info.destination;
  const { gateway, interfaceIndex, metric, preferredSource } = info;
  const type = ROUTE_TYPES.indexOf(info.type);
  const destination = { address, prefixLength };
  return { destination, gateway, interfaceIndex, metric, preferredSource, type };
}

export function fromRoute(message: strata.v1.Route.$Properties): RouteInfo {
  return {
    destination: fromPrefix(message.destination),
    gateway: message.gateway ?? 0,
    interfaceIndex: message.interfaceIndex ?? 0,
    metric: message.metric ?? 0,
    preferredSource: message.preferredSource ?? 0,
    type: enumValue('type', ROUTE_TYPES, message.type ?? 0),
  };
}

export function toSocket(info: SocketInfo): strata.v1.SocketEntry.$Properties {
  const { socket, protocol, local, remote, receiveQueue, sendQueue, endpoint, tcp } = info;
  return {
    socket,
    protocol,
    state: SOCKET_STATES.indexOf(info.state),
    local: { address: local.address, port: local.port },
    remote: { address: remote.address, port: remote.port },
    receiveQueue,
    sendQueue,
    endpoint,
    tcp: tcp === undefined ? null : { ...tcp },
    timers: info.timers.map(({ name, ms }) => ({ name, ms })),
  };
}

export function fromSocket(message: strata.v1.SocketEntry.$Properties): SocketInfo {
  return {
    socket: message.socket ?? 0,
    protocol: message.protocol ?? 0,
    state: enumValue('state', SOCKET_STATES, message.state ?? 0),
    local: fromAddress(message.local),
    remote: fromAddress(message.remote),
    receiveQueue: message.receiveQueue ?? 0,
    sendQueue: message.sendQueue ?? 0,
    endpoint: message.endpoint ?? '',
    tcp: message.tcp ? fromFigures(message.tcp) : undefined,
    timers: (message.timers ?? []).map(({ name, ms }) => ({ name: name ?? '', ms: ms ?? 0 })),
  };
}

/** What a figure is that is absent: proto3's zero. */
const NO_FIGURES: TcpFigures = {
  sndUna: 0,
  sndNxt: 0,
  sndWnd: 0,
  rcvNxt: 0,
  rcvWnd: 0,
  srttMs: 0,
  rttvarMs: 0,
  rtoMs: 0,
  cwndOctets: 0,
  ssthreshOctets: 0,
  mss: 0,
  sendWindowScale: 0,
  receiveWindowScale: 0,
  windowScaling: false,
  timestamps: false,
  sack: false,
  ecn: false,
  congestionControl: '',
  congestionState: '',
  acknowledgedOctets: 0,
  inFlightOctets: 0,
  sendableOctets: 0,
  unsendableOctets: 0,
  receivedOctets: 0,
  segmentsIn: 0,
  segmentsOut: 0,
  retransmittedSegments: 0,
  retries: 0,
  timer: '',
  timerMs: 0,
  iss: 0,
  irs: 0,
  receiveMss: 0,
  advertisedMss: 0,
  pathMtu: 0,
  minRttMs: 0,
  atoMs: 0,
  ecnSeen: false,
  receiveBufferOctets: 0,
  sendBufferOctets: 0,
  sentOctets: 0,
  retransmittedOctets: 0,
  dataSegmentsIn: 0,
  dataSegmentsOut: 0,
  unackedSegments: 0,
  resentSegments: 0,
  lostSegments: 0,
  sackedSegments: 0,
  deliveredSegments: 0,
  deliveredCeSegments: 0,
  reorderingSegments: 0,
  reorderingSeen: 0,
  duplicateAcks: 0,
  duplicateSacks: 0,
  outOfOrder: 0,
  ageMs: 0,
  sinceSentMs: 0,
  sinceReceivedMs: 0,
  sinceAckMs: 0,
  pacingRate: 0,
  maxPacingRate: 0,
  deliveryRate: 0,
  appLimited: false,
  busyMs: 0,
  receiveWindowLimitedMs: 0,
  sendBufferLimitedMs: 0,
  receiverRttMs: 0,
  receiveSpaceOctets: 0,
};

function fromFigures(message: strata.v1.TcpFigures.$Properties): TcpFigures {
  const figures: Record<string, unknown> = { ...NO_FIGURES };
  const given: Record<string, unknown> = { ...message };
  for (const name of Object.keys(NO_FIGURES)) figures[name] = given[name] ?? figures[name];
  return figures as unknown as TcpFigures;
}

export function toHealth(info: HealthInfo): strata.v1.Health.$Properties {
  const { layer, version, uptimeMs, detail, instance } = info;
  const status = HEALTH_STATUSES.indexOf(info.status);
  const own = instance === undefined ? {} : { instance };
  return { status, layer, version, uptimeMs: Math.round(uptimeMs), detail, ...own };
}

export function fromHealth(message: strata.v1.Health.$Properties): HealthInfo {
  return {
    status: enumValue('status', HEALTH_STATUSES, message.status ?? 0),
    layer: message.layer ?? '',
    version: message.version ?? '',
    uptimeMs: message.uptimeMs ?? 0,
    detail: message.detail ?? '',
    ...(message.instance ? { instance: message.instance } : {}),
  };
}
