import type { LinkType } from './capture.ts';
import { FilterError } from './filter-error.ts';
import { type Token, tokenize } from './tokens.ts';

/** Walks over the tokens of an expression. */
export class Cursor {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  /** The first header of captures. A packet without a frame has no Ethernet addresses. */
  readonly linkType: LinkType;
  #at = 0;

  /** Throws FilterError at a character that cannot begin a token. */
  constructor(expression: string, linkType: LinkType) {
    this.linkType = linkType;
    this.#expression = expression;
    this.#tokens = tokenize(expression);
  }

  /** Whether all tokens are taken. */
  get isAtEnd(): boolean {
    return this.next.kind === 'end';
  }

  get next(): Token {
    return this.#tokens[this.#at]!;
  }

  /** Whether the token after the next one is `[`. */
  get isIndexed(): boolean {
    return this.#tokens[this.#at + 1]?.text === '[';
  }

  /** Takes the next token, whatever it is. */
  skip(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  /** Takes the next token if it is one of these keywords or signs. */
  take(...texts: readonly string[]): string | undefined {
    const { text, kind, isEscaped } = this.next;
    if (kind === 'end' || isEscaped || !texts.includes(text)) return undefined;
    this.#at += 1;
    return text;
  }

  /** Takes this keyword or sign, or throws FilterError. */
  expect(text: string): void {
    if (this.take(text) === undefined) throw this.error(`expected ${text}`);
  }

  /** Runs `parse`. If `parse` returns undefined, no token is taken. */
  attempt<Value>(parse: () => Value | undefined): Value | undefined {
    const before = this.#at;
    const value = parse();
    if (value === undefined) this.#at = before;
    return value;
  }

  /** An error at a position. Default: the position of the next token. */
  error(problem: string, position = this.next.position): FilterError {
    const { kind, text } = this.next;
    const isNext = position === this.next.position;
    const what = kind === 'end' ? text : JSON.stringify(text);
    const full = isNext && problem.startsWith('expected') ? `${problem}, not ${what}` : problem;
    return new FilterError(full, this.#expression, position);
  }
}
