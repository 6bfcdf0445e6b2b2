import { ErrorAtLine } from '../language/errors.ts';

/** Tokens of the assertions in `%{ … }%`: the subset of Python that scripts use. */
export interface CodeToken {
  readonly kind: 'number' | 'text' | 'name' | 'mark' | 'end-of-statement' | 'end';
  readonly text: string;
  /** Line relative to the start of the code, from 0. */
  readonly line: number;
}

/** Thrown for code outside this subset; `line` as in {@link CodeToken}. */
export class CodeError extends ErrorAtLine {
  override readonly name = 'CodeError';
  readonly code = 'PKT_CODE';
}

const PATTERN =
  /(?<skip>[ \t\r]+|#[^\n]*|\\\r?\n)|(?<newline>[\n;])|(?<number>0x[0-9a-fA-F]+|\d+(?:\.\d+)?)|(?<text>'[^'\n]*'|"[^"\n]*")|(?<name>[A-Za-z_]\w*)|(?<mark>\*\*|\/\/|<<|>>|[-+]=|[<>=!]=|[-+*/%&|^~<>=(),[\]])/y;

export function tokenizeCode(source: string): CodeToken[] {
  const tokens: CodeToken[] = [];
  let line = 0;
  let depth = 0;
  PATTERN.lastIndex = 0;
  for (let at = 0; at < source.length; ) {
    PATTERN.lastIndex = at;
    const groups = PATTERN.exec(source)?.groups;
    if (groups === undefined) throw new CodeError(line, `cannot read '${source[at]}'`);
    const text = Object.values(groups).find((group) => group !== undefined)!;
    if (text === '(' || text === '[') depth += 1;
    if (text === ')' || text === ']') depth -= 1;
    const token = tokenOf(groups, text, line, depth);
    if (token !== undefined) tokens.push(token);
    if (text.includes('\n')) line += 1;
    at += text.length;
  }
  tokens.push({ kind: 'end-of-statement', text: '', line }, { kind: 'end', text: '', line });
  return tokens;
}

function tokenOf(
  groups: Record<string, string | undefined>,
  text: string,
  line: number,
  depth: number,
): CodeToken | undefined {
  if (groups['skip'] !== undefined) return undefined;
  if (groups['newline'] !== undefined) {
    // Within brackets a new line does not end the statement.
    return depth > 0 && text === '\n' ? undefined : { kind: 'end-of-statement', text, line };
  }
  if (groups['number'] !== undefined) return { kind: 'number', text, line };
  if (groups['text'] !== undefined) return { kind: 'text', text: text.slice(1, -1), line };
  return { kind: groups['name'] === undefined ? 'mark' : 'name', text, line };
}
