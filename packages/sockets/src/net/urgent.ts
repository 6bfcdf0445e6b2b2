import { usageError } from '../errors.ts';

const urgent = new WeakSet<Uint8Array>();

/**
 * A copy of `data` whose last octet is sent as urgent (RFC 9293 3.8.5). Throws
 * ERR_INVALID_ARG_VALUE if `data` is empty.
 */
export function asUrgent(data: string | Uint8Array): Buffer {
  const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.slice());
  if (bytes.byteLength === 0) {
    throw usageError('ERR_INVALID_ARG_VALUE', 'Urgent data has one octet at least.');
  }
  urgent.add(bytes);
  return bytes;
}

/** Whether {@link asUrgent} made the chunk. */
export function isUrgent(chunk: Uint8Array): boolean {
  return urgent.has(chunk);
}
