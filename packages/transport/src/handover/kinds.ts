/** How a field of a state is carried: a kind for each way. See {@link Description}. */
import { type IpAddress, ipv4Address, ipv4Bits } from '@strata/wire';
import { malformed, type PlainMessage, type PlainValue } from './plain.ts';

/**
 * How one field is written to a record and read back. `baseMs`: the time from which ages and
 * remaining times count.
 */
export interface FieldKind<Value> {
  /** The field's name in the record, from its name in the state. */
  readonly nameOf: (name: string) => string;
  /** Undefined: the record omits the field, which means the default, or none. */
  readonly write: (value: Value, baseMs: number) => PlainValue | undefined;
  /** `plain`: undefined if the record omits the field. Throws HandoverError. */
  readonly read: (plain: PlainValue | undefined, baseMs: number) => Value;
  /** The field's type in the proto: a scalar, an enum or a message. */
  readonly type: string;
  readonly isRepeated?: boolean | undefined;
  /** Whether an omitted field differs from the type's zero (proto3 `optional`). */
  readonly hasPresence: boolean;
  /** The message that the field holds, once or repeated. */
  readonly struct?: AnyStruct | undefined;
  /** The names of an enum's values, in the order of their numbers. */
  readonly names?: readonly string[] | undefined;
}

/** A field that is not sent: it is rebuilt from other fields, or has the same value everywhere. */
export interface Derived {
  readonly derived: string;
}

/**
 * What becomes of each field of a state in a handover. The table has a row for each field, so that
 * the compiler finds a forgotten one.
 */
export type Description<State> = {
  readonly [Name in KnownKeys<State>]-?: FieldKind<State[Name]> | Derived;
};

/** The names that a type declares, without an index signature. */
type KnownKeys<State> = keyof {
  [Name in keyof State as string extends Name ? never : Name]: true;
} &
  keyof State;

/** A state, and the message that carries it. */
export interface Struct<State> {
  /** The message's name in the proto. */
  readonly message: string;
  readonly fields: Description<State>;
  /**
   * An empty state with the shape of the stack's own states; derived fields are those of an empty
   * state.
   */
  make(): State;
  /**
   * Rebuilds the derived fields after all others are read. Throws HandoverError if the fields
   * contradict each other.
   */
  rebuild?(state: State): void;
}

// biome-ignore lint/suspicious/noExplicitAny: a struct of any state.
export type AnyStruct = Struct<any>;

/** A field that is not sent. `why`: what it is rebuilt from, or why it is not needed. */
export function derived(why: string): Derived {
  return { derived: why };
}

const sameName = (name: string): string => name;

/** A kind that omits its default. */
function scalar<Value extends PlainValue>(
  type: string,
  zero: Value,
  isValid: (plain: PlainValue) => boolean,
): FieldKind<Value> {
  return {
    nameOf: sameName,
    type,
    hasPresence: false,
    write: (value) => (value === zero ? undefined : value),
    read(plain) {
      if (plain === undefined) return zero;
      if (!isValid(plain)) throw malformed(`${String(plain)} is no ${type}`);
      return plain as Value;
    },
  };
}

const isWithin = (plain: PlainValue, most: number): boolean =>
  Number.isInteger(plain) && (plain as number) >= 0 && (plain as number) <= most;

const is32Bits = (plain: PlainValue): boolean => isWithin(plain, 0xffffffff);

/** 0 to 2^32 - 1, mostly small. */
export const uint32 = scalar<number>('uint32', 0, is32Bits);

/** 0 to 2^32 - 1, mostly large: sequence numbers, timestamps. */
export const fixed32 = scalar<number>('fixed32', 0, is32Bits);

/** 0 to 2^53 - 1: octets and offsets of a stream, socket ids. */
export const uint64 = scalar<number>('uint64', 0, (plain) =>
  isWithin(plain, Number.MAX_SAFE_INTEGER),
);

/** Any finite number, with fractions. */
export const real = scalar<number>('double', 0, (plain) => Number.isFinite(plain));

export const flag = scalar<boolean>('bool', false, (plain) => typeof plain === 'boolean');

export const text = scalar<string>('string', '', (plain) => typeof plain === 'string');

/** One of the names. The number in the proto's enum is the name's place in the list. */
export function oneOf<Name extends string>(
  enumeration: string,
  names: readonly Name[],
): FieldKind<Name> {
  return {
    names,
    type: enumeration,
    nameOf: sameName,
    hasPresence: false,
    write: (value) => names.indexOf(value) || undefined,
    read(plain = 0) {
      const name = names[plain as number];
      if (name === undefined) throw malformed(`${String(plain)} is no ${enumeration}`);
      return name;
    },
  };
}

/** A kind where `none` is an omitted field: undefined, -1, or a number that is not finite. */
export function orNone<Value, None>(none: None, kind: FieldKind<Value>): FieldKind<Value | None> {
  return {
    ...kind,
    hasPresence: true,
    write(value, baseMs) {
      if (value === none) return undefined;
      // The inner kind omits zero, but zero is a value here, so it is written.
      return kind.write(value as Value, baseMs) ?? zeroOf(kind, value as Value);
    },
    read: (plain, baseMs) => (plain === undefined ? none : kind.read(plain, baseMs)),
  };
}

function zeroOf<Value>(kind: FieldKind<Value>, value: Value): PlainValue {
  if (kind.struct !== undefined) return {};
  return typeof value === 'string' && value !== '' ? 0 : (value as PlainValue);
}

/** A field that may be undefined. */
export function optional<Value>(kind: FieldKind<Value>): FieldKind<Value | undefined> {
  return orNone(undefined, kind);
}

const withoutTime = (name: string): string => name.replace(/(At)?Ms$/, '');
const ageName = (name: string): string => `${withoutTime(name)}AgeMs`;
const remainingName = (name: string): string => `${withoutTime(name)}InMs`;

/** A time, carried as its age: how long ago it was. */
export const age: FieldKind<number> = {
  nameOf: ageName,
  type: 'double',
  hasPresence: false,
  write: (value, baseMs) => real.write(baseMs - value, baseMs),
  read: (plain, baseMs) => baseMs - real.read(plain, baseMs),
};

/**
 * A time that may be none: -1 or -Infinity in the state. No time is before the stack's start, so a
 * time never becomes the -1 that means none.
 */
export function ageOrNone(none: number): FieldKind<number> {
  return {
    nameOf: ageName,
    type: 'double',
    hasPresence: true,
    write: (value, baseMs) => (value === none ? undefined : baseMs - value),
    read: (plain, baseMs) =>
      plain === undefined ? none : Math.max(0, baseMs - real.read(plain, baseMs)),
  };
}

/**
 * A deadline, carried as the remaining time; negative if it has passed. Omitted: the timer is off
 * (`off`, default Infinity).
 */
export function deadline(off = Infinity): FieldKind<number> {
  return {
    nameOf: remainingName,
    type: 'double',
    hasPresence: true,
    write: (value, baseMs) => (value === off ? undefined : value - baseMs),
    read: (plain, baseMs) => (plain === undefined ? off : baseMs + real.read(plain, baseMs)),
  };
}

/**
 * The offset of a connection's timestamp clock, carried as the clock's value (TSval, RFC 7323 5.4).
 * The clock continues from there on the new stack, so that the peer never sees it go back.
 */
export const timestampClock: FieldKind<number> = {
  nameOf: () => 'timestampNow',
  type: 'fixed32',
  hasPresence: false,
  write: (offset, baseMs) => fixed32.write((Math.floor(baseMs) + offset) >>> 0, baseMs),
  read: (plain, baseMs) => (fixed32.read(plain, baseMs) - Math.floor(baseMs)) >>> 0,
};

/** Octets. The octets read alias the record. */
export const octets: FieldKind<Uint8Array> = {
  nameOf: sameName,
  type: 'bytes',
  hasPresence: false,
  write: (value) => (value.byteLength === 0 ? undefined : value),
  read: (plain) => (plain === undefined ? new Uint8Array(0) : ownBytes(plain)),
};

/** Pieces of octets, in order. */
export const pieces: FieldKind<Uint8Array[]> = {
  nameOf: sameName,
  type: 'bytes',
  isRepeated: true,
  hasPresence: false,
  write: (value) => (value.length === 0 ? undefined : value),
  read: (plain) => listOf(plain).map(ownBytes),
};

/** Numbers of 32 bits, in order. */
export const numbers: FieldKind<number[]> = {
  nameOf: sameName,
  type: 'fixed32',
  isRepeated: true,
  hasPresence: false,
  write: (value) => (value.length === 0 ? undefined : value),
  read: (plain, baseMs) => listOf(plain).map((one) => uint32.read(one, baseMs)),
};

/** An address, as its bits. */
export const ipAddress: FieldKind<IpAddress> = {
  ...fixed32,
  write: (value, baseMs) => fixed32.write(ipv4Bits(value), baseMs),
  read: (plain, baseMs) => ipv4Address(fixed32.read(plain, baseMs)),
};

/** Addresses, in order. */
export const ipAddresses: FieldKind<IpAddress[]> = {
  ...numbers,
  write: (value, baseMs) => numbers.write(value.map(ipv4Bits), baseMs),
  read: (plain, baseMs) => numbers.read(plain, baseMs).map(ipv4Address),
};

/** A view of a larger buffer is copied, since it would keep the whole buffer in memory. */
function ownBytes(plain: PlainValue): Uint8Array {
  if (!(plain instanceof Uint8Array)) throw malformed('no octets');
  // For a Buffer slice() would not copy.
  return plain.byteLength === plain.buffer.byteLength ? plain : Uint8Array.from(plain);
}

export function listOf(plain: PlainValue | undefined): readonly PlainValue[] {
  if (plain === undefined) return [];
  if (!Array.isArray(plain)) throw malformed('no list');
  return plain;
}

export function messageOf(plain: PlainValue | undefined): PlainMessage {
  if (plain === undefined) return {};
  if (typeof plain !== 'object' || Array.isArray(plain) || plain instanceof Uint8Array)
    throw malformed('no message');
  return plain as PlainMessage;
}
