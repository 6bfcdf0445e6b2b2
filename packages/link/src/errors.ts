export type LinkErrorCode =
  | 'LINK_RANGE'
  | 'LINK_UNKNOWN_INTERFACE'
  | 'LINK_DUPLICATE'
  | 'LINK_SNAPSHOT';

/** Misuse of the link core by our own code. Input from a peer never causes it. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  readonly code: LinkErrorCode;

  constructor(code: LinkErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws LINK_RANGE unless `value` is a number from `minimum` to `maximum`. */
export function checkRange(field: string, value: number, minimum: number, maximum: number): void {
  if (value >= minimum && value <= maximum) return;
  throw new LinkError('LINK_RANGE', `${field} is ${value}, not within ${minimum} to ${maximum}`);
}

/** Throws LINK_RANGE unless `value` is an integer from `minimum` to `maximum`. */
export function checkInteger(field: string, value: number, minimum: number, maximum: number): void {
  checkRange(field, value, minimum, maximum);
  if (Number.isInteger(value)) return;
  throw new LinkError('LINK_RANGE', `${field} is ${value}, not an integer`);
}
