/** What the checks of a config share. */
import type { Path } from './faults.ts';
import type { Config } from './schema.ts';
import { unknownName } from './words.ts';

/** A config under check. */
export interface Check {
  readonly config: Config;
  refuse(path: Path, message: string): void;
  /** The path as it stands in the file, in words. */
  say(path: Path): string;
  /** Whether the place is known to be wrong, or something in it is: then what is missing there says nothing. */
  isDoubtful(path: Path): boolean;
}

/** Refuses a name that nothing has. `kind` is the section's name for people; what is there and wrong counts as there. */
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

/** What may have one owner only; a second one is refused with the first one's path. */
export class Owners<Key extends string | number> {
  readonly #check: Check;
  readonly #paths = new Map<Key, Path>();

  constructor(check: Check) {
    this.#check = check;
  }

  /** `path` has it; `describe` says what is wrong where `owner` has it already. */
  claim(key: Key, path: Path, describe: (owner: string) => string): void {
    const owner = this.#paths.get(key);
    if (owner === undefined) this.#paths.set(key, path);
    else this.#check.refuse(path, describe(this.#check.say(owner)));
  }
}
