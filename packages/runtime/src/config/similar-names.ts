/** "Did you mean …?": which known names come close to a misspelt one. */

/** Typing faults that a name of so many letters may have: one in three letters, three at most. */
const LETTERS_PER_FAULT = 3;
const MOST_FAULTS = 3;

/** The names of `known` that somebody who writes `typed` may mean, the closest first; at most three. */
export function similarNames(typed: string, known: Iterable<string>): string[] {
  const found: { readonly name: string; readonly faults: number }[] = [];
  for (const name of known) {
    const faults = faultsBetween(typed, name);
    if (faults !== undefined) found.push({ name, faults });
  }
  const closest = Math.min(...found.map(({ faults }) => faults));
  return found
    .filter(({ faults }) => faults === closest)
    .map(({ name }) => name)
    .slice(0, 3);
}

/** `did you mean lan?`; undefined where no known name comes close. */
export function didYouMean(typed: string, known: Iterable<string>): string | undefined {
  const names = similarNames(typed, known);
  return names.length === 0 ? undefined : `did you mean ${names.join(' or ')}?`;
}

/** How many faults make `typed` of `name`; undefined: too many for a misspelling. */
function faultsBetween(typed: string, name: string): number | undefined {
  const [left, right] = [typed.toLowerCase(), name.toLowerCase()];
  const leftEnd = lastPart(left);
  // Of a knob the part behind the last dot alone may be right.
  const faults = Math.min(editDistance(left, right), editDistance(leftEnd, lastPart(right)));
  const most = Math.min(MOST_FAULTS, Math.max(1, Math.floor(leftEnd.length / LETTERS_PER_FAULT)));
  // One letter says nothing: every other one-letter name would do.
  return faults <= most && faults < leftEnd.length ? faults : undefined;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** A name this short with another letter is another name: wan is not a misspelt lan, nor eth1 a misspelt eth0. */
const SHORT_NAME = 4;

/** Letters to insert, delete, replace or swap with the next one (Damerau-Levenshtein, optimal string alignment). */
function editDistance(left: string, right: string): number {
  const replacement = right.length <= SHORT_NAME ? 2 : 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const differs = left[row - 1] === right[column - 1] ? 0 : replacement;
      let least = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + differs,
      );
      const isSwap =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      if (isSwap) least = Math.min(least, beforeLast[column - 2]! + 1);
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length]!;
}
