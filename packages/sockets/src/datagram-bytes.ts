import { inspect } from 'node:util';
import { usageError } from './errors.ts';

type Part = NodeJS.ArrayBufferView | string;

/** What a program sends in a datagram: bytes, text, or a list of both. */
export type Payload = Part | readonly Part[];

/** A copy of the message's bytes. Throws ERR_INVALID_ARG_TYPE and ERR_BUFFER_OUT_OF_BOUNDS. */
export function toBytes(message: Payload, offset = 0, length?: number): Uint8Array {
  const whole = Array.isArray(message)
    ? Buffer.concat(message.map((part) => viewOf(part, 'buffer list arguments')))
    : Buffer.from(viewOf(message as Part, 'buffer'));
  if (length === undefined) return whole;
  if (offset + length > whole.byteLength) {
    throw usageError('ERR_BUFFER_OUT_OF_BOUNDS', '"length" is outside of buffer bounds');
  }
  return whole.subarray(offset, offset + length);
}

/** The bytes of a string or of any view, without a copy of the view's memory. */
function viewOf(part: unknown, name: string): Uint8Array {
  if (typeof part === 'string') return Buffer.from(part);
  if (ArrayBuffer.isView(part)) {
    return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  }
  const expected = 'type string or an instance of Buffer, TypedArray, or DataView';
  const message = `The "${name}" argument must be of ${expected}. Received ${inspect(part)}`;
  throw usageError('ERR_INVALID_ARG_TYPE', message);
}
