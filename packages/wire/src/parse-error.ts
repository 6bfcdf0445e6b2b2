/**
 * Why bytes are not a valid header. `parse` returns it and never throws: bad input from the network
 * is an outcome and a counter, not an exception.
 */
export type ParseError =
  | 'truncated'
  | 'bad version'
  | 'bad header length'
  | 'bad total length'
  | 'bad length'
  | 'bad option'
  | 'bad type';

/** Whether `parse` refused the bytes. */
export function isParseError<View extends object>(
  outcome: View | ParseError,
): outcome is ParseError {
  return typeof outcome === 'string';
}
