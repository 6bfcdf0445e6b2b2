import fc from 'fast-check';
import { isParseError, type ParseError } from '../src/index.ts';

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const digits = hex.replace(/\s/g, '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  );
}

export function ascii(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The view that `parse` returned; fails the test if `parse` refused the bytes. */
export function parsed<View extends object>(outcome: View | ParseError): View {
  if (isParseError(outcome)) throw new Error(`refused: ${outcome}`);
  return outcome;
}

/** Octets 0, 1, 2 and so on. */
export function counting(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => index);
}

export const uint8 = fc.integer({ min: 0, max: 0xff });
export const uint16 = fc.integer({ min: 0, max: 0xffff });
export const uint32 = fc.integer({ min: 0, max: 0xffffffff });
export const uint48 = fc.integer({ min: 0, max: 0xffffffffffff });

/**
 * Random octets, and captured ones with some octets changed and the end cut off. A parser must not
 * throw for any of them.
 */
export function damaged(
  frames: readonly Uint8Array<ArrayBuffer>[],
): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const changes = fc.array(fc.tuple(fc.nat(200), uint8), { maxLength: 6 });
  const cut = fc
    .tuple(fc.constantFrom(...frames), changes, fc.nat(200))
    .map(([frame, edits, drop]) => {
      const bytes = frame.slice(0, Math.max(0, frame.byteLength - (drop > 100 ? 0 : drop)));
      for (const [at, octet] of edits) if (at < bytes.byteLength) bytes[at] = octet;
      return bytes;
    });
  return fc.oneof(fc.uint8Array({ maxLength: 120 }) as fc.Arbitrary<Uint8Array<ArrayBuffer>>, cut);
}
