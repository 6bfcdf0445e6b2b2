import { tailOctets } from '@strata/wire';
import protobuf from 'protobufjs/minimal.js';
import { type Allocate, ContractError } from '../channel.ts';

/**
 * Octets of a slab, which messages are cut from. It is so large that the cost of allocation cannot
 * be measured.
 */
const SLAB_OCTETS = 256 * 1024;

/** The largest value of a varint. */
const MAX_VALUE = Number.MAX_SAFE_INTEGER;

/** Scratch memory that the octets of a double are taken from. */
const double = new DataView(new ArrayBuffer(8));

let slab = new Uint8Array(0);
let slabUsed = 0;

/** Memory that is not cleared: every octet of a message is written. */
function raw(octets: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(octets).buffer);
}

/** Fresh memory for a message. The rest of the slab goes to later messages. */
function allocateFresh(octets: number): Uint8Array {
  if (octets > SLAB_OCTETS / 4) return raw(octets);
  if (slabUsed + octets > slab.byteLength) {
    slab = raw(SLAB_OCTETS);
    slabUsed = 0;
  }
  const bytes = slab.subarray(slabUsed, slabUsed + octets);
  slabUsed += octets;
  return bytes;
}

/**
 * Octets of the value as a varint. Throws ContractError unless it is a whole number from 0 to 2^53
 * - 1.
 */
export function varintOctets(value: number): number {
  if ((value & 0x7f) === value) return 1;
  if (!Number.isInteger(value) || value < 0 || value > MAX_VALUE) {
    throw new ContractError(
      'CONTRACT_RANGE',
      `${value} cannot be sent: must be a whole number from 0 to 2^53 - 1`,
    );
  }
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  if (value < 0x800000000) return 5;
  if (value < 0x40000000000) return 6;
  return value < 0x2000000000000 ? 7 : 8;
}

/** Octets of a varint field with a one-octet tag; 0 is not written. */
export function varintFieldOctets(value: number): number {
  return value === 0 ? 0 : 1 + varintOctets(value);
}

/** Octets of a bytes field or message with a one-octet tag. */
export function lengthFieldOctets(length: number): number {
  return 1 + varintOctets(length) + length;
}

/**
 * Octets of a bytes field with a one-octet tag, for the bytes and the tail behind them. An empty
 * field is not written.
 */
export function bytesFieldOctets(bytes: Uint8Array, tail?: readonly Uint8Array[]): number {
  const octets = bytes.byteLength + tailOctets(tail);
  return octets === 0 ? 0 : lengthFieldOctets(octets);
}

/** Octets of the text in UTF-8. */
export function textOctets(text: string): number {
  return protobuf.util.utf8.length(text);
}

/** Octets of a string field with a one-octet tag; an empty one is not written. */
export function textFieldOctets(text: string): number {
  return text.length === 0 ? 0 : lengthFieldOctets(textOctets(text));
}

/** Octets of a repeated field of messages with a one-octet tag. */
export function listFieldOctets<Item>(
  items: readonly Item[],
  octetsOf: (item: Item) => number,
): number {
  let octets = 0;
  for (const item of items) octets += lengthFieldOctets(octetsOf(item));
  return octets;
}

/** The octets of a field with a two-octet tag. `octets`: those with a one-octet tag. */
export function wideFieldOctets(octets: number): number {
  return octets === 0 ? 0 : octets + 1;
}

/**
 * Writes one message of known size, front to back. A tag is one octet, `field << 3 | wire type`,
 * for the fields 1 to 15. For a field above 15, {@link Writer.octet} writes the tag's first octet,
 * and the tag here is its last octet. The size functions above have checked the values.
 */
export class Writer {
  readonly bytes: Uint8Array;
  at = 0;

  /** `allocate` gives memory for exactly this many octets. Default: memory of the message's own. */
  constructor(octets: number, allocate: Allocate = allocateFresh) {
    this.bytes = allocate(octets);
  }

  octet(value: number): void {
    this.bytes[this.at++] = value;
  }

  varint(value: number): void {
    const bytes = this.bytes;
    let rest = value;
    while (rest > 0x7fffffff) {
      bytes[this.at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.at++] = rest;
  }

  /** A varint field; 0 is not written. */
  varintField(tag: number, value: number): void {
    if (value !== 0) this.presentVarintField(tag, value);
  }

  /** As {@link Writer.varintField}, for a field with presence: 0 is written. */
  presentVarintField(tag: number, value: number): void {
    this.bytes[this.at++] = tag;
    this.varint(value);
  }

  /** A little-endian 32-bit field; 0 is not written. */
  fixed32Field(tag: number, value: number): void {
    if (value !== 0) this.presentFixed32Field(tag, value);
  }

  /** As {@link Writer.fixed32Field}, for a field with presence: 0 is written. */
  presentFixed32Field(tag: number, value: number): void {
    this.bytes[this.at++] = tag;
    this.#fixed32(value);
  }

  /** A little-endian 64-bit field; 0 is not written. */
  fixed64Field(tag: number, value: number): void {
    if (value !== 0) this.presentFixed64Field(tag, value);
  }

  /** As {@link Writer.fixed64Field}, for a field with presence: 0 is written. */
  presentFixed64Field(tag: number, value: number): void {
    this.bytes[this.at++] = tag;
    this.#fixed32(value % 0x100000000);
    this.#fixed32(Math.floor(value / 0x100000000));
  }

  /** A double field; 0 is not written. */
  doubleField(tag: number, value: number): void {
    if (value !== 0) this.presentDoubleField(tag, value);
  }

  /** As {@link Writer.doubleField}, for a field with presence: 0 is written. */
  presentDoubleField(tag: number, value: number): void {
    this.bytes[this.at++] = tag;
    double.setFloat64(0, value, true);
    this.#fixed32(double.getUint32(0, true));
    this.#fixed32(double.getUint32(4, true));
  }

  #fixed32(value: number): void {
    const bytes = this.bytes;
    bytes[this.at] = value;
    bytes[this.at + 1] = value >>> 8;
    bytes[this.at + 2] = value >>> 16;
    bytes[this.at + 3] = value >>> 24;
    this.at += 4;
  }

  /** Begins a message or bytes field of known length. */
  lengthField(tag: number, length: number): void {
    this.bytes[this.at++] = tag;
    this.varint(length);
  }

  /** A bytes field: the bytes and the tail behind them. An empty one is not written. */
  bytesField(tag: number, bytes: Uint8Array, tail?: readonly Uint8Array[]): void {
    const octets = bytes.byteLength + tailOctets(tail);
    if (octets === 0) return;
    this.lengthField(tag, octets);
    this.raw(bytes);
    if (tail !== undefined) for (const part of tail) this.raw(part);
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.byteLength;
  }

  /** A string field in UTF-8; an empty one is not written. */
  textField(tag: number, text: string): void {
    if (text.length !== 0) this.presentTextField(tag, text);
  }

  /** As {@link Writer.textField}, for a field with presence: an empty one is written. */
  presentTextField(tag: number, text: string): void {
    this.lengthField(tag, textOctets(text));
    this.at += protobuf.util.utf8.write(text, this.bytes, this.at);
  }

  /** A string field of ASCII characters; an empty one is not written. */
  asciiField(tag: number, text: string): void {
    if (text.length === 0) return;
    this.lengthField(tag, text.length);
    for (let index = 0; index < text.length; index++) {
      this.bytes[this.at++] = text.charCodeAt(index);
    }
  }
}
