import { WordError, type WordReader } from './word-reader.ts';

/** What an impairment is on: a direction of an interface, both, or a wire. */
export type NetemPlace =
  | {
      readonly kind: 'interface';
      readonly name: string;
      readonly direction: 'in' | 'out' | undefined;
    }
  | { readonly kind: 'wire'; readonly name: string };

/** `dev IF [in|out]` or `wire NAME`. Undefined: the next word is neither. Throws WordError. */
export function parsePlace(reader: WordReader): NetemPlace | undefined {
  if (reader.take('wire')) {
    const name = reader.any('wire', 'the name of a wire, such as lan');
    if (reader.next === 'in' || reader.next === 'out') {
      throw new WordError('a wire has no direction: it impairs what each station sends on it');
    }
    return { kind: 'wire', name };
  }
  if (!reader.take('dev')) return undefined;
  const name = reader.any('dev', 'the name of an interface, such as eth0');
  return { kind: 'interface', name, direction: reader.take('in', 'out') };
}

/** The same, where a place is needed. */
export function requirePlace(reader: WordReader): NetemPlace {
  const place = parsePlace(reader);
  if (place !== undefined) return place;
  const there = reader.next === undefined ? 'nothing is there' : `${reader.next} is there`;
  throw new WordError(`say what to impair: dev IF [in|out] or wire NAME (${there})`);
}

/** Throws WordError if words are left. */
export function requireEnd(reader: WordReader): void {
  if (reader.isAtEnd) return;
  throw new WordError(`${reader.next} is one word too many: dev IF [in|out] or wire NAME`);
}

export function formatPlace(place: NetemPlace): string {
  if (place.kind === 'wire') return `wire ${place.name}`;
  return [`dev ${place.name}`, place.direction].filter((it) => it !== undefined).join(' ');
}
