import { ContractError } from '../channel.ts';
import { TOKEN_MAX_OCTETS } from '../token.ts';

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_LENGTH = 2;
export const WIRE_GROUP = 3;
export const WIRE_GROUP_END = 4;
export const WIRE_FIXED32 = 5;

/** The value of an absent bytes field. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Groups nested deeper than this are refused, not skipped. */
const MAX_DEPTH = 32;

/** Scratch memory that the octets of a double are collected in. */
const double = new DataView(new ArrayBuffer(8));

/** The last token read: most batches have only one endpoint. */
let lastToken = '';

/** The bytes as a plain Uint8Array, because Buffer's slice() does not copy. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The error for bytes that are not the expected message. */
export function malformed(why: string): ContractError {
  return new ContractError('CONTRACT_DECODE', `not a message of the contract: ${why}`);
}

/** The error for a value outside of its range. */
export function outOfRange(field: string, value: unknown, bound: string): ContractError {
  return new ContractError('CONTRACT_RANGE', `${field} is ${value}: must be ${bound}`);
}

/** Throws ContractError if the value is not in the range. */
export function checkRange(field: string, value: number, low: number, high: number): void {
  if (value < low || value > high) throw outOfRange(field, value, `${low} to ${high}`);
}

/** Throws ContractError if the field has fewer or more octets. */
export function checkOctets(field: string, bytes: Uint8Array, low: number, high: number): void {
  const { byteLength } = bytes;
  if (byteLength >= low && byteLength <= high) return;
  throw outOfRange(field, `${byteLength} octets`, low === high ? `${low}` : `${low} to ${high}`);
}

/** The enum value of a number. Throws ContractError if no value has the number. */
export function enumValue<Value>(field: string, values: readonly Value[], number: number): Value {
  const value = values[number];
  if (value === undefined) throw outOfRange(field, number, `0 to ${values.length - 1}`);
  return value;
}

/** Reads protobuf over the caller's bytes without copying. Throws only ContractError. */
export class Reader {
  readonly bytes: Uint8Array;
  at = 0;
  /** Where the current message ends. */
  end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = plainBytes(bytes);
    this.end = bytes.byteLength;
  }

  /** `field << 3 | wire type`. */
  tag(): number {
    const tag = this.varint();
    if (tag > 0xffffffff || tag >>> 3 === 0) throw malformed(`tag ${tag}`);
    return tag;
  }

  /** A varint from 0 to 2^53 - 1. */
  varint(): number {
    const bytes = this.bytes;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      if (this.at >= this.end) throw malformed('it ends within a number');
      const octet = bytes[this.at++]!;
      value += (octet & 0x7f) * scale;
      if (octet < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw outOfRange('a number', value, 'below 2^53');
        return value;
      }
      scale *= 128;
    }
    throw malformed('a number of more than 10 octets');
  }

  boolean(): boolean {
    return this.varint() !== 0;
  }

  fixed32(): number {
    const { bytes, at } = this;
    this.#skip(4);
    return (
      (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
    );
  }

  fixed64(): number {
    const low = this.fixed32();
    const high = this.fixed32();
    if (high > 0x1fffff) throw outOfRange('a number', high * 0x100000000 + low, 'below 2^53');
    return high * 0x100000000 + low;
  }

  double(): number {
    double.setUint32(0, this.fixed32(), true);
    double.setUint32(4, this.fixed32(), true);
    return double.getFloat64(0, true);
  }

  /** Where the length-delimited field that begins here ends. */
  lengthEnd(): number {
    const end = this.varint() + this.at;
    if (end > this.end) throw malformed('a field reaches beyond its message');
    return end;
  }

  /** A bytes field; it aliases the message. */
  bytesField(): Uint8Array {
    const end = this.lengthEnd();
    const field = this.bytes.subarray(this.at, end);
    this.at = end;
    return field;
  }

  /** A string field. */
  text(): string {
    const bytes = this.bytesField();
    try {
      return utf8.decode(bytes);
    } catch {
      throw malformed('text that is not UTF-8');
    }
  }

  /** A string field that is a token of a subject. */
  token(): string {
    const end = this.lengthEnd();
    const { bytes, at } = this;
    this.at = end;
    if (end - at > TOKEN_MAX_OCTETS) throw outOfRange('a name', `${end - at} octets`, 'a token');
    if (this.#equals(lastToken, at, end)) return lastToken;
    let token = '';
    for (let index = at; index < end; index++) token += String.fromCharCode(bytes[index]!);
    if (!/^[A-Za-z0-9_-]+$/.test(token)) {
      throw outOfRange('a name', JSON.stringify(token), 'a token');
    }
    lastToken = token;
    return token;
  }

  #equals(text: string, at: number, end: number): boolean {
    if (text.length !== end - at || text.length === 0) return false;
    for (let index = 0; index < text.length; index++) {
      if (text.charCodeAt(index) !== this.bytes[at + index]) return false;
    }
    return true;
  }

  /** Skips the field with this tag. */
  skip(tag: number, depth = 0): void {
    switch (tag & 7) {
      case WIRE_VARINT:
        this.#skipVarint();
        return;
      case WIRE_FIXED64:
        this.#skip(8);
        return;
      case WIRE_LENGTH:
        this.at = this.lengthEnd();
        return;
      case WIRE_GROUP:
        this.#skipGroup(tag >>> 3, depth);
        return;
      case WIRE_FIXED32:
        this.#skip(4);
        return;
      default:
        throw malformed(`wire type ${tag & 7}`);
    }
  }

  #skip(octets: number): void {
    this.at += octets;
    if (this.at > this.end) throw malformed('it ends within a field');
  }

  /** A skipped number may have all 64 bits. A number that is used may not. */
  #skipVarint(): void {
    for (let count = 0; count < 10; count++) {
      if (this.at >= this.end) throw malformed('it ends within a number');
      if (this.bytes[this.at++]! < 0x80) return;
    }
    throw malformed('a number of more than 10 octets');
  }

  #skipGroup(field: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw malformed('groups are nested too deep');
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) === WIRE_GROUP_END) {
        if (tag >>> 3 !== field) throw malformed('the end of a group has no beginning');
        return;
      }
      this.skip(tag, depth + 1);
    }
  }
}
