/** Formats the paths, values and names of a config for messages. */
import { inspect } from 'node:util';
import type { Path } from './faults.ts';
import { hint } from './similar-names.ts';

/** Formats a path: `stacks.server.interfaces[0].mtu`. A name with dots is quoted. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[\w-]+$/.test(String(part))) text += `[${show(String(part))}]`;
    else text += `${text === '' ? '' : '.'}${String(part)}`;
  }
  return text;
}

/** The value at a path of `input`; undefined if there is none. */
export function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

const SHOWN_CHARACTERS = 60;

/**
 * Formats a value on one line. The value may be anything: text with control characters, or an alias
 * that contains itself.
 */
export function show(value: unknown): string {
  const text = inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

/** The message for a reference to an unknown name, with the known names. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const defined = known.length === 0 ? 'none is defined' : `defined: ${known.join(', ')}`;
  return `there is no ${kind} ${name}; ${defined}${hint(name, known)}`;
}
