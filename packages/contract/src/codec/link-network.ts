/** The hot messages of proto/strata/v1/link_network.proto. Fields are written by rising number, as protobufjs does. */
import type {
  LinkIndication,
  LinkPacketIndication,
  LinkRequest,
  LinkUnreachableIndication,
} from '@strata/link';
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

function checkLink(interfaceIndex: number, etherType: number, segmentSize: number): void {
  checkRange('interface_index', interfaceIndex, 1, 0xffffffff);
  checkRange('ether_type', etherType, 0x0600, 0xffff);
  checkRange('segment_size', segmentSize, 0, MAX_SEGMENT_SIZE);
}

export const linkRequestCodec: PduCodec<LinkRequest> = {
  size(pdu) {
    return (
      varintFieldOctets(pdu.interfaceIndex) +
      varintFieldOctets(pdu.etherType) +
      (pdu.cast === 'unicast' ? 0 : 2) +
      (pdu.nextHop === 0 ? 0 : 5) +
      varintFieldOctets(pdu.segmentSize) +
      (pdu.checksum === 'complete' ? 0 : 2) +
      traceFieldOctets(pdu.trace) +
      bytesFieldOctets(pdu.packet, pdu.tail)
    );
  },
  write(writer, pdu) {
    writer.varintField(0x08, pdu.interfaceIndex);
    writer.varintField(0x10, pdu.etherType);
    writer.varintField(0x18, castNumber(pdu.cast));
    writer.fixed32Field(0x25, pdu.nextHop);
    writer.varintField(0x28, pdu.segmentSize);
    writer.varintField(0x30, checksumNumber(pdu.checksum));
    writeTrace(writer, 0x3a, pdu.trace);
    writer.bytesField(0x7a, pdu.packet, pdu.tail);
  },
  read(reader, start) {
    let interfaceIndex = 0;
    let etherType = 0;
    let cast = 0;
    let nextHop = 0;
    let segmentSize = 0;
    let checksum = 0;
    let trace: LinkRequest['trace'];
    let packet = NO_BYTES;
    let headroomOctets = 0;
    while (reader.at < reader.end) {
      const tag = reader.tag();
      if (tag === 0x08) interfaceIndex = reader.varint();
      else if (tag === 0x10) etherType = reader.varint();
      else if (tag === 0x18) cast = reader.varint();
      else if (tag === 0x25) nextHop = reader.fixed32();
      else if (tag === 0x28) segmentSize = reader.varint();
      else if (tag === 0x30) checksum = reader.varint();
      else if (tag === 0x3a) trace = readTrace(reader);
      else if (tag === 0x7a) {
        packet = reader.bytesField();
        headroomOctets = reader.at - packet.byteLength - start;
      } else reader.skip(tag);
    }
    checkLink(interfaceIndex, etherType, segmentSize);
    return {
      interfaceIndex,
      etherType,
      cast: enumValue('cast', CASTS, cast),
      nextHop,
      segmentSize,
      checksum: enumValue('checksum', CHECKSUM_STATES, checksum),
      trace,
      packet,
      headroomOctets,
    };
  },
};

function packetOctets(pdu: LinkPacketIndication): number {
  return (
    varintFieldOctets(pdu.interfaceIndex) +
    varintFieldOctets(pdu.etherType) +
    (pdu.sourceMac === 0 ? 0 : 9) +
    (pdu.cast === 'unicast' ? 0 : 2) +
    varintFieldOctets(pdu.segmentSize) +
    (pdu.checksum === 'complete' ? 0 : 2) +
    traceFieldOctets(pdu.trace) +
    bytesFieldOctets(pdu.packet)
  );
}

function unreachableOctets(pdu: LinkUnreachableIndication): number {
  return (
    varintFieldOctets(pdu.interfaceIndex) +
    (pdu.nextHop === 0 ? 0 : 5) +
    bytesFieldOctets(pdu.packet)
  );
}

function writePacket(writer: Writer, pdu: LinkPacketIndication): void {
  writer.lengthField(0x0a, packetOctets(pdu));
  writer.varintField(0x08, pdu.interfaceIndex);
  writer.varintField(0x10, pdu.etherType);
  writer.fixed64Field(0x19, pdu.sourceMac);
  writer.varintField(0x20, castNumber(pdu.cast));
  writer.varintField(0x28, pdu.segmentSize);
  writer.varintField(0x30, checksumNumber(pdu.checksum));
  writeTrace(writer, 0x3a, pdu.trace);
  writer.bytesField(0x7a, pdu.packet);
}

function writeUnreachable(writer: Writer, pdu: LinkUnreachableIndication): void {
  writer.lengthField(0x12, unreachableOctets(pdu));
  writer.varintField(0x08, pdu.interfaceIndex);
  writer.fixed32Field(0x15, pdu.nextHop);
  writer.bytesField(0x7a, pdu.packet);
}

function readPacket(reader: Reader): LinkPacketIndication {
  let interfaceIndex = 0;
  let etherType = 0;
  let sourceMac = 0;
  let cast = 0;
  let segmentSize = 0;
  let checksum = 0;
  let trace: LinkPacketIndication['trace'];
  let packet = NO_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) interfaceIndex = reader.varint();
    else if (tag === 0x10) etherType = reader.varint();
    else if (tag === 0x19) sourceMac = reader.fixed64();
    else if (tag === 0x20) cast = reader.varint();
    else if (tag === 0x28) segmentSize = reader.varint();
    else if (tag === 0x30) checksum = reader.varint();
    else if (tag === 0x3a) trace = readTrace(reader);
    else if (tag === 0x7a) packet = reader.bytesField();
    else reader.skip(tag);
  }
  checkLink(interfaceIndex, etherType, segmentSize);
  checkRange('source_mac', sourceMac, 0, 0xffffffffffff);
  return {
    kind: 'packet',
    interfaceIndex,
    etherType,
    sourceMac,
    cast: enumValue('cast', CASTS, cast),
    segmentSize,
    checksum: enumValue('checksum', CHECKSUM_STATES, checksum),
    trace,
    packet,
  };
}

function readUnreachable(reader: Reader): LinkUnreachableIndication {
  let interfaceIndex = 0;
  let nextHop = 0;
  let packet = NO_BYTES;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x08) interfaceIndex = reader.varint();
    else if (tag === 0x15) nextHop = reader.fixed32();
    else if (tag === 0x7a) packet = reader.bytesField();
    else reader.skip(tag);
  }
  checkRange('interface_index', interfaceIndex, 1, 0xffffffff);
  return { kind: 'unreachable', interfaceIndex, nextHop, packet };
}

export const linkIndicationCodec: PduCodec<LinkIndication> = {
  size(pdu) {
    return lengthFieldOctets(pdu.kind === 'packet' ? packetOctets(pdu) : unreachableOctets(pdu));
  },
  write(writer, pdu) {
    if (pdu.kind === 'packet') writePacket(writer, pdu);
    else writeUnreachable(writer, pdu);
  },
  read(reader) {
    const outer = reader.end;
    let pdu: LinkIndication | undefined;
    while (reader.at < outer) {
      const tag = reader.tag();
      if (tag === 0x0a || tag === 0x12) {
        reader.end = reader.lengthEnd();
        pdu = tag === 0x0a ? readPacket(reader) : readUnreachable(reader);
        reader.end = outer;
      } else reader.skip(tag);
    }
    if (pdu === undefined) throw malformed('an indication of no known kind');
    return pdu;
  },
};
