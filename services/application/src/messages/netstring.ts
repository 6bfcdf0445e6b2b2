/**
 * Messages in a stream of octets. TCP keeps no message boundaries (RFC 9293 2.2): one write may
 * arrive in several reads, and several writes in one read. So an application marks its messages.
 * Here they are netstrings, `5:hello,`: the length in decimal, a colon, the octets, a comma.
 */

/** Most octets of a message: a peer's length must not bind unlimited memory. */
export const MAX_MESSAGE_OCTETS = 1_000_000;
const MAX_LENGTH_DIGITS = 7;

const COLON = 0x3a;
const COMMA = 0x2c;
const ZERO = 0x30;

/** A message, and how many reads of the stream it took. */
export interface Message {
  readonly data: Buffer;
  /** 1 if one read held the whole message. */
  readonly reads: number;
}

/** Encodes a message for the stream. */
export function toNetstring(data: Uint8Array | string): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from(`${bytes.byteLength}:`), bytes, Buffer.from(',')]);
}

/** Finds messages in the reads of a stream, wherever the reads cut it. */
export class NetstringReader {
  /**
   * The reads of an incomplete message. They are joined once, when it is complete, so that a read
   * costs no more than its octets.
   */
  #pieces: Buffer[] = [];
  #octets = 0;
  /** With fewer octets no message can be complete. */
  #neededOctets = 1;
  #reads = 0;
  #problem: string | undefined;

  /** The fault that ended parsing. Undefined if there is none. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Octets read of an incomplete message. */
  get waitingOctets(): number {
    return this.#octets;
  }

  /** Takes a read, and returns the messages that it completes. They may share its memory. */
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
      // The octets after the message came with this same read.
      this.#reads = rest.byteLength === 0 ? 0 : 1;
    }
    this.#pieces = rest.byteLength === 0 ? [] : [rest];
    this.#octets = rest.byteLength;
    return messages;
  }

  /** The first message of `bytes`. Undefined if it is incomplete or malformed. */
  #first(bytes: Buffer): Buffer | undefined {
    this.#neededOctets = bytes.byteLength + 1;
    let octets = 0;
    let at = 0;
    for (; at < bytes.byteLength && bytes[at] !== COLON; at += 1) {
      const digit = bytes[at]! - ZERO;
      const isDigit = digit >= 0 && digit <= 9;
      // No leading zeros: each message has exactly one encoding.
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
