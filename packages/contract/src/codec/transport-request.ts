/** Requests of the transport/application boundary. `send`, `credit` and `datagram` are hot; the rest goes through protobufjs. */
import type { TransportRequest } from '@strata/transport';
import type { TraceContext } from '@strata/wire';
import type { SessionPdu } from '../session.ts';
import type { PduCodec, Stash } from './batch.ts';
import {
  addressOctets,
  Envelope,
  envelopeOctets,
  NO_ADDRESS,
  readAddress,
  writeAddress,
  writeEnvelope,
} from './envelope.ts';
import { MAX_SEGMENT_SIZE } from './meta.ts';
import { checkRange, NO_BYTES, type Reader } from './reader.ts';
import { decodeRequestBody, encodeRequestBody, REQUEST_TAGS } from './transport-request-body.ts';
import {
  bytesFieldOctets,
  lengthFieldOctets,
  varintFieldOctets,
  varintOctets,
  type Writer,
} from './writer.ts';

type Of<Kind> = Extract<TransportRequest, { kind: Kind }>;

const FIRST_BODY = 6;
const LAST_BODY = 16;

function sendOctets(body: Of<'send'>): number {
  return (
    varintFieldOctets(body.offset) +
    (body.push ? 2 : 0) +
    (body.urgent ? 2 : 0) +
    bytesFieldOctets(body.data)
  );
}

function datagramOctets(body: Of<'datagram'>): number {
  return (
    (body.source === 0 ? 0 : 5) +
    lengthFieldOctets(addressOctets(body.remote)) +
    (body.ttl === undefined ? 0 : 1 + varintOctets(body.ttl)) +
    (body.segmentSize === undefined ? 0 : 1 + varintOctets(body.segmentSize)) +
    bytesFieldOctets(body.data)
  );
}

/** Octets of the body with its tag and length. */
function bodyOctets(body: TransportRequest, stash: Stash): number {
  if (body.kind === 'send') return lengthFieldOctets(sendOctets(body));
  if (body.kind === 'credit') return lengthFieldOctets(varintFieldOctets(body.limitOctets));
  if (body.kind === 'datagram') return lengthFieldOctets(datagramOctets(body));
  const bytes = encodeRequestBody(body);
  stash.put(bytes);
  return lengthFieldOctets(bytes.byteLength) + (body.kind === 'bind' ? 1 : 0);
}

function writeBody(writer: Writer, body: TransportRequest, stash: Stash): void {
  if (body.kind === 'send') {
    writer.lengthField(REQUEST_TAGS.send, sendOctets(body));
    writer.varintField(0x08, body.offset);
    writer.varintField(0x10, body.push ? 1 : 0);
    if (body.urgent) writer.varintField(0x18, 1);
    writer.bytesField(0x7a, body.data);
  } else if (body.kind === 'credit') {
    writer.lengthField(REQUEST_TAGS.credit, varintFieldOctets(body.limitOctets));
    writer.varintField(0x08, body.limitOctets);
  } else if (body.kind === 'datagram') {
    writeDatagram(writer, body);
  } else {
    const bytes = stash.take();
    writer.varint(REQUEST_TAGS[body.kind]);
    writer.varint(bytes.byteLength);
    writer.raw(bytes);
  }
}

function writeDatagram(writer: Writer, body: Of<'datagram'>): void {
  writer.lengthField(REQUEST_TAGS.datagram, datagramOctets(body));
  writer.fixed32Field(0x0d, body.source);
  writeAddress(writer, 0x12, body.remote);
  if (body.ttl !== undefined) writer.presentVarintField(0x18, body.ttl);
  if (body.segmentSize !== undefined) writer.presentVarintField(0x20, body.segmentSize);
  writer.bytesField(0x7a, body.data);
}

function readSend(reader: Reader, socket: number, trace: TraceContext | undefined): Of<'send'> {
  let offset = 0;
  let push = false;
  let urgent = false;
  let data = NO_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) offset = reader.varint();
    else if (tag === 0x10) push = reader.boolean();
    else if (tag === 0x18) urgent = reader.boolean();
    else if (tag === 0x7a) data = reader.bytesField();
    else reader.skip(tag);
  }
  return { kind: 'send', socket, trace, offset, data, push, urgent };
}

function readCredit(reader: Reader, socket: number, trace: TraceContext | undefined): Of<'credit'> {
  let limitOctets = 0;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) limitOctets = reader.varint();
    else reader.skip(tag);
  }
  return { kind: 'credit', socket, trace, limitOctets };
}

function readDatagram(
  reader: Reader,
  socket: number,
  trace: TraceContext | undefined,
): Of<'datagram'> {
  let source = 0;
  let remote = NO_ADDRESS;
  let ttl: number | undefined;
  let segmentSize: number | undefined;
  let data = NO_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0d) source = reader.fixed32();
    else if (tag === 0x12) remote = readAddress(reader);
    else if (tag === 0x18) ttl = reader.varint();
    else if (tag === 0x20) segmentSize = reader.varint();
    else if (tag === 0x7a) data = reader.bytesField();
    else reader.skip(tag);
  }
  if (ttl !== undefined) checkRange('ttl', ttl, 1, 255);
  if (segmentSize !== undefined) checkRange('segment_size', segmentSize, 1, MAX_SEGMENT_SIZE);
  return { kind: 'datagram', socket, trace, source, remote, data, ttl, segmentSize };
}

function readBody(reader: Reader, envelope: Envelope): TransportRequest | undefined {
  const { bodyTag, socket, endpoint, trace } = envelope;
  reader.at = envelope.bodyStart;
  reader.end = envelope.bodyEnd;
  switch (bodyTag) {
    case 0:
      return undefined;
    case REQUEST_TAGS.send:
      return readSend(reader, socket, trace);
    case REQUEST_TAGS.credit:
      return readCredit(reader, socket, trace);
    case REQUEST_TAGS.datagram:
      return readDatagram(reader, socket, trace);
    default: {
      const bytes = reader.bytes.subarray(envelope.bodyStart, envelope.bodyEnd);
      return decodeRequestBody(bodyTag, bytes, { socket, trace }, endpoint);
    }
  }
}

export const transportRequestCodec: PduCodec<SessionPdu<TransportRequest>> = {
  size(pdu, stash) {
    const octets = envelopeOctets(pdu);
    return pdu.body === undefined ? octets : octets + bodyOctets(pdu.body, stash);
  },
  write(writer, pdu, stash) {
    writeEnvelope(writer, pdu);
    if (pdu.body !== undefined) writeBody(writer, pdu.body, stash);
  },
  read(reader) {
    const end = reader.end;
    const envelope = new Envelope();
    envelope.read(reader, FIRST_BODY, LAST_BODY);
    const body = readBody(reader, envelope);
    reader.at = end;
    reader.end = end;
    return envelope.toPdu(body);
  },
};
