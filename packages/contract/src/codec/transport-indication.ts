/** Indications of the transport/application boundary. `data`, `credit` and `datagram` are hot; the rest goes through protobufjs. */
import type { TransportIndication } from '@strata/transport';
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
import { checkRange, NO_BYTES, type Reader } from './reader.ts';
import {
  decodeIndicationBody,
  encodeIndicationBody,
  INDICATION_TAGS,
} from './transport-indication-body.ts';
import { bytesFieldOctets, lengthFieldOctets, varintFieldOctets, type Writer } from './writer.ts';

type Of<Kind> = Extract<TransportIndication, { kind: Kind }>;

const FIRST_BODY = 6;
const LAST_BODY = 16;

function dataOctets(body: Of<'data'>): number {
  return varintFieldOctets(body.offset) + bytesFieldOctets(body.data);
}

function creditOctets(body: Of<'credit'>): number {
  return varintFieldOctets(body.limitOctets) + varintFieldOctets(body.acknowledgedOctets);
}

function datagramOctets(body: Of<'datagram'>): number {
  return (
    lengthFieldOctets(addressOctets(body.local)) +
    lengthFieldOctets(addressOctets(body.remote)) +
    varintFieldOctets(body.ttl) +
    bytesFieldOctets(body.data)
  );
}

/** Octets of the body with its tag and length. */
function bodyOctets(body: TransportIndication, stash: Stash): number {
  if (body.kind === 'data') return lengthFieldOctets(dataOctets(body));
  if (body.kind === 'credit') return lengthFieldOctets(creditOctets(body));
  if (body.kind === 'datagram') return lengthFieldOctets(datagramOctets(body));
  const bytes = encodeIndicationBody(body);
  stash.put(bytes);
  return lengthFieldOctets(bytes.byteLength) + (body.kind === 'urgent' ? 1 : 0);
}

function writeBody(writer: Writer, body: TransportIndication, stash: Stash): void {
  if (body.kind === 'data') {
    writer.lengthField(INDICATION_TAGS.data, dataOctets(body));
    writer.varintField(0x08, body.offset);
    writer.bytesField(0x7a, body.data);
  } else if (body.kind === 'credit') {
    writer.lengthField(INDICATION_TAGS.credit, creditOctets(body));
    writer.varintField(0x08, body.limitOctets);
    writer.varintField(0x10, body.acknowledgedOctets);
  } else if (body.kind === 'datagram') {
    writer.lengthField(INDICATION_TAGS.datagram, datagramOctets(body));
    writeAddress(writer, 0x0a, body.local);
    writeAddress(writer, 0x12, body.remote);
    writer.varintField(0x18, body.ttl);
    writer.bytesField(0x7a, body.data);
  } else {
    const bytes = stash.take();
    writer.varint(INDICATION_TAGS[body.kind]);
    writer.varint(bytes.byteLength);
    writer.raw(bytes);
  }
}

function readData(reader: Reader, { socket, endpoint, trace }: Envelope): Of<'data'> {
  let offset = 0;
  let data = NO_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) offset = reader.varint();
    else if (tag === 0x7a) data = reader.bytesField();
    else reader.skip(tag);
  }
  return { kind: 'data', socket, endpoint, trace, offset, data };
}

function readCredit(reader: Reader, { socket, endpoint, trace }: Envelope): Of<'credit'> {
  let limitOctets = 0;
  let acknowledgedOctets = 0;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) limitOctets = reader.varint();
    else if (tag === 0x10) acknowledgedOctets = reader.varint();
    else reader.skip(tag);
  }
  return { kind: 'credit', socket, endpoint, trace, limitOctets, acknowledgedOctets };
}

function readDatagram(reader: Reader, { socket, endpoint, trace }: Envelope): Of<'datagram'> {
  let local = NO_ADDRESS;
  let remote = NO_ADDRESS;
  let ttl = 0;
  let data = NO_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) local = readAddress(reader);
    else if (tag === 0x12) remote = readAddress(reader);
    else if (tag === 0x18) ttl = reader.varint();
    else if (tag === 0x7a) data = reader.bytesField();
    else reader.skip(tag);
  }
  checkRange('ttl', ttl, 0, 255);
  return { kind: 'datagram', socket, endpoint, trace, local, remote, ttl, data };
}

function readBody(reader: Reader, envelope: Envelope): TransportIndication | undefined {
  reader.at = envelope.bodyStart;
  reader.end = envelope.bodyEnd;
  switch (envelope.bodyTag) {
    case 0:
      return undefined;
    case INDICATION_TAGS.data:
      return readData(reader, envelope);
    case INDICATION_TAGS.credit:
      return readCredit(reader, envelope);
    case INDICATION_TAGS.datagram:
      return readDatagram(reader, envelope);
    default: {
      const { bodyTag, bodyStart, bodyEnd, socket, endpoint, trace } = envelope;
      const bytes = reader.bytes.subarray(bodyStart, bodyEnd);
      return decodeIndicationBody(bodyTag, bytes, { socket, endpoint, trace });
    }
  }
}

export const transportIndicationCodec: PduCodec<SessionPdu<TransportIndication>> = {
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
