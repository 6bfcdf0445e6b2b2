/** The hot indications of proto/strata/v1/network_transport.proto. */
import type {
  NetworkErrorIndication,
  NetworkIndication,
  NetworkSegmentIndication,
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

function segmentOctets(pdu: NetworkSegmentIndication): number {
  return (
    (pdu.source === 0 ? 0 : 5) +
    (pdu.destination === 0 ? 0 : 5) +
    varintFieldOctets(pdu.protocol) +
    varintFieldOctets(pdu.ttl) +
    varintFieldOctets(pdu.tos) +
    (pdu.cast === 'unicast' ? 0 : 2) +
    varintFieldOctets(pdu.interfaceIndex) +
    varintFieldOctets(pdu.segmentSize) +
    (pdu.checksum === 'complete' ? 0 : 2) +
    traceFieldOctets(pdu.trace) +
    bytesFieldOctets(pdu.header ?? NO_BYTES) +
    bytesFieldOctets(pdu.segment)
  );
}

function writeSegment(writer: Writer, pdu: NetworkSegmentIndication): void {
  writer.lengthField(0x0a, segmentOctets(pdu));
  writer.fixed32Field(0x0d, pdu.source);
  writer.fixed32Field(0x15, pdu.destination);
  writer.varintField(0x18, pdu.protocol);
  writer.varintField(0x20, pdu.ttl);
  writer.varintField(0x28, pdu.tos);
  writer.varintField(0x30, castNumber(pdu.cast));
  writer.varintField(0x38, pdu.interfaceIndex);
  writer.varintField(0x40, pdu.segmentSize);
  writer.varintField(0x48, checksumNumber(pdu.checksum));
  writeTrace(writer, 0x52, pdu.trace);
  writer.bytesField(0x5a, pdu.header ?? NO_BYTES);
  writer.bytesField(0x7a, pdu.segment);
}

function readSegment(reader: Reader): NetworkSegmentIndication {
  let source = 0;
  let destination = 0;
  let protocol = 0;
  let ttl = 0;
  let tos = 0;
  let cast = 0;
  let interfaceIndex = 0;
  let segmentSize = 0;
  let checksum = 0;
  let trace: NetworkSegmentIndication['trace'];
  let header: Uint8Array | undefined;
  let segment = NO_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0d) source = reader.fixed32();
    else if (tag === 0x15) destination = reader.fixed32();
    else if (tag === 0x18) protocol = reader.varint();
    else if (tag === 0x20) ttl = reader.varint();
    else if (tag === 0x28) tos = reader.varint();
    else if (tag === 0x30) cast = reader.varint();
    else if (tag === 0x38) interfaceIndex = reader.varint();
    else if (tag === 0x40) segmentSize = reader.varint();
    else if (tag === 0x48) checksum = reader.varint();
    else if (tag === 0x52) trace = readTrace(reader);
    else if (tag === 0x5a) header = reader.bytesField();
    else if (tag === 0x7a) segment = reader.bytesField();
    else reader.skip(tag);
  }
  checkRange('protocol', protocol, 0, 255);
  checkRange('ttl', ttl, 0, 255);
  checkRange('tos', tos, 0, 255);
  checkRange('interface_index', interfaceIndex, 0, 0xffffffff);
  checkRange('segment_size', segmentSize, 0, MAX_SEGMENT_SIZE);
  if (header !== undefined) checkRange('octets of header', header.byteLength, 20, 60);
  return {
    kind: 'segment',
    source,
    destination,
    protocol,
    ttl,
    tos,
    interfaceIndex,
    cast: enumValue('cast', CASTS, cast),
    segmentSize,
    checksum: enumValue('checksum', CHECKSUM_STATES, checksum),
    trace,
    header,
    segment,
  };
}

function errorOctets(pdu: NetworkErrorIndication): number {
  return (
    (pdu.reporter === 0 ? 0 : 5) +
    varintFieldOctets(pdu.type) +
    varintFieldOctets(pdu.code) +
    varintFieldOctets(pdu.mtu) +
    varintFieldOctets(pdu.protocol) +
    (pdu.source === 0 ? 0 : 5) +
    (pdu.destination === 0 ? 0 : 5) +
    bytesFieldOctets(pdu.quoted)
  );
}

function writeError(writer: Writer, pdu: NetworkErrorIndication): void {
  writer.lengthField(0x12, errorOctets(pdu));
  writer.fixed32Field(0x0d, pdu.reporter);
  writer.varintField(0x10, pdu.type);
  writer.varintField(0x18, pdu.code);
  writer.varintField(0x20, pdu.mtu);
  writer.varintField(0x28, pdu.protocol);
  writer.fixed32Field(0x35, pdu.source);
  writer.fixed32Field(0x3d, pdu.destination);
  writer.bytesField(0x7a, pdu.quoted);
}

function readError(reader: Reader): NetworkErrorIndication {
  let reporter = 0;
  let type = 0;
  let code = 0;
  let mtu = 0;
  let protocol = 0;
  let source = 0;
  let destination = 0;
  let quoted = NO_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0d) reporter = reader.fixed32();
    else if (tag === 0x10) type = reader.varint();
    else if (tag === 0x18) code = reader.varint();
    else if (tag === 0x20) mtu = reader.varint();
    else if (tag === 0x28) protocol = reader.varint();
    else if (tag === 0x35) source = reader.fixed32();
    else if (tag === 0x3d) destination = reader.fixed32();
    else if (tag === 0x7a) quoted = reader.bytesField();
    else reader.skip(tag);
  }
  checkRange('type', type, 0, 255);
  checkRange('code', code, 0, 255);
  checkRange('mtu', mtu, 0, 65535);
  checkRange('protocol', protocol, 0, 255);
  return { kind: 'error', reporter, type, code, mtu, protocol, source, destination, quoted };
}

export const networkIndicationCodec: PduCodec<NetworkIndication> = {
  size(pdu) {
    return lengthFieldOctets(pdu.kind === 'segment' ? segmentOctets(pdu) : errorOctets(pdu));
  },
  write(writer, pdu) {
    if (pdu.kind === 'segment') writeSegment(writer, pdu);
    else writeError(writer, pdu);
  },
  read(reader) {
    const outer = reader.end;
    let pdu: NetworkIndication | undefined;
    while (reader.at < outer) {
      const tag = reader.tag();
      if (tag === 0x0a || tag === 0x12) {
        reader.end = reader.lengthEnd();
        pdu = tag === 0x0a ? readSegment(reader) : readError(reader);
        reader.end = outer;
      } else reader.skip(tag);
    }
    if (pdu === undefined) throw malformed('an indication of no known kind');
    return pdu;
  },
};
