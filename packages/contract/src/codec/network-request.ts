/** The hot requests of proto/strata/v1/network_transport.proto. */
import type {
  NetworkPathMtuRequest,
  NetworkRejectRequest,
  NetworkRequest,
  NetworkSendRequest,
  RejectCode,
} from '@strata/network';
import type { PduCodec } from './batch.ts';
import {
  CASTS,
  CHECKSUM_STATES,
  castNumber,
  checksumNumber,
  enumValue,
  MAX_SEGMENT_SIZE,
  readTrace,
  traceFieldOctets,
  writeTrace,
} from './meta.ts';
import { checkRange, malformed, NO_BYTES, type Reader } from './reader.ts';
import { bytesFieldOctets, lengthFieldOctets, varintFieldOctets, type Writer } from './writer.ts';

/** In the order of the enum's numbers. */
const REJECT_CODES: readonly RejectCode[] = [
  'protocol unreachable',
  'port unreachable',
  'administratively prohibited',
];

function sendOctets(pdu: NetworkSendRequest): number {
  return (
    (pdu.source === 0 ? 0 : 5) +
    (pdu.destination === 0 ? 0 : 5) +
    varintFieldOctets(pdu.protocol) +
    varintFieldOctets(pdu.ttl) +
    varintFieldOctets(pdu.tos) +
    (pdu.dontFragment ? 2 : 0) +
    varintFieldOctets(pdu.interfaceIndex) +
    varintFieldOctets(pdu.segmentSize) +
    (pdu.checksum === 'complete' ? 0 : 2) +
    traceFieldOctets(pdu.trace) +
    (pdu.isPathSuspect ? 2 : 0) +
    bytesFieldOctets(pdu.segment, pdu.tail)
  );
}

function writeSend(writer: Writer, pdu: NetworkSendRequest): void {
  writer.lengthField(0x0a, sendOctets(pdu));
  writer.fixed32Field(0x0d, pdu.source);
  writer.fixed32Field(0x15, pdu.destination);
  writer.varintField(0x18, pdu.protocol);
  writer.varintField(0x20, pdu.ttl);
  writer.varintField(0x28, pdu.tos);
  writer.varintField(0x30, pdu.dontFragment ? 1 : 0);
  writer.varintField(0x38, pdu.interfaceIndex);
  writer.varintField(0x40, pdu.segmentSize);
  writer.varintField(0x48, checksumNumber(pdu.checksum));
  writeTrace(writer, 0x52, pdu.trace);
  writer.varintField(0x58, pdu.isPathSuspect ? 1 : 0);
  writer.bytesField(0x7a, pdu.segment, pdu.tail);
}

function readSend(reader: Reader, start: number): NetworkSendRequest {
  let source = 0;
  let destination = 0;
  let protocol = 0;
  let ttl = 0;
  let tos = 0;
  let dontFragment = false;
  let interfaceIndex = 0;
  let segmentSize = 0;
  let checksum = 0;
  let trace: NetworkSendRequest['trace'];
  let isPathSuspect = false;
  let segment = NO_BYTES;
  let headroomOctets = 0;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0d) source = reader.fixed32();
    else if (tag === 0x15) destination = reader.fixed32();
    else if (tag === 0x18) protocol = reader.varint();
    else if (tag === 0x20) ttl = reader.varint();
    else if (tag === 0x28) tos = reader.varint();
    else if (tag === 0x30) dontFragment = reader.boolean();
    else if (tag === 0x38) interfaceIndex = reader.varint();
    else if (tag === 0x40) segmentSize = reader.varint();
    else if (tag === 0x48) checksum = reader.varint();
    else if (tag === 0x52) trace = readTrace(reader);
    else if (tag === 0x58) isPathSuspect = reader.boolean();
    else if (tag === 0x7a) {
      segment = reader.bytesField();
      headroomOctets = reader.at - segment.byteLength - start;
    } else reader.skip(tag);
  }
  checkRange('protocol', protocol, 0, 255);
  checkRange('ttl', ttl, 0, 255);
  checkRange('tos', tos, 0, 255);
  checkRange('interface_index', interfaceIndex, 0, 0xffffffff);
  checkRange('segment_size', segmentSize, 0, MAX_SEGMENT_SIZE);
  return {
    kind: 'send',
    source,
    destination,
    protocol,
    ttl,
    tos,
    dontFragment,
    interfaceIndex,
    segmentSize,
    checksum: enumValue('checksum', CHECKSUM_STATES, checksum),
    trace,
    isPathSuspect: isPathSuspect || undefined,
    segment,
    headroomOctets,
  };
}

function rejectOctets(pdu: NetworkRejectRequest): number {
  return (
    varintFieldOctets(REJECT_CODES.indexOf(pdu.code)) +
    bytesFieldOctets(pdu.header) +
    (pdu.cast === 'unicast' ? 0 : 2) +
    varintFieldOctets(pdu.interfaceIndex) +
    traceFieldOctets(pdu.trace) +
    bytesFieldOctets(pdu.segment)
  );
}

function writeReject(writer: Writer, pdu: NetworkRejectRequest): void {
  writer.lengthField(0x12, rejectOctets(pdu));
  writer.varintField(0x08, REJECT_CODES.indexOf(pdu.code));
  writer.bytesField(0x12, pdu.header);
  writer.varintField(0x18, castNumber(pdu.cast));
  writer.varintField(0x20, pdu.interfaceIndex);
  writeTrace(writer, 0x2a, pdu.trace);
  writer.bytesField(0x7a, pdu.segment);
}

function readReject(reader: Reader): NetworkRejectRequest {
  let code = 0;
  let header = NO_BYTES;
  let cast = 0;
  let interfaceIndex = 0;
  let trace: NetworkRejectRequest['trace'];
  let segment = NO_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) code = reader.varint();
    else if (tag === 0x12) header = reader.bytesField();
    else if (tag === 0x18) cast = reader.varint();
    else if (tag === 0x20) interfaceIndex = reader.varint();
    else if (tag === 0x2a) trace = readTrace(reader);
    else if (tag === 0x7a) segment = reader.bytesField();
    else reader.skip(tag);
  }
  checkRange('interface_index', interfaceIndex, 0, 0xffffffff);
  checkRange('octets of header', header.byteLength, 20, 60);
  return {
    kind: 'reject',
    code: enumValue('code', REJECT_CODES, code),
    header,
    cast: enumValue('cast', CASTS, cast),
    interfaceIndex,
    trace,
    segment,
  };
}

function pathMtuOctets(pdu: NetworkPathMtuRequest): number {
  return (
    varintFieldOctets(pdu.mtu) +
    varintFieldOctets(pdu.protocol) +
    (pdu.source === 0 ? 0 : 5) +
    (pdu.destination === 0 ? 0 : 5) +
    bytesFieldOctets(pdu.quoted)
  );
}

function writePathMtu(writer: Writer, pdu: NetworkPathMtuRequest): void {
  writer.lengthField(0x1a, pathMtuOctets(pdu));
  writer.varintField(0x08, pdu.mtu);
  writer.varintField(0x10, pdu.protocol);
  writer.fixed32Field(0x1d, pdu.source);
  writer.fixed32Field(0x25, pdu.destination);
  writer.bytesField(0x7a, pdu.quoted);
}

function readPathMtu(reader: Reader): NetworkPathMtuRequest {
  let mtu = 0;
  let protocol = 0;
  let source = 0;
  let destination = 0;
  let quoted = NO_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) mtu = reader.varint();
    else if (tag === 0x10) protocol = reader.varint();
    else if (tag === 0x1d) source = reader.fixed32();
    else if (tag === 0x25) destination = reader.fixed32();
    else if (tag === 0x7a) quoted = reader.bytesField();
    else reader.skip(tag);
  }
  checkRange('mtu', mtu, 0, 65_535);
  checkRange('protocol', protocol, 0, 255);
  return { kind: 'path-mtu', mtu, protocol, source, destination, quoted };
}

function readRequest(reader: Reader, tag: number, start: number): NetworkRequest {
  if (tag === 0x0a) return readSend(reader, start);
  return tag === 0x12 ? readReject(reader) : readPathMtu(reader);
}

export const networkRequestCodec: PduCodec<NetworkRequest> = {
  size(pdu) {
    if (pdu.kind === 'send') return lengthFieldOctets(sendOctets(pdu));
    return lengthFieldOctets(pdu.kind === 'reject' ? rejectOctets(pdu) : pathMtuOctets(pdu));
  },
  write(writer, pdu) {
    if (pdu.kind === 'send') writeSend(writer, pdu);
    else if (pdu.kind === 'reject') writeReject(writer, pdu);
    else writePathMtu(writer, pdu);
  },
  read(reader, start) {
    const outer = reader.end;
    let pdu: NetworkRequest | undefined;
    while (reader.at < outer) {
      const tag = reader.tag();
      if (tag === 0x0a || tag === 0x12 || tag === 0x1a) {
        reader.end = reader.lengthEnd();
        pdu = readRequest(reader, tag, start);
        reader.end = outer;
      } else reader.skip(tag);
    }
    if (pdu === undefined) throw malformed('a request of no known kind');
    return pdu;
  },
};
