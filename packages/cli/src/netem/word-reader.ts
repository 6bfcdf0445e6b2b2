import { hint } from '@strata/runtime/names';
import { parsePercent, parseSize, parseTime } from './units.ts';

/** A wrong word of the command line. The message says what was expected. */
export class WordError extends Error {
  override readonly name = 'WordError';
  readonly code = 'NETEM_WORD';
}

/** Reads the words of a command line one after the other. All methods throw WordError. */
export class WordReader {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#words.length;
  }

  /** The next word, without taking it. Undefined: there is none. */
  get next(): string | undefined {
    return this.#words[this.#at];
  }

  /** Takes all words that are left. */
  rest(): readonly string[] {
    const left = this.#words.slice(this.#at);
    this.#at = this.#words.length;
    return left;
  }

  /** Takes the next word if it is one of these. */
  take<Word extends string>(...words: readonly Word[]): Word | undefined {
    const found = words.find((word) => word === this.next);
    if (found !== undefined) this.#at += 1;
    return found;
  }

  /** Takes a word. `wanted` completes "it should be …". */
  any(after: string, wanted: string): string {
    const word = this.next;
    if (word === undefined) {
      throw new WordError(`behind ${after} there is nothing: it should be ${wanted}`);
    }
    this.#at += 1;
    return word;
  }

  /** Takes one of these words. */
  choice<Word extends string>(after: string, words: readonly Word[]): Word {
    const wanted = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
    const word = this.any(after, wanted);
    const found = words.find((one) => one === word);
    if (found !== undefined) return found;
    throw new WordError(
      `behind ${after} there is ${word}: it should be ${wanted}${hint(word, words)}`,
    );
  }

  /** Whether the next word begins with a digit: then it belongs to the words before. */
  get isNumber(): boolean {
    return /^\.?\d/.test(this.next ?? '');
  }

  /** The same, for a number that may be negative. */
  get isSignedNumber(): boolean {
    return /^-?\d/.test(this.next ?? '');
  }

  percent(after: string): number {
    return this.#parsed(after, 'a percentage of 0% to 100%, such as 2%', parsePercent);
  }

  /** Milliseconds, up to a minute. */
  time(after: string): number {
    const wanted = 'a time of 0 to 60s, such as 20ms (s, ms, us, ns; without a unit: us)';
    return this.#parsed(after, wanted, (text) => within(parseTime(text), 0, 60_000));
  }

  /** A whole number from `least` to `most`, with tc's units of sizes if `unit` is octets. */
  integer(after: string, least: number, most: number, unit: string): number {
    const wanted = `a whole number of ${unit} from ${least} to ${most}`;
    return this.#parsed(after, wanted, (text) => {
      const isSigned = /^-\d+$/.test(text);
      const value = isSigned ? Number(text) : parseSize(text);
      return Number.isInteger(value) ? within(value, least, most) : undefined;
    });
  }

  /** Takes a word that `parse` understands. */
  parsed<Value>(after: string, wanted: string, parse: (text: string) => Value | undefined): Value {
    return this.#parsed(after, wanted, parse);
  }

  #parsed<Value>(after: string, wanted: string, parse: (text: string) => Value | undefined): Value {
    const word = this.any(after, wanted);
    const value = parse(word);
    if (value !== undefined) return value;
    throw new WordError(`behind ${after} there is ${word}: it should be ${wanted}`);
  }
}

function within(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}
