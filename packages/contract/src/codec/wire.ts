/** Frames on a virtual wire, the hot message of proto/strata/v1/wire.proto; and captured frames, through protobufjs. */
import { strata } from '../gen/strata.js';
import { checkToken } from '../token.ts';
import type { CapturedFrame, WireFrame } from '../wire-frame.ts';
import type { PduCodec } from './batch.ts';
import { decodeWith } from './generated.ts';
import {
  CHECKSUM_STATES,
  checksumNumber,
  enumValue,
  MAX_SEGMENT_SIZE,
  readTrace,
  traceFieldOctets,
  writeTrace,
} from './meta.ts';
import { checkRange, malformed, NO_BYTES } from './reader.ts';
import { bytesFieldOctets, lengthFieldOctets, varintFieldOctets } from './writer.ts';

export const wireFrameCodec: PduCodec<WireFrame> = {
  size(pdu) {
    return (
      lengthFieldOctets(checkToken('source_port', pdu.sourcePort).length) +
      varintFieldOctets(pdu.segmentSize) +
      (pdu.checksum === 'complete' ? 0 : 2) +
      traceFieldOctets(pdu.trace) +
      (pdu.fcs === undefined ? 0 : 5) +
      bytesFieldOctets(pdu.frame, pdu.tail)
    );
  },
  write(writer, pdu) {
    writer.asciiField(0x0a, pdu.sourcePort);
    writer.varintField(0x10, pdu.segmentSize);
    writer.varintField(0x18, checksumNumber(pdu.checksum));
    writeTrace(writer, 0x22, pdu.trace);
    if (pdu.fcs !== undefined) writer.presentFixed32Field(0x2d, pdu.fcs);
    writer.bytesField(0x7a, pdu.frame, pdu.tail);
  },
  read(reader) {
    let sourcePort = '';
    let segmentSize = 0;
    let checksum = 0;
    let trace: WireFrame['trace'];
    let fcs: number | undefined;
    let frame = NO_BYTES;
    while (reader.at < reader.end) {
      const tag = reader.tag();
      if (tag === 0x0a) sourcePort = reader.token();
      else if (tag === 0x10) segmentSize = reader.varint();
      else if (tag === 0x18) checksum = reader.varint();
      else if (tag === 0x22) trace = readTrace(reader);
      else if (tag === 0x2d) fcs = reader.fixed32();
      else if (tag === 0x7a) frame = reader.bytesField();
      else reader.skip(tag);
    }
    if (sourcePort === '') throw malformed('a frame without source_port');
    checkRange('segment_size', segmentSize, 0, MAX_SEGMENT_SIZE);
    return {
      interfaceIndex: 0,
      frame,
      tail: undefined,
      headroomOctets: 0,
      segmentSize,
      checksum: enumValue('checksum', CHECKSUM_STATES, checksum),
      trace,
      fcs,
      sourcePort,
    };
  },
};

const { CapturedFrameBatch } = strata.v1;

export function encodeCaptured(batch: readonly CapturedFrame[], epoch: number): Uint8Array {
  if (epoch !== 0) checkRange('epoch of a capture', epoch, 0, 0);
  return CapturedFrameBatch.encode({ pdus: batch.map(toCaptured) }).finish();
}

function toCaptured(pdu: CapturedFrame): strata.v1.CapturedFrame.$Properties {
  const { interfaceIndex, interfaceName, timestampUs, segmentSize, frame } = pdu;
  return {
    interfaceIndex,
    interfaceName,
    direction: pdu.direction === 'in' ? 0 : 1,
    timestampUs,
    dropReason: pdu.dropReason ?? '',
    segmentSize,
    checksum: checksumNumber(pdu.checksum),
    originalOctets: pdu.originalOctets === frame.byteLength ? 0 : pdu.originalOctets,
    frame,
  };
}

export function decodeCaptured(bytes: Uint8Array): CapturedFrame[] {
  const { pdus } = decodeWith(CapturedFrameBatch, bytes);
  if (pdus === null || pdus === undefined || pdus.length === 0) {
    throw malformed('a batch without PDUs');
  }
  return pdus.map(fromCaptured);
}

function fromCaptured(pdu: strata.v1.CapturedFrame.$Properties): CapturedFrame {
  const frame = pdu.frame ?? NO_BYTES;
  return {
    interfaceIndex: pdu.interfaceIndex ?? 0,
    interfaceName: pdu.interfaceName ?? '',
    direction: enumValue('direction', ['in', 'out'] as const, pdu.direction ?? 0),
    timestampUs: pdu.timestampUs ?? 0,
    dropReason: pdu.dropReason ? pdu.dropReason : undefined,
    segmentSize: pdu.segmentSize ?? 0,
    checksum: enumValue('checksum', CHECKSUM_STATES, pdu.checksum ?? 0),
    originalOctets: pdu.originalOctets ? pdu.originalOctets : frame.byteLength,
    frame,
  };
}
