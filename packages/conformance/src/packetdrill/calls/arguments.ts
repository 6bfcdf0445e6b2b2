import type { SocketAddress } from '@strata/transport';
import { ipv4Address } from '@strata/wire';
import { ScriptUnsupportedError } from '../language/errors.ts';
import type { CallAction, Expression } from '../language/script.ts';

/**
 * Reads the arguments of a call, one by one. An argument of another kind than wanted throws
 * ScriptUnsupportedError.
 */
export class CallArguments {
  readonly call: CallAction;

  constructor(call: CallAction) {
    this.call = call;
  }

  get line(): number {
    return this.call.line;
  }

  get name(): string {
    return this.call.name;
  }

  unsupported(what: string): ScriptUnsupportedError {
    return new ScriptUnsupportedError(this.line, `${this.name}: ${what}`);
  }

  at(index: number): Expression {
    const argument = this.call.args[index];
    if (argument === undefined) throw this.unsupported(`argument ${index + 1} is missing`);
    return argument;
  }

  isGiven(index: number): boolean {
    return (this.call.args[index]?.kind ?? 'anything') !== 'anything';
  }

  /** Whether the argument is NULL: a bad address. */
  isNull(index: number): boolean {
    const argument = this.call.args[index];
    return argument?.kind === 'word' && argument.name === 'NULL';
  }

  integer(index: number): number {
    return this.integerOf(this.at(index));
  }

  integerOf(expression: Expression): number {
    if (expression.kind === 'integer') return expression.value;
    throw this.unsupported(`a number is expected, not ${describe(expression)}`);
  }

  /** A name, for example of a socket option. */
  word(index: number): string {
    const argument = this.at(index);
    if (argument.kind === 'word') return argument.name;
    throw this.unsupported(`a name is expected, not ${describe(argument)}`);
  }

  /** Flags by name. Empty for 0, for a missing argument, and for `...`. */
  flags(index: number): ReadonlySet<string> {
    const argument = this.call.args[index];
    return argument === undefined ? new Set() : this.flagsOf(argument);
  }

  flagsOf(expression: Expression): ReadonlySet<string> {
    switch (expression.kind) {
      case 'or':
        return new Set(expression.parts.flatMap((part) => [...this.flagsOf(part)]));
      case 'word':
        return new Set([expression.name]);
      case 'integer':
        if (expression.value === 0) return new Set();
        throw this.unsupported(`flags by number (${expression.value})`);
      case 'anything':
        return new Set();
      default:
        throw this.unsupported('flags are expected');
    }
  }

  /** The one value in `[value]`. */
  boxed(index: number): Expression {
    const argument = this.at(index);
    if (argument.kind !== 'list') return argument;
    const [only] = argument.items;
    if (only === undefined) throw this.unsupported('an empty list');
    return only;
  }

  struct(expression: Expression): ReadonlyMap<string, Expression> {
    if (expression.kind === 'struct') return expression.fields;
    throw this.unsupported(`a { … } is expected, not ${describe(expression)}`);
  }

  items(expression: Expression): readonly Expression[] {
    if (expression.kind === 'list') return expression.items;
    throw this.unsupported(`a [ … ] is expected, not ${describe(expression)}`);
  }

  /**
   * `{sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr("192.0.2.1")}`; undefined for
   * `...`.
   */
  address(index: number): SocketAddress | undefined {
    if (!this.isGiven(index) || this.isNull(index)) return undefined;
    const fields = this.struct(this.at(index));
    const family = fields.get('sa_family');
    if (family?.kind !== 'word' || family.name !== 'AF_INET') {
      throw this.unsupported('addresses other than IPv4');
    }
    const [port, address] = [fields.get('sin_port'), fields.get('sin_addr')];
    if (port === undefined || address === undefined) throw this.unsupported('half an address');
    return { port: this.integerOf(port), address: ipv4Address(this.integerOf(address)) };
  }
}

function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'anything':
      return '...';
    case 'integer':
      return String(expression.value);
    case 'word':
    case 'apply':
      return expression.name;
    case 'string':
      return `"${expression.text}"`;
    case 'or':
      return expression.parts.map(describe).join('|');
    case 'list':
      return '[ … ]';
    case 'struct':
      return '{ … }';
  }
}
