/** Converts the values of control replies to messages of protobufjs, and back. */
import type { SocketEntry, TcpFigures } from '@strata/transport';
import { ipv4Address, ipv4Bits } from '@strata/wire';
import { checkRange, enumValue } from './codec/reader.ts';
import type {
  AddressPrefix,
  AddressState,
  ControlErrorCode,
  HealthInfo,
  InterfaceFeatures,
  InterfaceInfo,
  SocketFilter,
} from './control.ts';
import { NAMES_SocketState as SOCKET_STATES } from './gen/codecs.ts';
import type { strata } from './gen/strata.js';

// Each list is in the order of its enum's numbers.
const INTERFACE_KINDS: readonly InterfaceInfo['kind'][] = ['tap', 'wire', 'loopback'];
const ADDRESS_STATES: readonly AddressState[] = ['preferred', 'tentative', 'duplicate'];
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
  'exists',
];

export function toInterface(info: InterfaceInfo): strata.v1.Interface.$Properties {
  const { index, name, mac, mtu, up, noArp, maxMtu } = info;
  const kind = INTERFACE_KINDS.indexOf(info.kind);
  const addresses = info.addresses.map(toPrefix);
  const addressStates = (info.addressStates ?? []).map((state) => ADDRESS_STATES.indexOf(state));
  const counters = { ...info.counters };
  const more = { addressStates, noArp, maxMtu };
  return { index, name, kind, mac, mtu, up, addresses, counters, ...more };
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
    ...fromAddressStates(message.addressStates ?? []),
    counters: { ...message.counters },
    noArp: message.noArp ?? false,
    maxMtu: message.maxMtu ?? 0,
  };
}

function fromAddressStates(numbers: readonly number[]): Pick<InterfaceInfo, 'addressStates'> {
  if (numbers.length === 0) return {};
  return {
    addressStates: numbers.map((state) => enumValue('address_state', ADDRESS_STATES, state)),
  };
}

export function toFeatures(info: InterfaceFeatures): strata.v1.InterfaceFeatures.$Properties {
  const { name, kind, features } = info;
  return { name, kind: INTERFACE_KINDS.indexOf(kind), features: features.map((it) => ({ ...it })) };
}

export function fromFeatures(message: strata.v1.InterfaceFeatures.$Properties): InterfaceFeatures {
  return {
    name: message.name ?? '',
    kind: enumValue('kind', INTERFACE_KINDS, message.kind ?? 0),
    features: (message.features ?? []).map(({ name, active, requested, fixed }) => ({
      name: name ?? '',
      active: active ?? false,
      requested: requested ?? false,
      fixed: fixed ?? false,
    })),
  };
}

export function toPrefix({ address, prefixLength }: AddressPrefix): strata.v1.Prefix.$Properties {
  return { address: ipv4Bits(address), prefixLength };
}

export function fromPrefix(
  message: strata.v1.Prefix.$Properties | null | undefined,
): AddressPrefix {
  return { address: ipv4Address(message?.address ?? 0), prefixLength: message?.prefixLength ?? 0 };
}

export function toSocketFilter({
  socket,
  protocol,
  states,
}: SocketFilter): strata.v1.SocketsGet.$Properties {
  return {
    socket: socket ?? 0,
    protocol: protocol ?? 0,
    states: (states ?? []).map((state) => SOCKET_STATES.indexOf(state)),
  };
}

export function fromSocketFilter(message: strata.v1.SocketsGet.$Properties): SocketFilter {
  const { socket, protocol, states } = message;
  return {
    ...(socket ? { socket } : {}),
    ...(protocol ? { protocol } : {}),
    ...(states?.length
      ? { states: states.map((state) => enumValue('states', SOCKET_STATES, state)) }
      : {}),
  };
}

export function toSocket(info: SocketEntry): strata.v1.SocketEntry.$Properties {
  const { socket, protocol, local, remote, receiveQueue, sendQueue, endpoint, tcp } = info;
  return {
    socket,
    protocol,
    state: SOCKET_STATES.indexOf(info.state),
    local: toAddress(local),
    remote: toAddress(remote),
    receiveQueue,
    sendQueue,
    endpoint,
    tcp: tcp ?? null,
    timers: info.timers.map(({ name, ms }) => ({ name, ms })),
  };
}

function toAddress({ address, port }: SocketEntry['local']): strata.v1.SocketAddress.$Properties {
  return { address: ipv4Bits(address), port };
}

function fromAddress(
  message: strata.v1.SocketAddress.$Properties | null | undefined,
): SocketEntry['local'] {
  const port = message?.port ?? 0;
  checkRange('port', port, 0, 65535);
  return { address: ipv4Address(message?.address ?? 0), port };
}

export function fromSocket(message: strata.v1.SocketEntry.$Properties): SocketEntry {
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

/**
 * One object literal, so that V8 gives the object a fixed shape. With so many fields, assignments
 * or a spread would make the object a hash table.
 */
function fromFigures(message: strata.v1.TcpFigures.$Properties): TcpFigures {
  return {
    sndUna: message.sndUna ?? 0,
    sndNxt: message.sndNxt ?? 0,
    sndWnd: message.sndWnd ?? 0,
    rcvNxt: message.rcvNxt ?? 0,
    rcvWnd: message.rcvWnd ?? 0,
    srttMs: message.srttMs ?? 0,
    rttvarMs: message.rttvarMs ?? 0,
    rtoMs: message.rtoMs ?? 0,
    cwndOctets: message.cwndOctets ?? 0,
    ssthreshOctets: message.ssthreshOctets ?? 0,
    mss: message.mss ?? 0,
    sendWindowScale: message.sendWindowScale ?? 0,
    receiveWindowScale: message.receiveWindowScale ?? 0,
    windowScaling: message.windowScaling ?? false,
    timestamps: message.timestamps ?? false,
    sack: message.sack ?? false,
    ecn: message.ecn ?? false,
    congestionControl: message.congestionControl ?? '',
    congestionState: message.congestionState ?? '',
    acknowledgedOctets: message.acknowledgedOctets ?? 0,
    inFlightOctets: message.inFlightOctets ?? 0,
    sendableOctets: message.sendableOctets ?? 0,
    unsendableOctets: message.unsendableOctets ?? 0,
    receivedOctets: message.receivedOctets ?? 0,
    segmentsIn: message.segmentsIn ?? 0,
    segmentsOut: message.segmentsOut ?? 0,
    retransmittedSegments: message.retransmittedSegments ?? 0,
    retries: message.retries ?? 0,
    timer: message.timer ?? '',
    timerMs: message.timerMs ?? 0,
    iss: message.iss ?? 0,
    irs: message.irs ?? 0,
    receiveMss: message.receiveMss ?? 0,
    advertisedMss: message.advertisedMss ?? 0,
    pathMtu: message.pathMtu ?? 0,
    minRttMs: message.minRttMs ?? 0,
    atoMs: message.atoMs ?? 0,
    ecnSeen: message.ecnSeen ?? false,
    receiveBufferOctets: message.receiveBufferOctets ?? 0,
    sendBufferOctets: message.sendBufferOctets ?? 0,
    sentOctets: message.sentOctets ?? 0,
    retransmittedOctets: message.retransmittedOctets ?? 0,
    dataSegmentsIn: message.dataSegmentsIn ?? 0,
    dataSegmentsOut: message.dataSegmentsOut ?? 0,
    unackedSegments: message.unackedSegments ?? 0,
    resentSegments: message.resentSegments ?? 0,
    lostSegments: message.lostSegments ?? 0,
    sackedSegments: message.sackedSegments ?? 0,
    deliveredSegments: message.deliveredSegments ?? 0,
    deliveredCeSegments: message.deliveredCeSegments ?? 0,
    reorderingSegments: message.reorderingSegments ?? 0,
    reorderingSeen: message.reorderingSeen ?? 0,
    duplicateAcks: message.duplicateAcks ?? 0,
    duplicateSacks: message.duplicateSacks ?? 0,
    outOfOrder: message.outOfOrder ?? 0,
    ageMs: message.ageMs ?? 0,
    sinceSentMs: message.sinceSentMs ?? 0,
    sinceReceivedMs: message.sinceReceivedMs ?? 0,
    sinceAckMs: message.sinceAckMs ?? 0,
    pacingRate: message.pacingRate ?? 0,
    maxPacingRate: message.maxPacingRate ?? 0,
    deliveryRate: message.deliveryRate ?? 0,
    appLimited: message.appLimited ?? false,
    busyMs: message.busyMs ?? 0,
    receiveWindowLimitedMs: message.receiveWindowLimitedMs ?? 0,
    sendBufferLimitedMs: message.sendBufferLimitedMs ?? 0,
    receiverRttMs: message.receiverRttMs ?? 0,
    receiveSpaceOctets: message.receiveSpaceOctets ?? 0,
  };
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
