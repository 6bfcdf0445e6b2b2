import type { Reader } from './capture.ts';
import { IP_PROTOCOLS } from './names.ts';
import { and, isArp, isIpv4Protocol, isRarp, protocolTest, type Test } from './test.ts';

/**
 * A number that is computed from a packet. `needs` tests whether the headers that it reads are
 * there.
 */
export interface Sum {
  readonly value: (reader: Reader) => number;
  /** Undefined: it needs no header. */
  readonly needs: Test | undefined;
}

export const constant = (value: number): Sum => ({ value: () => value, needs: undefined });

export const packetLength: Sum = { value: (reader) => reader.lengthOctets, needs: undefined };

/** Operators by precedence, lowest first, as in pcap-filter(7). */
export const OPERATORS: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
  { '|': (a, b) => (a | b) >>> 0, '^': (a, b) => (a ^ b) >>> 0 },
  { '&': (a, b) => (a & b) >>> 0 },
  {
    '<<': (a, b) => (b > 31 ? 0 : (a << b) >>> 0),
    '>>': (a, b) => (b > 31 ? 0 : a >>> b),
  },
  { '+': (a, b) => (a + b) >>> 0, '-': (a, b) => (a - b) >>> 0 },
  { '*': (a, b) => Math.imul(a, b) >>> 0, '/': divide, '%': remainder },
];

/** Comparisons of two unsigned 32-bit numbers. */
export const RELATIONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

// If a packet makes the divisor zero, the filter fails, as in the kernel's BPF. NaN is equal to
// nothing.
function divide(a: number, b: number): number {
  return b === 0 ? Number.NaN : Math.floor(a / b);
}

function remainder(a: number, b: number): number {
  return b === 0 ? Number.NaN : a % b;
}

export function combine(a: Sum, b: Sum, operate: (a: number, b: number) => number): Sum {
  return {
    value: (reader) => operate(a.value(reader), b.value(reader)),
    needs: joinNeeds(a, b),
  };
}

/** The comparison holds only if the headers of both sides are there. */
export function relate(a: Sum, b: Sum, holds: (a: number, b: number) => boolean): Test {
  const test: Test = (reader) => {
    const left = a.value(reader);
    const right = b.value(reader);
    if (Number.isNaN(left) || Number.isNaN(right)) reader.failed = true;
    return holds(left, right);
  };
  const needs = joinNeeds(a, b);
  return needs === undefined ? test : and(needs, test);
}

function joinNeeds(a: Sum, b: Sum): Test | undefined {
  if (a.needs === undefined || b.needs === undefined) return a.needs ?? b.needs;
  return and(a.needs, b.needs);
}

/** Octets of a header: `ip[2:2]`. Undefined: the filter cannot read octets of `protocol`. */
export function headerOctets(protocol: string, index: Sum, octets: number): Sum | undefined {
  const header = headerOf(protocol);
  if (header === undefined) return undefined;
  const { base, needs } = header;
  return {
    value: (reader) => reader.number(base(reader) + index.value(reader), octets),
    needs: joinNeeds({ ...index, needs }, index),
  };
}

interface Header {
  readonly base: (reader: Reader) => number;
  readonly needs: Test | undefined;
}

function headerOf(protocol: string): Header | undefined {
  switch (protocol) {
    case 'ether':
    case 'link':
      return { base: () => 0, needs: undefined };
    case 'ip':
    case 'ip6':
      return { base: (reader) => reader.network, needs: protocolTest(protocol) };
    case 'arp':
      return { base: (reader) => reader.network, needs: isArp };
    case 'rarp':
      return { base: (reader) => reader.network, needs: isRarp };
    default: {
      const number = IP_PROTOCOLS.get(protocol);
      if (number === undefined || protocol === 'icmp6') return undefined;
      return {
        base: (reader) => reader.ipv4Payload(),
        needs: and(isIpv4Protocol(number), (reader) => !reader.isLaterFragment()),
      };
    }
  }
}
