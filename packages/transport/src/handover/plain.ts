/**
 * A message of proto/strata/v1/handover.proto as plain data: its fields by name; fields with their
 * default are omitted.
 */
export interface PlainMessage {
  readonly [field: string]: PlainValue;
}

export type PlainValue =
  | number
  | boolean
  | string
  | Uint8Array
  | PlainMessage
  | readonly (number | Uint8Array | PlainMessage)[];

/** Why a record is not taken; a part of {@link HandoverOutcome}. */
export type HandoverFault = 'malformed' | 'field not known';

/**
 * Thrown and caught inside an import: a record that cannot be read is an outcome, not an exception.
 */
export class HandoverError extends Error {
  override readonly name = 'HandoverError';
  readonly code = 'ERR_HANDOVER';
  readonly fault: HandoverFault;

  constructor(fault: HandoverFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** For a value that its field does not allow. */
export function malformed(what: string): HandoverError {
  return new HandoverError('malformed', what);
}
