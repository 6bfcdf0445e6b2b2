import { FilterError } from './filter-error.ts';

/** A token of an expression. `word`: a keyword, name, address or number. */
export interface Token {
  readonly kind: 'word' | 'sign' | 'end';
  /** A word is in lower case. An escaped word (`\tcp`) is without its backslash. */
  readonly text: string;
  /** Whether it was written with a backslash: then it is a name, never a keyword. */
  readonly isEscaped: boolean;
  /** Characters from the expression's start. */
  readonly position: number;
}

/** Longer signs come first, so that `<<` is not read as two signs. */
const SIGN = /<<|>>|<=|>=|!=|==|&&|\|\||[()[\]!=<>&|^+*/%:-]/y;
/** Names, numbers, ranges, IPv4 and MAC addresses. A hyphen is part of a name such as `tcp-syn`. */
const WORD =
  /\\?(?:(?:[\da-f]{1,2}[:-]){5}[\da-f]{1,2}|\d+-\d+|[a-z_][\w.-]*|0x[\da-f]+|\d+(?:\.\d+)*)/iy;

/** Splits an expression. Throws FilterError at a character that cannot begin a token. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < expression.length) {
    if (/\s/.test(expression[at]!)) {
      at += 1;
      continue;
    }
    const word = match(WORD, expression, at);
    const text = word ?? match(SIGN, expression, at);
    if (text === undefined) {
      throw new FilterError(
        `unexpected character ${JSON.stringify(expression[at])}`,
        expression,
        at,
      );
    }
    tokens.push({
      kind: word === undefined ? 'sign' : 'word',
      text: text.replace(/^\\/, '').toLowerCase(),
      isEscaped: text.startsWith('\\'),
      position: at,
    });
    at += text.length;
  }
  tokens.push({ kind: 'end', text: 'the end', isEscaped: false, position: expression.length });
  return tokens;
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
