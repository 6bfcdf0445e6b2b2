import { ScriptSyntaxError } from './errors.ts';
import type { Token, TokenKind } from './lexer.ts';

/** Walks over the tokens of a script. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The next token, or a later one. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  /** The tokens that are not taken yet. */
  rest(): readonly Token[] {
    return this.#tokens.slice(this.#at);
  }

  get line(): number {
    return this.peek().line;
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Whether the next token is this mark or word. */
  sees(text: string): boolean {
    const { kind, text: seen } = this.peek();
    return seen === text && (kind === 'mark' || kind === 'word' || kind === '...');
  }

  /** Takes the next token if it is this mark or word. */
  take(text: string): boolean {
    const seen = this.sees(text);
    if (seen) this.#at += 1;
    return seen;
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.unexpected(`'${text}'`);
  }

  /** Takes a token of this kind. */
  expectKind(kind: TokenKind, what: string): Token {
    if (this.peek().kind !== kind) throw this.unexpected(what);
    return this.next();
  }

  /** A decimal number from 0 to `most`. */
  number(what: string, most = 0xffffffff): number {
    const { text } = this.expectKind('integer', what);
    const value = Number(text);
    if (value < 0 || value > most) throw this.error(`${what} is out of range: ${text}`);
    return value;
  }

  unexpected(what: string): ScriptSyntaxError {
    return this.error(`expected ${what} instead of '${this.peek().text}'`);
  }

  error(message: string): ScriptSyntaxError {
    return new ScriptSyntaxError(this.line, message);
  }
}
