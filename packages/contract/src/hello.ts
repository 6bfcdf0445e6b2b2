/**
 * Transport's hello to all applications: it says that transport runs, and since which start
 * (proto/strata/v1/transport_application.proto).
 */
import type { Channel } from './channel.ts';
import { decodeWith } from './codec/generated.ts';
import { checkRange, malformed } from './codec/reader.ts';
import { strata } from './gen/strata.js';
import { helloSubject } from './subjects.ts';

export interface TransportHello {
  /** A new number at each start of transport, 1 to 2^53 - 1. */
  readonly incarnation: number;
}

const { TransportHelloBatch } = strata.v1;
/** The only key. */
const KEY = 'transport';
/** Octets that a hello counts for in a queue. */
const SIZE = 64;

/** Transport to all applications. */
export function transportHelloChannel(stack: string): Channel<TransportHello> {
  return {
    subject: helloSubject(stack),
    keyOf: () => KEY,
    sizeOf: () => SIZE,
    encode: (batch) => TransportHelloBatch.encode({ pdus: batch.map(toHello) }).finish(),
    decode,
  };
}

function toHello({ incarnation }: TransportHello): strata.v1.TransportHello.$Properties {
  checkRange('incarnation', incarnation, 1, Number.MAX_SAFE_INTEGER);
  return { incarnation };
}

function decode(bytes: Uint8Array): TransportHello[] {
  const { pdus } = decodeWith(TransportHelloBatch, bytes);
  if (!pdus || pdus.length === 0) throw malformed('a batch without PDUs');
  return pdus.map(({ incarnation }) => {
    const value = incarnation ?? 0;
    checkRange('incarnation', value, 1, Number.MAX_SAFE_INTEGER);
    return { incarnation: value };
  });
}
