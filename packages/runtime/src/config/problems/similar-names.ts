/** "Did you mean …?": finds the known names that are close to a misspelt one. */

/** A misspelt name may have one typing fault per three letters, and three at most. */
const LETTERS_PER_FAULT = 3;
const MOST_FAULTS = 3;

/** The names of `known` that are closest to `typed`; at most three. */
function similarNames(typed: string, known: Iterable<string>): string[] {
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

/** `did you mean lan?`; undefined if no known name is close. */
export function didYouMean(typed: string, known: Iterable<string>): string | undefined {
  const names = similarNames(typed, known);
  return names.length === 0 ? undefined : `did you mean ${names.join(' or ')}?`;
}

/** ` (did you mean lan?)`, for the end of a message; an empty text if no known name is close. */
export function hint(typed: string, known: Iterable<string>): string {
  const question = didYouMean(typed, known);
  return question === undefined ? '' : ` (${question})`;
}

/**
 * The number of typing faults between `typed` and `name`. Undefined if there are too many for a
 * misspelling.
 */
function faultsBetween(typed: string, name: string): number | undefined {
  const [left, right] = [typed.toLowerCase(), name.toLowerCase()];
  const leftEnd = lastPart(left);
  // A user may write only the last part of a sysctl's name.
  const faults = Math.min(editDistance(left, right), editDistance(leftEnd, lastPart(right)));
  const most = Math.min(MOST_FAULTS, Math.max(1, Math.floor(leftEnd.length / LETTERS_PER_FAULT)));
  // A one-letter name would match every other one-letter name.
  return faults <= most && faults < leftEnd.length ? faults : undefined;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/**
 * In a name this short a replaced letter makes another name: wan is not a misspelt lan, nor eth1 a
 * misspelt eth0.
 */
const SHORT_NAME = 4;

/**
 * The number of insertions, deletions, replacements and swaps of neighbours (Damerau-Levenshtein,
 * optimal string alignment).
 */
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
