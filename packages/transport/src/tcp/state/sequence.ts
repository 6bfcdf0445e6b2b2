/**
 * Arithmetic of 32-bit sequence numbers, modulo 2^32 (RFC 9293 3.4). All numbers are unsigned;
 * comparisons hold within 2^31.
 */
/** `sequence` moved by `octets`, which may be negative. */
export function seqAdd(sequence: number, octets: number): number {
  return (sequence + octets) >>> 0;
}

/** How far `a` lies after `b`: positive where a > b, -2^31 to 2^31 - 1. */
export function seqDiff(a: number, b: number): number {
  return (a - b) | 0;
}

export function seqLt(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function seqLe(a: number, b: number): boolean {
  return ((a - b) | 0) <= 0;
}

export function seqGt(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

export function seqGe(a: number, b: number): boolean {
  return ((a - b) | 0) >= 0;
}
