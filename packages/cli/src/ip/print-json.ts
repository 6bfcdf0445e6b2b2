/** JSON on one line, or, with `pretty`, over several lines as iproute2 writes it with -p. */
export function toIpJson(value: unknown, pretty: boolean): string {
  return `${pretty ? prettyOf(value, 0) : JSON.stringify(value)}\n`;
}

function prettyOf(value: unknown, depth: number): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return '[ ]';
    return `[ ${value.map((item) => prettyOf(item, depth + 1)).join(',')} ]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const indent = ' '.repeat(4 * (depth + 1));
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `\n${indent}${JSON.stringify(name)}: ${prettyOf(field, depth + 1)}`);
  if (fields.length === 0) return '{}';
  return `{${fields.join(',')}\n${' '.repeat(4 * depth)}}`;
}
