/** Removes the faulty fields from a config file, so that the rest can still be checked. */

export type Path = readonly PropertyKey[];

/** Finds the places of a checked config in its file. */
export interface PathsInFile {
  /** The path in the file, for a path in the config. */
  originalPath(path: Path): Path;
  /** Whether there is a fault at the path in the file, above it or below it. */
  touch(path: Path): boolean;
}

/** The places of a file's faults, and the file without them. */
export class Faults implements PathsInFile {
  readonly #places: Path[] = [];

  /** Notes a fault at the path. */
  add(path: Path): void {
    const isThere = this.#places.some((place) => comparePaths(place, path) === 0);
    if (!isThere) this.#places.push(path);
  }

  /**
   * Whether there is a fault at the path, above it or below it. Then a missing value there is no
   * further fault.
   */
  touch(path: Path): boolean {
    return this.#places.some((place) => {
      const common = Math.min(place.length, path.length);
      return startsWith(place, path.slice(0, common));
    });
  }

  /**
   * `input` without its faults. Removing an item of a list moves later items up: see
   * {@link originalPath}.
   */
  remove(input: unknown): unknown {
    // From the end: a removal does not move the places that are still to be removed.
    const places = [...this.#places].sort((a, b) => -comparePaths(a, b));
    return places.reduce((value, place) => without(value, place), input);
  }

  /** The path in the file, for a `path` in the file without its faults. */
  originalPath(path: Path): Path {
    const original: PropertyKey[] = [];
    for (const part of path) {
      if (typeof part !== 'number') original.push(part);
      else original.push(this.#originalIndex(original, part));
    }
    return original;
  }

  #originalIndex(list: Path, index: number): number {
    let left = index;
    for (let at = 0; ; at += 1) {
      const isGone = this.#places.some(
        (place) => place.length === list.length + 1 && startsWith(place, [...list, at]),
      );
      if (isGone) continue;
      if (left === 0) return at;
      left -= 1;
    }
  }
}

function startsWith(path: Path, start: Path): boolean {
  return path.length >= start.length && start.every((part, index) => path[index] === part);
}

function comparePaths(a: Path, b: Path): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const [left, right] = [a[i]!, b[i]!];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return String(left) < String(right) ? -1 : 1;
  }
  return a.length - b.length;
}

/**
 * A copy without the value at the path. Only the objects on the path are copied: a YAML alias may
 * be in several places.
 */
function without(value: unknown, [head, ...rest]: Path): unknown {
  if (typeof value !== 'object' || value === null || head === undefined) return value;
  if (Array.isArray(value)) {
    const index = Number(head);
    if (rest.length === 0) return value.filter((_, at) => at !== index);
    return value.map((item, at) => (at === index ? without(item, rest) : item));
  }
  const entries = Object.entries(value);
  if (rest.length === 0) return Object.fromEntries(entries.filter(([key]) => key !== head));
  return Object.fromEntries(
    entries.map(([key, item]) => [key, key === head ? without(item, rest) : item]),
  );
}
