/** What PDUs of several boundaries have in common (proto/strata/v1/pdu.proto). */
import type { Cast, ChecksumState, TraceContext } from '@strata/wire';
import { SPAN_ID_OCTETS, TRACE_ID_OCTETS } from '../trace.ts';
import { outOfRange, type Reader } from './reader.ts';
import { bytesFieldOctets, lengthFieldOctets, varintFieldOctets, type Writer } from './writer.ts';

/** Largest segment size: 65,535 less the smallest IPv4 and TCP headers. */
export const MAX_SEGMENT_SIZE = 65495;

/** In the order of the enum's numbers. */
export const CHECKSUM_STATES: readonly ChecksumState[] = ['complete', 'partial', 'verified'];
export const CASTS: readonly Cast[] = ['unicast', 'broadcast', 'multicast'];

export function checksumNumber(state: ChecksumState): number {
  return state === 'complete' ? 0 : state === 'partial' ? 1 : 2;
}

export function castNumber(cast: Cast): number {
  return cast === 'unicast' ? 0 : cast === 'broadcast' ? 1 : 2;
}

/** The value of an enum by its number. */
export function enumValue<Value>(field: string, values: readonly Value[], number: number): Value {
  const value = values[number];
  if (value === undefined) throw outOfRange(field, number, `0 to ${values.length - 1}`);
  return value;
}

function traceOctets(trace: TraceContext): number {
  return (
    bytesFieldOctets(trace.traceId) +
    bytesFieldOctets(trace.parentSpanId) +
    varintFieldOctets(trace.flags)
  );
}

/** Octets of a trace field with a one-octet tag. Throws where the ids have wrong lengths. */
export function traceFieldOctets(trace: TraceContext | undefined): number {
  if (trace === undefined) return 0;
  checkTrace(trace.traceId, trace.parentSpanId, trace.flags);
  return lengthFieldOctets(traceOctets(trace));
}

export function writeTrace(writer: Writer, tag: number, trace: TraceContext | undefined): void {
  if (trace === undefined) return;
  writer.lengthField(tag, traceOctets(trace));
  writer.bytesField(0x0a, trace.traceId);
  writer.bytesField(0x12, trace.parentSpanId);
  writer.varintField(0x18, trace.flags);
}

/** The trace context in the field that begins here; its bytes are copied, since what is in front of a packet is written over. */
export function readTrace(reader: Reader): TraceContext {
  const outer = reader.end;
  reader.end = reader.lengthEnd();
  let traceId: Uint8Array | undefined;
  let parentSpanId: Uint8Array | undefined;
  let flags = 0;
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) traceId = reader.bytesField().slice();
    else if (tag === 0x12) parentSpanId = reader.bytesField().slice();
    else if (tag === 0x18) flags = reader.varint();
    else reader.skip(tag);
  }
  reader.end = outer;
  checkTrace(traceId, parentSpanId, flags);
  return { traceId: traceId!, parentSpanId: parentSpanId!, flags };
}

function checkTrace(
  traceId: Uint8Array | undefined,
  parentSpanId: Uint8Array | undefined,
  flags: number,
): void {
  if (traceId?.byteLength !== TRACE_ID_OCTETS) {
    throw outOfRange('trace id', `${traceId?.byteLength ?? 0} octets`, `${TRACE_ID_OCTETS}`);
  }
  if (parentSpanId?.byteLength !== SPAN_ID_OCTETS) {
    const octets = parentSpanId?.byteLength ?? 0;
    throw outOfRange('parent span id', `${octets} octets`, `${SPAN_ID_OCTETS}`);
  }
  if (flags > 255) throw outOfRange('trace flags', flags, '0 to 255');
}
