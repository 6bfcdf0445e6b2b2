/** Writes a state to a record and reads it back, by its {@link Description}. */
import { Fifo } from '@strata/wire';
import {
  type AnyStruct,
  type Derived,
  type FieldKind,
  listOf,
  messageOf,
  type Struct,
} from './kinds.ts';
import { HandoverError, type PlainMessage, type PlainValue } from './plain.ts';

/** A field that is sent. */
interface Entry {
  readonly name: string;
  readonly recordName: string;
  readonly kind: FieldKind<unknown>;
}

interface Plan {
  readonly entries: readonly Entry[];
  readonly names: ReadonlySet<string>;
}

const plans = new WeakMap<AnyStruct, Plan>();

/** The fields of a struct that are sent, in order. */
export function planOf(struct: AnyStruct): Plan {
  const known = plans.get(struct);
  if (known !== undefined) return known;
  const rows = Object.entries(struct.fields as Record<string, FieldKind<unknown> | Derived>);
  const entries = rows.flatMap(([name, kind]) =>
    'derived' in kind ? [] : [{ name, recordName: kind.nameOf(name), kind }],
  );
  const plan = { entries, names: new Set(entries.map(({ recordName }) => recordName)) };
  plans.set(struct, plan);
  return plan;
}

/** The message for a state. Its octets are shared with the state. */
export function write<State>(struct: Struct<State>, state: State, baseMs: number): PlainMessage {
  const message: Record<string, PlainValue> = {};
  const values = state as Record<string, unknown>;
  for (const { name, recordName, kind } of planOf(struct).entries) {
    const plain = kind.write(values[name], baseMs);
    if (plain !== undefined) message[recordName] = plain;
  }
  return message;
}

/** The state in a message. Throws HandoverError if the message is not valid. */
export function read<State>(struct: Struct<State>, plain: PlainMessage, baseMs: number): State {
  const { entries, names } = planOf(struct);
  for (const name of Object.keys(plain)) {
    if (!names.has(name)) throw new HandoverError('field not known', `${struct.message}.${name}`);
  }
  const state = struct.make();
  const values = state as Record<string, unknown>;
  for (const { name, recordName, kind } of entries) {
    // A decoder's object has the defaults on its prototype, and null for absent fields.
    const own = plain[recordName] ?? undefined;
    values[name] = kind.read(own, baseMs);
  }
  struct.rebuild?.(state);
  return state;
}

const sameName = (name: string): string => name;

/** A field that is a message. */
export function part<State>(struct: Struct<State>): FieldKind<State> {
  return {
    nameOf: sameName,
    type: struct.message,
    hasPresence: false,
    struct,
    write(value, baseMs) {
      const message = write(struct, value, baseMs);
      for (const _ in message) return message;
      return undefined;
    },
    read: (plain, baseMs) => read(struct, messageOf(plain), baseMs),
  };
}

/** A field that is a queue of messages, oldest first. */
export function fifo<State>(struct: Struct<State>): FieldKind<Fifo<State>> {
  const inOrder = list(struct);
  return {
    ...inOrder,
    write: (value, baseMs) => inOrder.write([...value], baseMs),
    read(plain, baseMs) {
      const queue = new Fifo<State>();
      for (const one of inOrder.read(plain, baseMs)) queue.push(one);
      return queue;
    },
  };
}

/** A field that is a list of messages. */
export function list<State>(struct: Struct<State>): FieldKind<State[]> {
  return {
    nameOf: sameName,
    type: struct.message,
    isRepeated: true,
    hasPresence: false,
    struct,
    write: (value, baseMs) =>
      value.length === 0 ? undefined : value.map((one) => write(struct, one, baseMs)),
    read: (plain, baseMs) => listOf(plain).map((one) => read(struct, messageOf(one), baseMs)),
  };
}
