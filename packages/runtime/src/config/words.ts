/** Paths, values and names of a config in words for a person. */
import { inspect } from 'node:util';
import type { Path } from './faults.ts';
import { didYouMean } from './similar-names.ts';

/** A path as a person writes it: `stacks.server.interfaces[0].mtu`, a name with dots in quotes. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[\w-]+$/.test(String(part))) text += `[${show(String(part))}]`;
    else text += `${text === '' ? '' : '.'}${String(part)}`;
  }
  return text;
}

/** The value at a path of what a file says; undefined where there is none. */
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

/** A value on one line. A file may hold anything: control characters, or an alias of what it stands in. */
export function show(value: unknown): string {
  const text = inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

/** `a, b or c` */
export function listWords(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

/** ` (did you mean lan?)`, or nothing where no known name comes close. */
export function hint(typed: string, known: Iterable<string>): string {
  const question = didYouMean(typed, known);
  return question === undefined ? '' : ` (${question})`;
}

/** That nothing has the name that something refers to, and what there is. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const defined = known.length === 0 ? 'none is defined' : `defined: ${known.join(', ')}`;
  return `there is no ${kind} ${name}; ${defined}${hint(name, known)}`;
}
