/** The channels of a stack. Keys and subjects are in the table of proto/strata/v1/pdu.proto. */
import type { LinkIndication, LinkRequest, LinkUnreachableIndication } from '@strata/link';
import type { LinkGroups, NetworkIndication, NetworkRequest } from '@strata/network';
import type { TransportIndication, TransportRequest } from '@strata/transport';
import { ETHERTYPE_IPV4, joinTail, type PduMeta, readIpv4, tailOctets } from '@strata/wire';
import type { Channel, Claims } from './channel.ts';
import { decodeBatch, encodeBatch, epochOf, type PduCodec } from './codec/batch.ts';
import { decodeCaptured, encodeCaptured } from './codec/captured.ts';
import {
  linkGroupsCodec,
  linkIndicationCodec,
  linkRequestCodec,
  networkIndicationCodec,
  networkRequestCodec,
  transportIndicationCodec,
  transportRequestCodec,
  wireFrameCodec,
} from './gen/codecs.ts';
import type { SessionPdu } from './session.ts';
import {
  type PacketDirection,
  SHARDS,
  shardOfPacket,
  shardOfSegment,
  shardOfSocket,
} from './shard.ts';
import { boundarySubject, captureSubject, wireSubject } from './subjects.ts';
import { isToken } from './token.ts';
import type { CapturedFrame, WireFrame } from './wire-frame.ts';

/** Octets that a PDU counts for besides its bytes: roughly the memory of its fields. */
const PDU_OCTETS = 64;

/** Shard numbers as keys. */
const SHARD_KEYS: readonly string[] = Array.from({ length: SHARDS }, (_, shard) => `${shard}`);

/** The shards as keys at the boundaries, `0` to `63`. */
export function shardKeys(): readonly string[] {
  return SHARD_KEYS;
}

/** The key of broadcast and multicast frames on a wire. */
export const WIRE_KEY_ALL = 'all';

interface Kind<Pdu> {
  readonly codec: PduCodec<Pdu>;
  keyOf(pdu: Pdu): string;
  /** The bytes that the PDU carries. */
  octetsOf(pdu: Pdu): number;
  clone(pdu: Pdu): Pdu;
  readonly claims?: Claims<Pdu>;
}

/** Claims where the key is the shard. */
const CLAIMS_OF_KEY: Claims<unknown> = { epochOf, shardOf: (_, key) => Number(key) };

function channel<Pdu>(subject: string, kind: Kind<Pdu>): Channel<Pdu> {
  const { codec } = kind;
  return {
    subject,
    keyOf: kind.keyOf,
    sizeOf: (pdu) => PDU_OCTETS + kind.octetsOf(pdu),
    clone: kind.clone,
    encode: (batch, epoch = 0, allocate) => encodeBatch(codec, batch, epoch, allocate),
    decode: (bytes) => decodeBatch(codec, bytes),
    claims: kind.claims,
  };
}

/** A copy with the same headroom, so that headers can be written in front of the copy, too. */
function copyBytes(bytes: Uint8Array, headroomOctets: number): Uint8Array {
  const copy = new Uint8Array(headroomOctets + bytes.byteLength).subarray(headroomOctets);
  copy.set(bytes);
  return copy;
}

/** As {@link copyBytes}, with the PDU's tail appended: a clone may outlive the tail's memory. */
function copyWhole(bytes: Uint8Array, headroomOctets: number, tail: PduMeta['tail']): Uint8Array {
  return tail === undefined ? copyBytes(bytes, headroomOctets) : joinTail(bytes, tail);
}

/** A packet that the stack forwards keeps the shard that it had when it came. */
function directionOut({ isForwarded }: LinkRequest | LinkUnreachableIndication): PacketDirection {
  return isForwarded === true ? 'in' : 'out';
}

const linkRequestKind: Kind<LinkRequest> = {
  codec: linkRequestCodec,
  claims: CLAIMS_OF_KEY,
  keyOf: (pdu) =>
    SHARD_KEYS[
      pdu.etherType === ETHERTYPE_IPV4 ? shardOfPacket(pdu.packet, directionOut(pdu)) : 0
    ]!,
  octetsOf: (pdu) => pdu.packet.byteLength + tailOctets(pdu.tail),
  clone: (pdu) => ({
    ...pdu,
    packet: copyWhole(pdu.packet, pdu.headroomOctets, pdu.tail),
    tail: undefined,
  }),
};

/** Network to link. Key: the packet's shard. */
export function linkRequestChannel(stack: string): Channel<LinkRequest> {
  return channel(boundarySubject(stack, 'ln', 'req'), linkRequestKind);
}

function linkIndicationShard(pdu: LinkIndication): number {
  if (pdu.kind === 'unreachable') return shardOfPacket(pdu.packet, directionOut(pdu));
  return pdu.etherType === ETHERTYPE_IPV4 ? shardOfPacket(pdu.packet, 'in') : 0;
}

const linkIndicationKind: Kind<LinkIndication> = {
  codec: linkIndicationCodec,
  claims: CLAIMS_OF_KEY,
  keyOf: (pdu) => SHARD_KEYS[linkIndicationShard(pdu)]!,
  octetsOf: (pdu) => pdu.packet.byteLength,
  clone: (pdu) => ({ ...pdu, packet: copyBytes(pdu.packet, 0) }),
};

/** Link to network. Key: the packet's shard. */
export function linkIndicationChannel(stack: string): Channel<LinkIndication> {
  return channel(boundarySubject(stack, 'ln', 'ind'), linkIndicationKind);
}

const linkGroupsKind: Kind<LinkGroups> = {
  codec: linkGroupsCodec,
  claims: CLAIMS_OF_KEY,
  keyOf: () => SHARD_KEYS[0]!,
  octetsOf: ({ groups }) => 4 * groups.length,
  clone: (pdu) => pdu,
};

/** The groups of the interfaces, network to link. Key: shard 0. */
export function linkGroupsChannel(stack: string): Channel<LinkGroups> {
  return channel(boundarySubject(stack, 'ln', 'groups'), linkGroupsKind);
}

function networkRequestShard(pdu: NetworkRequest): number {
  if (pdu.kind === 'send') {
    return shardOfSegment(pdu.protocol, pdu.source, pdu.destination, pdu.segment, 'out');
  }
  if (pdu.kind === 'path-mtu') {
    return shardOfSegment(pdu.protocol, pdu.source, pdu.destination, pdu.quoted, 'out');
  }
  if (pdu.kind === 'group') return 0;
  const { header, segment } = pdu;
  if (header.byteLength < 20) return 0;
  const source = readIpv4(header, 12);
  return shardOfSegment(header[9]!, readIpv4(header, 16), source, segment, 'in');
}

function networkRequestOctets(pdu: NetworkRequest): number {
  if (pdu.kind === 'path-mtu') return pdu.quoted.byteLength;
  if (pdu.kind === 'group') return 4 * pdu.sources.length;
  return pdu.segment.byteLength + (pdu.kind === 'send' ? tailOctets(pdu.tail) : 0);
}

function cloneNetworkRequest(pdu: NetworkRequest): NetworkRequest {
  switch (pdu.kind) {
    case 'send':
      return {
        ...pdu,
        segment: copyWhole(pdu.segment, pdu.headroomOctets, pdu.tail),
        tail: undefined,
      };
    case 'reject':
      return { ...pdu, header: copyBytes(pdu.header, 0), segment: copyBytes(pdu.segment, 0) };
    case 'path-mtu':
      return { ...pdu, quoted: copyBytes(pdu.quoted, 0) };
    case 'group':
      return pdu;
  }
}

const networkRequestKind: Kind<NetworkRequest> = {
  codec: networkRequestCodec,
  claims: CLAIMS_OF_KEY,
  keyOf: (pdu) => SHARD_KEYS[networkRequestShard(pdu)]!,
  octetsOf: networkRequestOctets,
  clone: cloneNetworkRequest,
};

/** Transport to network. Key: the flow's shard. */
export function networkRequestChannel(stack: string): Channel<NetworkRequest> {
  return channel(boundarySubject(stack, 'nt', 'req'), networkRequestKind);
}

function networkIndicationShard(pdu: NetworkIndication): number {
  return pdu.kind === 'segment'
    ? shardOfSegment(pdu.protocol, pdu.destination, pdu.source, pdu.segment, 'in')
    : shardOfSegment(pdu.protocol, pdu.source, pdu.destination, pdu.quoted, 'out');
}

const networkIndicationKind: Kind<NetworkIndication> = {
  codec: networkIndicationCodec,
  claims: CLAIMS_OF_KEY,
  keyOf: (pdu) => SHARD_KEYS[networkIndicationShard(pdu)]!,
  octetsOf: (pdu) => (pdu.kind === 'segment' ? pdu.segment : pdu.quoted).byteLength,
  clone: (pdu) =>
    pdu.kind === 'error'
      ? { ...pdu, quoted: copyBytes(pdu.quoted, 0) }
      : {
          ...pdu,
          header: pdu.header === undefined ? undefined : copyBytes(pdu.header, 0),
          segment: copyBytes(pdu.segment, 0),
        },
};

/**
 * Network to transport. Key: the flow's shard; for an error, the shard of the flow that it is
 * about.
 */
export function networkIndicationChannel(stack: string): Channel<NetworkIndication> {
  return channel(boundarySubject(stack, 'nt', 'ind'), networkIndicationKind);
}

type WithBody = SessionPdu<TransportRequest | TransportIndication>;

function bodyOctets({ body }: WithBody): number {
  return body !== undefined && 'data' in body ? body.data.byteLength : 0;
}

function cloneBody<Body extends TransportRequest | TransportIndication>(
  pdu: SessionPdu<Body>,
): SessionPdu<Body> {
  const { body } = pdu;
  if (body === undefined || !('data' in body)) return pdu;
  return { ...pdu, body: { ...body, data: copyBytes(body.data, 0) } };
}

const transportRequestKind: Kind<SessionPdu<TransportRequest>> = {
  codec: transportRequestCodec,
  claims: CLAIMS_OF_KEY,
  keyOf: (pdu) => SHARD_KEYS[shardOfSocket(pdu.socket)]!,
  octetsOf: bodyOctets,
  clone: cloneBody,
};

/** Application to transport. Key: the socket's shard. */
export function transportRequestChannel(stack: string): Channel<SessionPdu<TransportRequest>> {
  return channel(boundarySubject(stack, 'ta', 'req'), transportRequestKind);
}

const transportIndicationKind: Kind<SessionPdu<TransportIndication>> = {
  codec: transportIndicationCodec,
  claims: { epochOf, shardOf: (pdu) => shardOfSocket(pdu.socket) },
  keyOf: (pdu) => pdu.endpoint,
  octetsOf: bodyOctets,
  clone: cloneBody,
};

/** Transport to application. Key: the endpoint. */
export function transportIndicationChannel(
  stack: string,
): Channel<SessionPdu<TransportIndication>> {
  return channel(boundarySubject(stack, 'ta', 'ind'), transportIndicationKind);
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, octet) =>
  octet.toString(16).padStart(2, '0'),
);

/**
 * The key of frames to a destination: 12 hexadecimal digits, or `all` for a broadcast or multicast
 * address. `frame` begins with the destination address.
 */
function wireKeyOf(frame: Uint8Array): string {
  if (frame.byteLength < 6 || (frame[0]! & 1) !== 0) return WIRE_KEY_ALL;
  return (
    HEX[frame[0]!]! +
    HEX[frame[1]!]! +
    HEX[frame[2]!]! +
    HEX[frame[3]!]! +
    HEX[frame[4]!]! +
    HEX[frame[5]!]!
  );
}

const wireFrameKind: Kind<WireFrame> = {
  codec: wireFrameCodec,
  keyOf: (pdu) => wireKeyOf(pdu.frame),
  octetsOf: (pdu) => pdu.frame.byteLength + tailOctets(pdu.tail),
  clone: (pdu) => ({ ...pdu, frame: copyWhole(pdu.frame, 0, pdu.tail), tail: undefined }),
};

/** Frames on a virtual wire. Key: the destination. */
export function wireChannel(wire: string): Channel<WireFrame> {
  return channel(wireSubject(wire), wireFrameKind);
}

/**
 * Copies of frames that the interfaces of a stack carried. Key: the interface index. Only viewers
 * get them (observe.ts).
 */
export function captureChannel(stack: string): Channel<CapturedFrame> {
  return {
    subject: captureSubject(stack),
    keyOf: (pdu) => `${pdu.interfaceIndex}`,
    sizeOf: (pdu) => PDU_OCTETS + pdu.frame.byteLength,
    clone: (pdu) => ({ ...pdu, frame: copyBytes(pdu.frame, 0) }),
    encode: (batch, epoch = 0) => encodeCaptured(batch, epoch),
    decode: decodeCaptured,
  };
}

const FACTORIES: Readonly<Record<string, (name: string) => Channel<unknown>>> = {
  'ln.req': (name) => linkRequestChannel(name) as Channel<unknown>,
  'ln.ind': (name) => linkIndicationChannel(name) as Channel<unknown>,
  'nt.req': (name) => networkRequestChannel(name) as Channel<unknown>,
  'nt.ind': (name) => networkIndicationChannel(name) as Channel<unknown>,
  'ta.req': (name) => transportRequestChannel(name) as Channel<unknown>,
  'ta.ind': (name) => transportIndicationChannel(name) as Channel<unknown>,
  'wire.frame': (name) => wireChannel(name) as Channel<unknown>,
  'capture.frame': (name) => captureChannel(name) as Channel<unknown>,
};

/**
 * The channel and key of a full subject `strata.v1.<name>.<boundary>.<direction>.<key>`. Undefined:
 * the subject carries no PDUs.
 */
export function channelOfSubject(
  subject: string,
): { readonly channel: Channel<unknown>; readonly key: string } | undefined {
  const tokens = subject.split('.');
  const [strata, version, name, boundary, direction, key] = tokens;
  if (tokens.length !== 6 || strata !== 'strata' || version !== 'v1') return undefined;
  if (!isToken(name!) || !isToken(key!)) return undefined;
  const kind = `${boundary}.${direction}`;
  if (!Object.hasOwn(FACTORIES, kind)) return undefined;
  return { channel: FACTORIES[kind]!(name!), key: key! };
}
