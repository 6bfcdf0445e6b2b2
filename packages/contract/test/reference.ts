/** PDUs as protobufjs expects them: the reference for the codecs. */
import { type SessionPdu, SOCKET_STATES, type WireFrame } from '@strata/contract';
import type { LinkIndication, LinkRequest } from '@strata/link';
import type { LinkGroups, NetworkIndication, NetworkRequest } from '@strata/network';
import type {
  SocketEntry,
  TcpSocketOptions,
  TransportIndication,
  TransportRequest,
} from '@strata/transport';
import { type GroupAddress, type IpAddress, ipv4Bits, type PduMeta } from '@strata/wire';
import { strata } from '../src/gen/strata.js';

const v1 = strata.v1;

type SetGroup = Extract<TransportRequest, { kind: 'set-group' }>;

const CAST = { unicast: 0, broadcast: 1, multicast: 2 };
const CHECKSUM = { complete: 0, partial: 1, verified: 2 };
const REJECT = {
  'protocol unreachable': 0,
  'port unreachable': 1,
  'administratively prohibited': 2,
};

const MTU_DISCOVER = { dont: 0, want: 1, do: 2, probe: 3 };

const metaOf = ({ segmentSize, checksum, trace }: PduMeta) => ({
  segmentSize,
  checksum: CHECKSUM[checksum],
  trace: trace ?? null,
});

const between = ({ source, destination }: { source: IpAddress; destination: IpAddress }) => ({
  source: ipv4Bits(source),
  destination: ipv4Bits(destination),
});

function linkRequest(pdu: LinkRequest) {
  const { interfaceIndex, etherType, packet } = pdu;
  const nextHop = ipv4Bits(pdu.nextHop);
  const isForwarded = pdu.isForwarded ?? false;
  const more = { ...metaOf(pdu), isForwarded, packet };
  return { interfaceIndex, etherType, cast: CAST[pdu.cast], nextHop, ...more };
}

function linkIndication(pdu: LinkIndication) {
  const { interfaceIndex, packet } = pdu;
  if (pdu.kind === 'unreachable') {
    const isForwarded = pdu.isForwarded ?? false;
    return { unreachable: { interfaceIndex, nextHop: ipv4Bits(pdu.nextHop), isForwarded, packet } };
  }
  const { etherType, sourceMac } = pdu;
  const cast = CAST[pdu.cast];
  return { packet: { interfaceIndex, etherType, sourceMac, cast, ...metaOf(pdu), packet } };
}

/** Nothing where the field is absent. */
const mtuDiscoverOf = ({ mtuDiscover }: { mtuDiscover?: keyof typeof MTU_DISCOVER | undefined }) =>
  mtuDiscover === undefined ? {} : { mtuDiscover: MTU_DISCOVER[mtuDiscover] };

function networkRequest(pdu: NetworkRequest) {
  if (pdu.kind === 'send') {
    const { protocol, ttl, tos, dontFragment, interfaceIndex, segment } = pdu;
    const ip = { ...between(pdu), protocol, ttl, tos, dontFragment };
    const isPathSuspect = pdu.isPathSuspect ?? false;
    const noLoop = pdu.noLoop ?? false;
    const how = { isPathSuspect, noLoop, ...mtuDiscoverOf(pdu) };
    return { send: { ...ip, interfaceIndex, ...metaOf(pdu), ...how, segment } };
  }
  if (pdu.kind === 'path-mtu') {
    const { mtu, protocol, quoted } = pdu;
    return { pathMtu: { mtu, protocol, ...between(pdu), quoted } };
  }
  if (pdu.kind === 'group') {
    const { socket } = pdu;
    const group = ipv4Bits(pdu.group);
    return { group: { socket, group, ...filterOf(pdu) } };
  }
  const { header, interfaceIndex, segment } = pdu;
  const cast = CAST[pdu.cast];
  const trace = pdu.trace ?? null;
  return { reject: { code: REJECT[pdu.code], header, cast, interfaceIndex, trace, segment } };
}

/** What a socket wants of a group. */
function filterOf(pdu: Extract<NetworkRequest, { kind: 'group' }> | SetGroup) {
  const interfaceAddress = ipv4Bits(pdu.interfaceAddress);
  const mode = pdu.mode === 'include' ? 0 : 1;
  return { interfaceAddress, mode, sources: addressesOf(pdu.sources) };
}

const addressesOf = (list: readonly GroupAddress[]) =>
  list.map(({ address }) => ({ address: ipv4Bits(address) }));

function linkGroups({ interfaceIndex, groups }: LinkGroups) {
  return { interfaceIndex, groups: addressesOf(groups) };
}

function networkIndication(pdu: NetworkIndication) {
  const { protocol } = pdu;
  if (pdu.kind === 'segment') {
    const { ttl, tos, interfaceIndex, segment } = pdu;
    const ip = { ...between(pdu), protocol, ttl, tos, cast: CAST[pdu.cast] };
    const header = pdu.header ?? null;
    return { segment: { ...ip, interfaceIndex, ...metaOf(pdu), header, segment } };
  }
  const { type, code, mtu, quoted } = pdu;
  const reporter = ipv4Bits(pdu.reporter);
  return { error: { reporter, type, code, mtu, protocol, ...between(pdu), quoted } };
}

function wireFrame(pdu: WireFrame) {
  const { sourcePort, frame } = pdu;
  return { sourcePort, ...metaOf(pdu), fcs: pdu.fcs ?? null, frame };
}

function envelope(pdu: SessionPdu<TransportRequest | TransportIndication>) {
  const { endpoint, socket, sequence, acknowledge, body } = pdu;
  return { endpoint, socket, sequence, acknowledge, trace: body?.trace ?? null };
}

/** Undefined becomes null: the field is absent. */
function present<Value extends object>(value: Value) {
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, field ?? null]));
}

const optionsOf = (options: TcpSocketOptions) => present(options);

const entryOf = (entry: SocketEntry) =>
  present({ ...entry, state: SOCKET_STATES.indexOf(entry.state) });

/** The name of the body's field, from its kind. */
const fieldOf = (kind: string) => kind.replace(/-(.)/, (_, letter: string) => letter.toUpperCase());

const REASONS = [
  'finished',
  'aborted',
  'reset',
  'refused',
  'timed out',
  'host unreachable',
  'network unreachable',
  'address in use',
  'address not available',
  'no ports',
  'no buffers',
  'invalid',
  'access denied',
  'overflow',
  'shut down',
  'message too long',
];

function session(pdu: SessionPdu<TransportRequest | TransportIndication>) {
  const { body } = pdu;
  if (body === undefined) return envelope(pdu);
  const { kind, socket, trace, ...fields } = present(body) as Record<string, unknown>;
  if ('options' in body) fields['options'] = optionsOf(body.options);
  if ('reason' in body) fields['reason'] = REASONS.indexOf(body.reason);
  if ('mtuDiscover' in body) Object.assign(fields, mtuDiscoverOf(body));
  if ('entry' in body) fields['entry'] = entryOf(body.entry);
  if (body.kind === 'set-group') Object.assign(fields, filterOf(body));
  if (body.kind === 'datagram') fields['noLoop'] = ('noLoop' in body && body.noLoop) ?? false;
  return { ...envelope(pdu), [fieldOf(body.kind)]: fields };
}

type Encode<Pdu> = (batch: readonly Pdu[], epoch: number) => Uint8Array;

export const reference = {
  linkRequest: ((batch, epoch) =>
    v1.LinkRequestBatch.encode({
      pdus: batch.map(linkRequest),
      epoch,
    }).finish()) as Encode<LinkRequest>,
  linkIndication: ((batch, epoch) =>
    v1.LinkIndicationBatch.encode({
      pdus: batch.map(linkIndication),
      epoch,
    }).finish()) as Encode<LinkIndication>,
  linkGroups: ((batch, epoch) =>
    v1.LinkGroupsBatch.encode({
      pdus: batch.map(linkGroups),
      epoch,
    }).finish()) as Encode<LinkGroups>,
  networkRequest: ((batch, epoch) =>
    v1.NetworkRequestBatch.encode({
      pdus: batch.map(networkRequest),
      epoch,
    }).finish()) as Encode<NetworkRequest>,
  networkIndication: ((batch, epoch) =>
    v1.NetworkIndicationBatch.encode({
      pdus: batch.map(networkIndication),
      epoch,
    }).finish()) as Encode<NetworkIndication>,
  wireFrame: ((batch) =>
    v1.WireFrameBatch.encode({ pdus: batch.map(wireFrame) }).finish()) as Encode<WireFrame>,
  transportRequest: ((batch, epoch) =>
    v1.TransportRequestBatch.encode({ pdus: batch.map(session), epoch }).finish()) as Encode<
    SessionPdu<TransportRequest>
  >,
  transportIndication: ((batch, epoch) =>
    v1.TransportIndicationBatch.encode({ pdus: batch.map(session), epoch }).finish()) as Encode<
    SessionPdu<TransportIndication>
  >,
};
