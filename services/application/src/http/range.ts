/** Octets `start` to `end` of a representation, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The one range that a Range header asks for (RFC 9110 14.2), out of `lengthOctets`. Undefined:
 * answer with the whole representation. The header is then absent, malformed, of another unit, or
 * asks for several ranges; a server may ignore these.
 */
export function parseRange(
  header: string | undefined,
  lengthOctets: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=\s*(\d{0,16})-(\d{0,16})\s*$/i.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') {
    if (last === '') return undefined;
    const suffixOctets = Math.min(Number(last), lengthOctets);
    return suffixOctets === 0
      ? 'unsatisfiable'
      : { start: lengthOctets - suffixOctets, end: lengthOctets - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= lengthOctets) return 'unsatisfiable';
  return { start, end: last === '' ? lengthOctets - 1 : Math.min(Number(last), lengthOctets - 1) };
}
