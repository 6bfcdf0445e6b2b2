import { ipv4Bits, parseIpv4 } from '@strata/wire';
import type { Cursor } from './cursor.ts';
import type { CallAction, Expression } from './script.ts';

/**
 * A system call with its expected result: `read(4, ..., 1000) = -1 EAGAIN (Resource temporarily
 * unavailable)`.
 */
export function parseCall(cursor: Cursor, endUs: number | undefined): CallAction {
  const { line } = cursor;
  const name = cursor.expectKind('word', 'a packet or a call').text;
  const args = parseArguments(cursor);
  cursor.expect('=');
  const result = parseExpression(cursor);
  const errno = cursor.peek().kind === 'word' ? cursor.next().text : undefined;
  // Skips the explanation of the error or flags in brackets.
  if (cursor.take('(')) while (!cursor.take(')')) cursor.next();
  return { kind: 'call', line, name, args, endUs, result, errno };
}

function parseArguments(cursor: Cursor): Expression[] {
  cursor.expect('(');
  if (cursor.take(')')) return [];
  return parseList(cursor, ')');
}

function parseList(cursor: Cursor, end: string): Expression[] {
  const items: Expression[] = [];
  if (cursor.take(end)) return items;
  do items.push(parseExpression(cursor));
  while (cursor.take(','));
  cursor.expect(end);
  return items;
}

function parseExpression(cursor: Cursor): Expression {
  const first = parseOperand(cursor);
  if (!cursor.sees('|')) return first;
  const parts = [first];
  while (cursor.take('|')) parts.push(parseOperand(cursor));
  return { kind: 'or', parts };
}

function parseOperand(cursor: Cursor): Expression {
  if (cursor.take('...')) return { kind: 'anything' };
  if (cursor.take('[')) return { kind: 'list', items: parseList(cursor, ']') };
  if (cursor.take('{')) return parseStruct(cursor);
  const token = cursor.peek();
  switch (token.kind) {
    case 'integer':
    case 'hex':
      return { kind: 'integer', value: Number(cursor.next().text) };
    case 'string':
      return parseString(cursor);
    case 'word':
      return parseWord(cursor);
    default:
      throw cursor.unexpected('a value');
  }
}

function parseString(cursor: Cursor): Expression {
  let text = '';
  while (cursor.peek().kind === 'string') text += withoutEscapes(cursor.next().text);
  // "text"... means any text with this beginning.
  cursor.take('...');
  return { kind: 'string', text };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0' };

function withoutEscapes(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{1,2}|[\s\S])/g, (_whole, code: string) =>
    code.length > 1
      ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
      : (ESCAPES[code] ?? code),
  );
}

function parseWord(cursor: Cursor): Expression {
  const name = cursor.next().text;
  // Only these words are functions. Any other word before a bracket is an errno with its text.
  if (name === 'htons' || name === 'inet_addr' || name === 'inet6_addr') {
    const args = parseArguments(cursor);
    return evaluated(name, args) ?? { kind: 'apply', name, args };
  }
  return { kind: 'word', name };
}

function evaluated(name: string, [argument]: readonly Expression[]): Expression | undefined {
  if (name === 'htons' && argument?.kind === 'integer') return argument;
  if (name !== 'inet_addr' || argument?.kind !== 'string') return undefined;
  const value = parseIpv4(argument.text);
  return value === undefined ? undefined : { kind: 'integer', value: ipv4Bits(value) };
}

function parseStruct(cursor: Cursor): Expression {
  const fields = new Map<string, Expression>();
  for (let place = 0; !cursor.take('}'); place += 1) {
    if (place > 0) cursor.expect(',');
    const [name, value] = parseField(cursor, place);
    fields.set(name, value);
  }
  return { kind: 'struct', fields };
}

/**
 * `name = value`, `name(count) = value`, or a value without a name, which gets its place as its
 * name.
 */
function parseField(cursor: Cursor, place: number): [string, Expression] {
  if (cursor.peek().kind === 'word') {
    const name = cursor.peek().text;
    const behind = cursor.peek(1);
    if (behind.kind === 'mark' && behind.text === '=') {
      cursor.next();
      cursor.next();
      return [name, parseExpression(cursor)];
    }
    if (behind.kind === 'mark' && behind.text === '(' && name.startsWith('msg_')) {
      cursor.next();
      parseArguments(cursor);
      cursor.expect('=');
      return [name, parseExpression(cursor)];
    }
  }
  return [String(place), parseExpression(cursor)];
}
