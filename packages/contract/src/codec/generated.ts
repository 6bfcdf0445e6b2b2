/** Decoding by protobufjs, for messages that are not PDUs. */
import protobuf, { type Reader } from 'protobufjs/minimal.js';
import { ContractError } from '../channel.ts';
import { plainBytes } from './reader.ts';

interface Generated<Message> {
  decode(reader: Reader | Uint8Array, length?: number): Message;
}

/**
 * Decodes a message; its byte fields alias `bytes`. Throws ContractError if the bytes are not such
 * a message. `keepsUnknown`: each message keeps its unknown fields in `$unknowns`. Default false.
 */
export function decodeWith<Message>(
  type: Generated<Message>,
  bytes: Uint8Array,
  keepsUnknown = false,
): Message {
  try {
    const reader = protobuf.Reader.create(plainBytes(bytes));
    reader.discardUnknown = !keepsUnknown;
    return type.decode(reader);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ContractError('CONTRACT_DECODE', `not a message of the contract: ${why}`);
  }
}

/** Whether the message, or a message inside it, has kept an unknown field: see `keepsUnknown`. */
export function hasUnknown(message: object): boolean {
  if (Object.hasOwn(message, '$unknowns')) return true;
  return Object.values(message).some((value: unknown) => {
    const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
    return parts.some((part) => isMessage(part) && hasUnknown(part));
  });
}

function isMessage(part: unknown): part is object {
  return typeof part === 'object' && part !== null && !(part instanceof Uint8Array);
}
