import { Cursor } from './cursor.ts';
import { type Token, tokenize } from './lexer.ts';
import { parseCall } from './parse-call.ts';
import { isPacketStart, parsePacket } from './parse-packet.ts';
import type {
  Action,
  CodeAction,
  CommandAction,
  EventTime,
  Script,
  ScriptEvent,
  ScriptOption,
} from './script.ts';

/**
 * Parses a script in packetdrill's language.
 *
 * @throws ScriptSyntaxError if it is not in the language
 */
export function parseScript(source: string): Script {
  const head = new Cursor(tokenize(source));
  const options = parseOptions(head);
  const cursor = new Cursor(substitute(head.rest(), options));
  const setup = takeCommand(cursor);
  const events: ScriptEvent[] = [];
  while (cursor.peek().kind !== 'end' && cursor.peek().kind !== 'command') {
    events.push(parseEvent(cursor));
  }
  if (events.length === 0) throw cursor.unexpected('an event');
  const cleanup = takeCommand(cursor);
  if (cursor.peek().kind !== 'end') throw cursor.unexpected('the end of the script');
  return { options, setup, events, cleanup };
}

function parseOptions(cursor: Cursor): ScriptOption[] {
  const options: ScriptOption[] = [];
  while (cursor.peek().kind === 'option') {
    const { text: name, line } = cursor.next();
    const value = cursor.take('=') ? optionValue(cursor) : '';
    options.push({ name: name.slice(2), value, line });
  }
  return options;
}

function optionValue(cursor: Cursor): string {
  const value = cursor.next();
  if (value.kind !== 'word' || !cursor.take('=')) return value.text;
  const right = cursor.next();
  const quote = right.kind === 'string' ? '"' : right.kind === 'command' ? '`' : '';
  return `${value.text}=${quote}${right.text}${quote}`;
}

/** Replaces words by the values of `--define=NAME=value`. */
function substitute(tokens: readonly Token[], options: readonly ScriptOption[]): Token[] {
  const defined = new Map<string, string>();
  for (const { name, value } of options) {
    const at = value.indexOf('=');
    if ((name === 'define' || name === 'D') && at > 0) {
      defined.set(value.slice(0, at), value.slice(at + 1));
    }
  }
  return tokens.map((token) => {
    const value = token.kind === 'word' ? defined.get(token.text) : undefined;
    return value === undefined ? token : { ...tokenize(value)[0]!, line: token.line };
  });
}

function takeCommand(cursor: Cursor): CommandAction | undefined {
  if (cursor.peek().kind !== 'command') return undefined;
  const { text, line } = cursor.next();
  return { kind: 'command', text, line };
}

function parseEvent(cursor: Cursor): ScriptEvent {
  const { line } = cursor;
  const time = parseEventTime(cursor);
  const action = parseAction(cursor);
  const isOutbound = action.kind === 'packet' && action.direction === 'out';
  if (time.kind === 'any' && !isOutbound) {
    throw cursor.error("the time '*' is for outbound packets only");
  }
  if (time.kind === 'at' && time.endUs !== time.us && !isOutbound) {
    throw cursor.error('a range of times is for outbound packets only');
  }
  return { line, time, action };
}

function parseEventTime(cursor: Cursor): EventTime {
  if (cursor.take('*')) return { kind: 'any' };
  const relative = cursor.take('+');
  const us = parseTime(cursor);
  let endUs = us;
  if (cursor.take('~')) {
    if (relative) cursor.expect('+');
    endUs = parseTime(cursor);
    if (endUs < us) throw cursor.error('the range of times goes backward');
  }
  return { kind: 'at', relative, us, endUs };
}

/** Parses seconds, and returns microseconds. */
function parseTime(cursor: Cursor): number {
  const { kind, text } = cursor.peek();
  if (kind !== 'float' && kind !== 'integer') throw cursor.unexpected('a time');
  cursor.next();
  const us = Math.round(Number(text) * 1e6);
  if (us < 0) throw cursor.error('a time cannot be negative');
  return us;
}

function parseAction(cursor: Cursor): Action {
  const command = takeCommand(cursor);
  if (command !== undefined) return command;
  if (cursor.peek().kind === 'code') return takeCode(cursor);
  if (isPacketStart(cursor)) return parsePacket(cursor);
  const endUs = cursor.take('...') ? parseTime(cursor) : undefined;
  return parseCall(cursor, endUs);
}

function takeCode(cursor: Cursor): CodeAction {
  const { text, line } = cursor.next();
  return { kind: 'code', text, line };
}
