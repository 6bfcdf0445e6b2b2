/** What the checks of a config share. */
import type { Path } from '../problems/faults.ts';
import { unknownName } from '../problems/words.ts';
import type { Config } from '../schema.ts';

/** A config under check. */
export interface Check {
  readonly config: Config;
  refuse(path: Path, message: string): void;
  /** The path in the file, formatted for messages. */
  say(path: Path): string;
  /**
   * Whether the path has a known fault, in itself, above it or below it. Then a missing value there
   * is no further fault.
   */
  isDoubtful(path: Path): boolean;
}

/**
 * Refuses an unknown name. `kind` is the section's name in messages. An entry with faults counts as
 * known. Returns whether it is unknown.
 */
export function refuseUnknown(
  check: Check,
  path: Path,
  kind: 'wire' | 'stack',
  name: string,
): boolean {
  const section: 'wires' | 'stacks' = `${kind}s`;
  const known = Object.keys(check.config[section]);
  if (known.includes(name)) return false;
  if (!check.isDoubtful([section, name])) check.refuse(path, unknownName(kind, name, known));
  return true;
}

/** Keys that may have one owner only. A second owner is refused, with the path of the first. */
export class Owners<Key> {
  readonly #check: Check;
  readonly #paths = new Map<Key, Path>();

  constructor(check: Check) {
    this.#check = check;
  }

  /**
   * Claims the key for `path`. If another path has the key, refuses `path` with the message that
   * `describe` makes of that owner.
   */
  claim(key: Key, path: Path, describe: (owner: string) => string): void {
    const owner = this.#paths.get(key);
    if (owner === undefined) this.#paths.set(key, path);
    else this.#check.refuse(path, describe(this.#check.say(owner)));
  }
}
