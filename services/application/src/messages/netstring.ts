/**
 * Messages in a stream of octets. TCP keeps no boundaries (RFC 9293 2.2): what was written at once may be read in parts, and what was
 * written apart may be read at once. Who has messages marks them; here as netstrings, `5:hello,`: the length in decimal, the octets.
 */

/** Octets of a message at most, so that a length makes nobody wait for memory that there is not. */
export const MAX_MESSAGE_OCTETS = 1_000_000;
const MAX_LENGTH_DIGITS = 7;

const COLON = 0x3a;
const COMMA = 0x2c;
const ZERO = 0x30;

/** A message, and how many reads of the stream it took. */
export interface Message {
  readonly data: Buffer;
  /** 1 where it came whole. */
  readonly reads: number;
}

/** The message as it goes into the stream. */
export function toNetstring(data: Uint8Array | string): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from(`${bytes.byteLength}:`), bytes, Buffer.from(',')]);
}

/** Finds messages in what is read, wherever the reads cut it. */
export class NetstringReader {
  /** What was read of a message that is not whole yet: joined once it is, so that a read costs no more than its octets. */
  #pieces: Buffer[] = [];
  #octets = 0;
  /** With fewer octets there is nothing to find. */
  #neededOctets = 1;
  #reads = 0;
  #problem: string | undefined;

  /** What is wrong with the stream: from there on nothing can be found. Undefined: nothing yet. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Octets of a message that is not whole yet. */
  get waitingOctets(): number {
    return this.#octets;
  }

  /** Takes what was read; the messages that are whole with it. They share its memory. */
  push(bytes: Buffer): Message[] {
    if (this.#problem !== undefined || bytes.byteLength === 0) return [];
    this.#reads += 1;
    this.#pieces.push(bytes);
    this.#octets += bytes.byteLength;
    if (this.#octets < this.#neededOctets) return [];
    let rest = this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces);
    const messages: Message[] = [];
    for (;;) {
      const found = this.#first(rest);
      if (found === undefined) break;
      messages.push({ data: found, reads: this.#reads });
      rest = rest.subarray(found.byteOffset - rest.byteOffset + found.byteLength + 1);
      // What lies behind it came with this same read.
      this.#reads = rest.byteLength === 0 ? 0 : 1;
    }
    this.#pieces = rest.byteLength === 0 ? [] : [rest];
    this.#octets = rest.byteLength;
    return messages;
  }

  /** The message at the front; undefined where it is not whole, or is none. */
  #first(bytes: Buffer): Buffer | undefined {
    this.#neededOctets = bytes.byteLength + 1;
    let octets = 0;
    let at = 0;
    for (; at < bytes.byteLength && bytes[at] !== COLON; at += 1) {
      const digit = bytes[at]! - ZERO;
      const isDigit = digit >= 0 && digit <= 9;
      // No leading zeros: each message is written in one way.
      if (!isDigit || at === MAX_LENGTH_DIGITS || (at === 1 && bytes[0] === ZERO)) {
        return this.#refuse('a message begins with its length and a colon: 5:hello,');
      }
      octets = octets * 10 + digit;
    }
    if (at === bytes.byteLength) return undefined;
    if (at === 0) return this.#refuse('a message begins with its length: 5:hello,');
    if (octets > MAX_MESSAGE_OCTETS) {
      return this.#refuse(`${octets} octets; at most ${MAX_MESSAGE_OCTETS}`);
    }
    const end = at + 1 + octets;
    this.#neededOctets = end + 1;
    if (end >= bytes.byteLength) return undefined;
    if (bytes[end] !== COMMA) return this.#refuse('a message ends with a comma: 5:hello,');
    return bytes.subarray(at + 1, end);
  }

  #refuse(problem: string): undefined {
    this.#problem = problem;
  }
}
