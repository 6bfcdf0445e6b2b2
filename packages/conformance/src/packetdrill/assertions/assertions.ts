import { ErrorAtLine } from '../language/errors.ts';
import { parseCode } from './parser.ts';
import { CodeError } from './tokens.ts';
import type { CodeExpression, CodeStatement, CodeValue } from './tree.ts';

/** Thrown if an assertion does not hold. `line` is relative to the start of the code. */
export class AssertionFailure extends ErrorAtLine {
  override readonly name = 'AssertionFailure';
  readonly code = 'PKT_ASSERTION';
}

/** Runs the code of a script. Names keep their values from one piece of code to the next. */
export class Assertions {
  readonly #own = new Map<string, CodeValue>();

  /**
   * `lookUp` gives the current value of a name of the connection, such as `tcpi_cwnd`.
   *
   * @throws AssertionFailure for an assertion that does not hold, CodeError for unknown syntax or
   * names
   */
  run(source: string, lookUp: (name: string) => number | undefined): void {
    for (const statement of parseCode(source)) this.#run(statement, lookUp);
  }

  #run(statement: CodeStatement, lookUp: (name: string) => number | undefined): void {
    const { line } = statement;
    const evaluate = (expression: CodeExpression): CodeValue =>
      new Evaluation(line, (name) => this.#own.get(name) ?? lookUp(name)).value(expression);
    switch (statement.kind) {
      case 'assert': {
        if (isTrue(evaluate(statement.condition))) return;
        const { message, text } = statement;
        const seen = message === undefined ? '' : `: ${textOf(evaluate(message))}`;
        throw new AssertionFailure(line, `${text} does not hold${seen}`);
      }
      case 'print':
        return;
      case 'assign': {
        const value = evaluate(statement.value);
        this.#own.set(statement.name, this.#assigned(statement, value));
        return;
      }
    }
  }

  #assigned(statement: Extract<CodeStatement, { kind: 'assign' }>, value: CodeValue): CodeValue {
    if (statement.operator === '=') return value;
    const before = this.#own.get(statement.name);
    if (typeof before !== 'number' || typeof value !== 'number') {
      throw new CodeError(statement.line, `${statement.name} is no number`);
    }
    return statement.operator === '+=' ? before + value : before - value;
  }
}

class Evaluation {
  readonly #line: number;
  readonly #lookUp: (name: string) => CodeValue | undefined;

  constructor(line: number, lookUp: (name: string) => CodeValue | undefined) {
    this.#line = line;
    this.#lookUp = lookUp;
  }

  value(expression: CodeExpression): CodeValue {
    switch (expression.kind) {
      case 'value':
        return expression.value;
      case 'name': {
        const value = this.#lookUp(expression.name);
        if (value === undefined) throw new CodeError(this.#line, `${expression.name} is not known`);
        return value;
      }
      case 'tuple':
        return expression.items.map((item) => this.value(item));
      case 'unary':
        return this.#unary(expression.operator, this.value(expression.of));
      case 'binary':
        return this.#binary(expression);
      case 'compare':
        return this.#compare(expression);
      case 'call':
        return this.#call(expression.name, expression.args);
    }
  }

  #number(value: CodeValue): number {
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (typeof value !== 'number') throw new CodeError(this.#line, `${textOf(value)} is no number`);
    return value;
  }

  #unary(operator: string, value: CodeValue): CodeValue {
    if (operator === 'not') return !isTrue(value);
    const number = this.#number(value);
    if (operator === '-') return -number;
    return operator === '~' ? -number - 1 : number;
  }

  #binary({ operator, left, right }: Extract<CodeExpression, { kind: 'binary' }>): CodeValue {
    const first = this.value(left);
    if (operator === 'and') return isTrue(first) ? this.value(right) : first;
    if (operator === 'or') return isTrue(first) ? first : this.value(right);
    const second = this.value(right);
    if (operator === '%' && typeof first === 'string') return format(first, second);
    const apply = ARITHMETIC[operator];
    if (apply === undefined) throw new CodeError(this.#line, `${operator} is not understood`);
    return apply(this.#number(first), this.#number(second));
  }

  #compare({ first, rest }: Extract<CodeExpression, { kind: 'compare' }>): boolean {
    let left = this.value(first);
    for (const { operator, of } of rest) {
      const right = this.value(of);
      if (!this.#holds(operator, left, right)) return false;
      left = right;
    }
    return true;
  }

  #holds(operator: string, left: CodeValue, right: CodeValue): boolean {
    if (operator === '==' || operator === '!=') {
      return (textOf(left) === textOf(right)) === (operator === '==');
    }
    const difference = this.#number(left) - this.#number(right);
    if (operator === '<') return difference < 0;
    if (operator === '<=') return difference <= 0;
    return operator === '>' ? difference > 0 : difference >= 0;
  }

  #call(name: string, args: readonly CodeExpression[]): CodeValue {
    const apply = FUNCTIONS[name];
    if (apply === undefined) throw new CodeError(this.#line, `the function ${name} is not there`);
    return apply(...args.map((argument) => this.#number(this.value(argument))));
  }
}

/** Python's operators. `//` and `%` round down; whole numbers are exact up to 2^53. */
const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '//': (left, right) => Math.floor(left / right),
  '%': (left, right) => left - right * Math.floor(left / right),
  '&': (left, right) => (left & right) >>> 0,
  '|': (left, right) => (left | right) >>> 0,
  '^': (left, right) => (left ^ right) >>> 0,
  '<<': (left, right) => left * 2 ** right,
  '>>': (left, right) => Math.floor(left / 2 ** right),
};

const FUNCTIONS: Readonly<Record<string, (...args: number[]) => number>> = {
  abs: Math.abs,
  min: Math.min,
  max: Math.max,
  int: Math.trunc,
  round: Math.round,
};

function isTrue(value: CodeValue): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function textOf(value: CodeValue): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return Array.isArray(value) ? `(${value.map(textOf).join(', ')})` : String(value);
}

function format(pattern: string, value: CodeValue): string {
  const values = Array.isArray(value) ? [...value] : [value];
  return pattern.replace(/%[-+ 0#]*\d*(?:\.\d+)?[a-zA-Z]/g, () => textOf(values.shift() ?? null));
}
