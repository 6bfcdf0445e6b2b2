import { CodeError, type CodeToken, tokenizeCode } from './tokens.ts';
import type { CodeExpression, CodeStatement } from './tree.ts';

/**
 * Binary operators in order of precedence, lowest first. Comparisons have a lower precedence than
 * all of them.
 */
const LEVELS: readonly (readonly string[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%'],
];
const COMPARISONS: readonly string[] = ['==', '!=', '<=', '>=', '<', '>'];

/**
 * Reads the statements of a `%{ … }%`: assert, print, and assignments.
 *
 * @throws CodeError for anything else
 */
export function parseCode(source: string): CodeStatement[] {
  return new Parser(tokenizeCode(source)).statements();
}

class Parser {
  readonly #tokens: readonly CodeToken[];
  #at = 0;

  constructor(tokens: readonly CodeToken[]) {
    this.#tokens = tokens;
  }

  statements(): CodeStatement[] {
    const statements: CodeStatement[] = [];
    for (;;) {
      while (this.#peek().kind === 'end-of-statement') this.#at += 1;
      if (this.#peek().kind === 'end') return statements;
      statements.push(this.#statement());
      if (this.#peek().kind !== 'end-of-statement') throw this.#unexpected();
    }
  }

  #peek(ahead = 0): CodeToken {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  #unexpected(): CodeError {
    const { line, text } = this.#peek();
    return new CodeError(line, `'${text}' is not understood here`);
  }

  #take(text: string): boolean {
    const { kind, text: seen } = this.#peek();
    if (seen !== text || (kind !== 'mark' && kind !== 'name')) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected();
  }

  #statement(): CodeStatement {
    const { line, kind, text } = this.#peek();
    if (this.#take('assert')) return this.#assertion(line);
    const operator = this.#peek(1).text;
    if (kind === 'name' && (operator === '=' || operator === '+=' || operator === '-=')) {
      this.#at += 2;
      return { kind: 'assign', line, name: text, operator, value: this.#expression() };
    }
    if (kind === 'name' && text === 'print') {
      this.#at += 1;
      this.#expect('(');
      return { kind: 'print', line, args: this.#list(')') };
    }
    throw this.#unexpected();
  }

  #assertion(line: number): CodeStatement {
    const start = this.#at;
    const condition = this.#expression();
    const text = this.#tokens
      .slice(start, this.#at)
      .map((token) => token.text)
      .join(' ');
    const message = this.#take(',') ? this.#expression() : undefined;
    return { kind: 'assert', line, condition, message, text };
  }

  #list(close: string): CodeExpression[] {
    const items: CodeExpression[] = [];
    while (!this.#take(close)) {
      if (items.length > 0) this.#expect(',');
      if (this.#take(close)) break;
      items.push(this.#expression());
    }
    return items;
  }

  #expression(): CodeExpression {
    let left = this.#conjunction();
    while (this.#take('or')) {
      left = { kind: 'binary', operator: 'or', left, right: this.#conjunction() };
    }
    return left;
  }

  #conjunction(): CodeExpression {
    let left = this.#negation();
    while (this.#take('and')) {
      left = { kind: 'binary', operator: 'and', left, right: this.#negation() };
    }
    return left;
  }

  #negation(): CodeExpression {
    if (this.#take('not')) return { kind: 'unary', operator: 'not', of: this.#negation() };
    const first = this.#binary(0);
    const rest: { operator: string; of: CodeExpression }[] = [];
    while (COMPARISONS.includes(this.#peek().text) && this.#peek().kind === 'mark') {
      const operator = this.#peek().text;
      this.#at += 1;
      rest.push({ operator, of: this.#binary(0) });
    }
    return rest.length === 0 ? first : { kind: 'compare', first, rest };
  }

  #binary(level: number): CodeExpression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const { kind, text: operator } = this.#peek();
      if (kind !== 'mark' || !operators.includes(operator)) return left;
      this.#at += 1;
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): CodeExpression {
    for (const operator of ['-', '+', '~']) {
      if (this.#take(operator)) return { kind: 'unary', operator, of: this.#unary() };
    }
    return this.#operand();
  }

  #operand(): CodeExpression {
    const { kind, text, line } = this.#peek();
    if (kind === 'number' || kind === 'text') {
      this.#at += 1;
      return { kind: 'value', value: kind === 'number' ? Number(text) : text };
    }
    if (this.#take('(')) return this.#bracketed();
    if (kind !== 'name') throw this.#unexpected();
    this.#at += 1;
    if (this.#take('(')) return { kind: 'call', name: text, args: this.#list(')') };
    if (text === 'True' || text === 'False') return { kind: 'value', value: text === 'True' };
    if (text === 'None') return { kind: 'value', value: null };
    return { kind: 'name', name: text, line };
  }

  #bracketed(): CodeExpression {
    const items = this.#list(')');
    const isTuple = items.length !== 1 || this.#tokens[this.#at - 2]?.text === ',';
    return isTuple ? { kind: 'tuple', items } : items[0]!;
  }
}
