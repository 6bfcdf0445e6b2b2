/** Records of state that one transport hands over to another (proto/strata/v1/handover.proto). */
import type { HANDOVER_VERSION, HandoverRecord } from '@strata/transport';
import { decodeWith, hasUnknown } from './codec/generated.ts';
import { strata } from './gen/strata.js';

const Generated = strata.v1.HandoverRecord;

/** The version whose fields the generated code knows. */
const KNOWN_VERSION: typeof HANDOVER_VERSION = 2;

/** Encodes the record. */
export function encodeHandover(record: HandoverRecord): Uint8Array {
  return Generated.encode(record as strata.v1.IHandoverRecord).finish();
}

/**
 * Decodes a record; its octets alias `bytes`. Throws ContractError if the bytes are not a record. A
 * record of an unknown version is decoded to its version alone. A record with an unknown field, at
 * any depth, gets a field `unknown`. The core refuses both.
 */
export function decodeHandover(bytes: Uint8Array): HandoverRecord {
  const record: unknown = decodeWith(Generated, bytes, true);
  const { version, ...contents } = record as HandoverRecord;
  if (version !== KNOWN_VERSION) return { version: version ?? 0 };
  const plain = { version, ...contents };
  return hasUnknown(record as object) ? ({ ...plain, unknown: {} } as HandoverRecord) : plain;
}
