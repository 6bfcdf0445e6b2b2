import {
  combine,
  constant,
  headerOctets,
  OPERATORS,
  packetLength,
  RELATIONS,
  relate,
  type Sum,
} from './arithmetic.ts';
import type { Cursor } from './cursor.ts';
import { CONSTANTS } from './names.ts';
import { primitive, type Qualifiers, starts } from './primitives.ts';
import { and, not, or, type Test } from './test.ts';

/** A test and its qualifiers. A following name without qualifiers inherits them: `host a or b`. */
interface Term {
  readonly test: Test;
  readonly qualifiers: Qualifiers | undefined;
}

/**
 * `expression`: terms joined by `and` and `or`. Both have the same precedence and group from left
 * to right.
 */
export function parseExpression(cursor: Cursor, before?: Qualifiers): Term {
  let left = parseTerm(cursor, before);
  for (;;) {
    const isAnd = cursor.take('and', '&&') !== undefined;
    if (!isAnd && cursor.take('or', '||') === undefined) return left;
    const right = parseTerm(cursor, left.qualifiers ?? before);
    const join = isAnd ? and : or;
    left = { test: join(left.test, right.test), qualifiers: right.qualifiers };
  }
}

function parseTerm(cursor: Cursor, before: Qualifiers | undefined): Term {
  if (cursor.take('not', '!') !== undefined) {
    const { test, qualifiers } = parseTerm(cursor, before);
    return { test: not(test), qualifiers };
  }
  const relation = parseRelation(cursor);
  if (relation !== undefined) return { test: relation, qualifiers: undefined };
  if (cursor.take('(') !== undefined) {
    const inner = parseExpression(cursor, before);
    cursor.expect(')');
    return inner;
  }
  return primitive(cursor, before, parseExpression);
}

/** A comparison of numbers. If none begins here, it takes no token and returns undefined. */
function parseRelation(cursor: Cursor): Test | undefined {
  if (!mayBeginSum(cursor)) return undefined;
  return cursor.attempt(() => {
    const left = parseSum(cursor, 0);
    const sign = left && cursor.take(...Object.keys(RELATIONS));
    if (left === undefined || sign === undefined) return undefined;
    const right = parseSum(cursor, 0);
    if (right === undefined) throw cursor.error('expected a number');
    return relate(left, right, RELATIONS[sign]!);
  });
}

function mayBeginSum(cursor: Cursor): boolean {
  const { text, kind } = cursor.next;
  if (kind === 'word') return isNumber(text) || text === 'len' || cursor.isIndexed;
  return text === '(' || text === '-';
}

function parseSum(cursor: Cursor, level: number): Sum | undefined {
  if (level === OPERATORS.length) return parseOperand(cursor);
  const operators = OPERATORS[level]!;
  let left = parseSum(cursor, level + 1);
  while (left !== undefined) {
    const sign = cursor.take(...Object.keys(operators));
    if (sign === undefined) return left;
    const right = parseSum(cursor, level + 1);
    if (right === undefined) return undefined;
    left = combine(left, right, operators[sign]!);
  }
  return undefined;
}

function parseOperand(cursor: Cursor): Sum | undefined {
  if (cursor.take('-') !== undefined) {
    const operand = parseOperand(cursor);
    return operand && combine(constant(0), operand, (a, b) => (a - b) >>> 0);
  }
  if (cursor.take('(') !== undefined) {
    const inner = parseSum(cursor, 0);
    return inner && cursor.take(')') !== undefined ? inner : undefined;
  }
  const { text, kind, position } = cursor.next;
  if (kind !== 'word') return undefined;
  if (cursor.isIndexed) return parseIndexed(cursor);
  if (isNumber(text)) {
    cursor.skip();
    const value = Number(text);
    if (value > 0xffffffff) throw cursor.error(`${text} does not fit in 32 bits`, position);
    return constant(value);
  }
  if (cursor.take('len') !== undefined) return packetLength;
  const named = CONSTANTS.get(text);
  if (named === undefined || starts(text)) return undefined;
  cursor.skip();
  return constant(named);
}

/** `proto[index:size]`: octets of a header. */
function parseIndexed(cursor: Cursor): Sum {
  const { text: protocol, position } = cursor.next;
  cursor.skip();
  cursor.expect('[');
  const index = parseSum(cursor, 0);
  if (index === undefined) throw cursor.error('expected the number of an octet');
  let octets = 1;
  if (cursor.take(':') !== undefined) {
    const size = cursor.take('1', '2', '4');
    if (size === undefined) throw cursor.error('expected a size of 1, 2 or 4 octets');
    octets = Number(size);
  }
  cursor.expect(']');
  const sum = headerOctets(protocol, index, octets);
  if (sum === undefined) {
    throw cursor.error(`the octets of ${protocol} cannot be read: ether, ip, tcp … can`, position);
  }
  return sum;
}

function isNumber(text: string): boolean {
  return /^(?:\d+|0x[\da-f]+)$/.test(text);
}
