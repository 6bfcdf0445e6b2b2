import { ScriptSyntaxError } from './errors.ts';

/** A token of a script. For quoted tokens, `text` is without the quotes. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
}

export type TokenKind =
  /** `--name` */
  | 'option'
  | 'integer'
  | 'hex'
  | 'float'
  | 'ipv4'
  | 'ipv6'
  /** A name: of a call, a constant, a flag, an option … */
  | 'word'
  | 'string'
  /** A shell command in back quotes. */
  | 'command'
  /** `%{ … }%` */
  | 'code'
  | '...'
  /** Any other character. */
  | 'mark'
  | 'end';

/** The longest match wins, as in packetdrill's scanner; among equally long ones the first. */
const RULES: readonly (readonly [TokenKind | 'skip', RegExp])[] = [
  ['skip', /[ \t\r\n]+/y],
  ['skip', /\/\/[^\n]*/y],
  ['skip', /#[^\n]*/y],
  ['skip', /\/\*[\s\S]*?\*\//y],
  ['code', /%\{[\s\S]*?\}%/y],
  ['...', /\.\.\./y],
  ['option', /--[a-zA-Z0-9_]+/y],
  ['ipv4', /\d+\.\d+\.\d+\.\d+/y],
  ['float', /-?\d*\.\d+/y],
  ['integer', /-?\d+/y],
  ['hex', /0x[0-9a-fA-F]+/y],
  ['word', /[a-zA-Z0-9_]+/y],
  ['string', /"(?:\\[\s\S]|[^"\\])*"/y],
  ['command', /`(?:\\[\s\S]|[^`\\])*`/y],
  ['ipv6', /(?:[0-9a-fA-F]{1,4}:)*(?:[0-9a-fA-F]{1,4})?::(?:[0-9a-fA-F]{1,4}:)*[0-9a-fA-F]{0,4}/y],
  ['mark', /[\s\S]/y],
];

/** Length of the delimiter on each side of a token of this kind. */
const DELIMITERS: Partial<Record<TokenKind, number>> = { string: 1, command: 1, code: 2 };

/** Cuts a script into tokens; the last is `end`. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (let at = 0; at < source.length; ) {
    const { kind, text } = longestMatch(source, at);
    if (kind === 'mark' && (text === '"' || text === '`')) {
      throw new ScriptSyntaxError(line, `${text} is never closed`);
    }
    const cut = kind === 'skip' ? 0 : (DELIMITERS[kind] ?? 0);
    if (kind !== 'skip') tokens.push({ kind, text: text.slice(cut, text.length - cut), line });
    line += countLines(text);
    at += text.length;
  }
  tokens.push({ kind: 'end', text: 'end of the script', line });
  return tokens;
}

function longestMatch(source: string, at: number): { kind: TokenKind | 'skip'; text: string } {
  let kind: TokenKind | 'skip' = 'mark';
  let text = '';
  for (const [candidate, pattern] of RULES) {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0] ?? '';
    if (found.length > text.length) [kind, text] = [candidate, found];
  }
  return { kind, text };
}

function countLines(text: string): number {
  let lines = 0;
  for (const character of text) if (character === '\n') lines += 1;
  return lines;
}
