/**
 * Captured frames (proto/strata/v1/wire.proto). They are not on the hot path, so protobufjs encodes
 * them.
 */
import type { ChecksumState } from '@strata/wire';
import { strata } from '../gen/strata.js';
import type { CapturedFrame } from '../wire-frame.ts';
import { decodeWith } from './generated.ts';
import { checkRange, enumValue, malformed, NO_BYTES } from './reader.ts';

/** In the order of the enum's numbers. */
const CHECKSUM_STATES: readonly ChecksumState[] = ['complete', 'partial', 'verified'];
const DIRECTIONS: readonly CapturedFrame['direction'][] = ['in', 'out'];

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
    direction: DIRECTIONS.indexOf(pdu.direction),
    timestampUs,
    dropReason: pdu.dropReason ?? '',
    segmentSize,
    checksum: CHECKSUM_STATES.indexOf(pdu.checksum),
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
    direction: enumValue('direction', DIRECTIONS, pdu.direction ?? 0),
    timestampUs: pdu.timestampUs ?? 0,
    dropReason: pdu.dropReason ? pdu.dropReason : undefined,
    segmentSize: pdu.segmentSize ?? 0,
    checksum: enumValue('checksum', CHECKSUM_STATES, pdu.checksum ?? 0),
    originalOctets: pdu.originalOctets ? pdu.originalOctets : frame.byteLength,
    frame,
  };
}
