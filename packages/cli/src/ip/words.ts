import { type IpAddress, networkOf, parseIpv4, UNSPECIFIED_IPV4 } from '@strata/wire';
import { IpError, incomplete, wrongArgument } from './ip-error.ts';

/** A network, or an address with the length of its subnet's prefix. */
export interface PrefixWord {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Whether the length was given. */
  readonly hasLength: boolean;
}

/** The words of a command line, from left to right. */
export class Words {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#words.length;
  }

  peek(): string | undefined {
    return this.#words[this.#at];
  }

  /** The next word. Throws IpError if there is none. */
  next(): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw incomplete();
    this.#at += 1;
    return word;
  }

  /** Takes the next word if it is this one, or, with `isShort`, a beginning of it. */
  take(word: string, isShort = false): boolean {
    const next = this.peek();
    if (next === undefined || !(isShort ? isBeginning(next, word) : next === word)) return false;
    this.#at += 1;
    return true;
  }

  address(): IpAddress {
    return parseAddress(this.next());
  }

  prefix(): PrefixWord {
    return parsePrefix(this.next());
  }

  /** A whole number up to `most`; `message` is iproute2's for another word. */
  number(most: number, message: string): number {
    const word = this.next();
    const value = /^(?:\d{1,10}|0x[\da-fA-F]{1,8})$/.test(word) ? Number(word) : Number.NaN;
    if (value <= most) return value;
    throw wrongArgument(word, message);
  }
}

/** Whether a word abbreviates another one: `ro`, `route`. */
export function isBeginning(word: string, whole: string): boolean {
  return word !== '' && whole.startsWith(word);
}

/** The first of `choices` that the word abbreviates. */
export function unabbreviated<Choice extends string>(
  word: string,
  choices: readonly Choice[],
): Choice | undefined {
  return choices.find((choice) => choice === word) ?? choices.find((one) => isBeginning(word, one));
}

export function parseAddress(word: string): IpAddress {
  const address = parseIpv4(padded(word));
  if (address !== undefined) return address;
  throw new IpError(`Error: inet address is expected rather than "${word}".`, 1);
}

/** `default`, `192.0.2.0/24`, `192.0.2/24`, `192.0.2.1`. */
export function parsePrefix(word: string): PrefixWord {
  if (word === 'default' || word === 'any' || word === 'all') {
    return { address: UNSPECIFIED_IPV4, prefixLength: 0, hasLength: true };
  }
  const [text = '', length, more] = word.split('/');
  const address = parseIpv4(padded(text));
  const prefixLength = length === undefined ? 32 : lengthOf(length);
  if (address !== undefined && prefixLength !== undefined && more === undefined) {
    return { address, prefixLength, hasLength: length !== undefined };
  }
  throw new IpError(`Error: any valid prefix is expected rather than "${word}".`, 1);
}

/** A length, or a mask: 255.255.255.0. Undefined: neither. */
function lengthOf(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text) <= 32 ? Number(text) : undefined;
  const mask = parseIpv4(text);
  if (mask === undefined) return undefined;
  const all = parseIpv4('255.255.255.255')!;
  for (let length = 0; length <= 32; length += 1) {
    if (networkOf(all, length) === mask) return length;
  }
  return undefined;
}

/** iproute2 fills up an address with zeros: 192.0.2 is 192.0.2.0. */
function padded(text: string): string {
  if (!/^\d{1,3}(?:\.\d{1,3}){0,3}$/.test(text)) return text;
  return [...text.split('.'), '0', '0', '0'].slice(0, 4).join('.');
}
