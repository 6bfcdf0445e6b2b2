import {
  TCP_OPTION_END,
  TCP_OPTION_MSS,
  TCP_OPTION_NOP,
  TCP_OPTION_SACK_PERMITTED,
  TCP_OPTION_WINDOW_SCALE,
} from '@strata/wire';
import type { Cursor } from './cursor.ts';
import { ScriptUnsupportedError } from './errors.ts';
import type { Direction, TcpOption } from './script.ts';

/** MD5 signature (RFC 2385). */
const TCP_OPTION_MD5 = 19;
/** TCP Fast Open (RFC 7413), and the experimental option before it (RFC 6994). */
const TCP_OPTION_FAST_OPEN = 34;
const TCP_OPTION_EXPERIMENT = 254;
const FAST_OPEN_EXPERIMENT = [0xf9, 0x89];

/** `<mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>`; none: no options; `<...>`: undefined. */
export function parseTcpOptionList(
  cursor: Cursor,
  direction: Direction,
): readonly TcpOption[] | undefined {
  // A `<` here begins options, not a packet: an event begins with its time.
  if (!cursor.take('<')) return [];
  if (cursor.take('...')) {
    if (direction === 'in') throw cursor.error('<...> is for outbound packets only');
    cursor.expect('>');
    return undefined;
  }
  const options: TcpOption[] = [];
  do options.push(parseOption(cursor, direction));
  while (cursor.take(','));
  cursor.expect('>');
  return options;
}

function parseOption(cursor: Cursor, direction: Direction): TcpOption {
  const { text: name } = cursor.expectKind('word', 'a TCP option');
  switch (name) {
    case 'nop':
      return octets(TCP_OPTION_NOP);
    case 'eol':
      return octets(TCP_OPTION_END);
    case 'mss': {
      const mss = cursor.number('an MSS', 0xffff);
      return octets(TCP_OPTION_MSS, mss >>> 8, mss & 255);
    }
    case 'wscale':
      return octets(TCP_OPTION_WINDOW_SCALE, cursor.number('a window scale', 255));
    case 'sackOK':
      return octets(TCP_OPTION_SACK_PERMITTED);
    case 'sack':
      return parseSack(cursor);
    case 'TS':
      return parseTimestamps(cursor);
    case 'md5':
      return octets(TCP_OPTION_MD5, ...hexOctets(cursor));
    case 'FO':
      refuseFastOpen(cursor, direction);
      return octets(TCP_OPTION_FAST_OPEN, ...hexOctets(cursor));
    case 'FOEXP':
      refuseFastOpen(cursor, direction);
      return octets(TCP_OPTION_EXPERIMENT, ...FAST_OPEN_EXPERIMENT, ...hexOctets(cursor));
    case 'ECN':
      throw new ScriptUnsupportedError(cursor.line, 'the AccECN option');
    default:
      throw cursor.error(`unknown TCP option ${name}`);
  }
}

/** Fast Open is allowed in the peer's packets only: ours never have it. */
function refuseFastOpen(cursor: Cursor, direction: Direction): void {
  if (direction === 'out') throw new ScriptUnsupportedError(cursor.line, 'TCP Fast Open');
}

function octets(code: number, ...values: number[]): TcpOption {
  return { kind: 'octets', code, octets: values };
}

function parseSack(cursor: Cursor): TcpOption {
  const blocks: { left: number; right: number }[] = [];
  do {
    const left = cursor.number('a sequence number');
    cursor.expect(':');
    blocks.push({ left, right: cursor.number('a sequence number') });
  } while (cursor.peek().kind === 'integer');
  return { kind: 'sack', blocks };
}

function parseTimestamps(cursor: Cursor): TcpOption {
  cursor.expect('val');
  const value = cursor.number('a timestamp');
  cursor.expect('ecr');
  return { kind: 'timestamps', value, echo: cursor.number('a timestamp') };
}

function hexOctets(cursor: Cursor): number[] {
  const { kind } = cursor.peek();
  if (kind !== 'word' && kind !== 'integer') return [];
  const { text: digits, line } = cursor.next();
  if (!/^[0-9a-fA-F]*$/.test(digits)) {
    throw new ScriptUnsupportedError(line, `the name ${digits}, which the script does not define`);
  }
  return Array.from({ length: Math.floor(digits.length / 2) }, (_none, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}
