/** Times are sums, so they may differ by rounding errors. */
const TOLERANCE = 1e-6;

/** Describes where two values of plain data differ. Undefined: they are equal. */
export function difference(a: unknown, b: unknown, path = ''): string | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    return Math.abs(a - b) <= TOLERANCE ? undefined : `${path}: ${a} and ${b}`;
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    const isSame = a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
    return isSame ? undefined : `${path}: other octets`;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b ? undefined : `${path}: ${String(a)} and ${String(b)}`;
  }
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = difference(
      (a as Record<string, unknown>)[name],
      (b as Record<string, unknown>)[name],
      `${path}.${name}`,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
