import type { TraceContext } from '@strata/wire';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The context as a W3C `traceparent` header: `00-<trace id>-<parent span id>-<flags>`. */
export function formatTraceparent(trace: TraceContext): string {
  const flags = trace.flags.toString(16).padStart(2, '0');
  return `00-${formatHex(trace.traceId)}-${formatHex(trace.parentSpanId)}-${flags}`;
}

/**
 * The context of a `traceparent` header, or undefined where it is not valid (W3C Trace Context
 * 3.2). Ids must be lower-case and not all zero. Version ff is refused. A later version may have
 * more fields after the flags.
 */
export function parseTraceparent(text: string): TraceContext | undefined {
  const match = TRACEPARENT.exec(text);
  if (match === null) return undefined;
  const [, version, traceId, parentSpanId, flags, rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId!) || /^0+$/.test(parentSpanId!)) return undefined;
  return {
    traceId: parseHex(traceId!),
    parentSpanId: parseHex(parentSpanId!),
    flags: Number.parseInt(flags!, 16),
  };
}

function formatHex(bytes: Uint8Array): string {
  let text = '';
  for (const octet of bytes) text += octet.toString(16).padStart(2, '0');
  return text;
}

function parseHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.byteLength; at++) {
    bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}
