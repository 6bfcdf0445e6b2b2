/** Writes a lab file's short forms out, so that the schema sees one form of each field. */

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * `input` with an empty field where a name stands alone (`ends: { left, right }`), and with an
 * address alone as the field `address` (`left: 192.0.2.1/24`). All else stays as it is.
 */
export function writeOut(input: unknown): unknown {
  if (!isFields(input)) return input;
  const nodes = (value: unknown) => mapFields(value, (node) => node ?? {});
  return {
    ...input,
    ...('hosts' in input ? { hosts: nodes(input['hosts']) } : {}),
    ...('routers' in input ? { routers: nodes(input['routers']) } : {}),
    ...('switches' in input ? { switches: mapFields(input['switches'], writeWire) } : {}),
    ...('links' in input ? { links: mapFields(input['links'], writeWire) } : {}),
  };
}

function writeWire(wire: unknown): unknown {
  if (!isFields(wire)) return wire;
  const tap = 'tap' in wire ? { tap: wire['tap'] ?? {} } : {};
  return { ...wire, ...tap, ends: mapFields(wire['ends'], writeEnd) };
}

function writeEnd(end: unknown): unknown {
  return typeof end === 'string' ? { address: end } : (end ?? {});
}

function mapFields(value: unknown, change: (field: unknown) => unknown): unknown {
  if (!isFields(value)) return value ?? {};
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, change(field)]));
}
