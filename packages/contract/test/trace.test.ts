import { formatTraceparent, parseTraceparent } from '@strata/contract';
import fc from 'fast-check';

const EXAMPLE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('traceparent (W3C Trace Context 3.2)', () => {
  it('is read and written', () => {
    const trace = parseTraceparent(EXAMPLE)!;
    expect(trace.flags).toBe(1);
    expect(trace.traceId[0]).toBe(0x4b);
    expect(trace.parentSpanId[7]).toBe(0xb7);
    expect(formatTraceparent(trace)).toBe(EXAMPLE);
  });

  it.each([
    ['version ff', EXAMPLE.replace(/^00/, 'ff')],
    ['upper case', EXAMPLE.toUpperCase()],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['a span id of zeros', `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`],
    ['version 00 with more fields after the flags', `${EXAMPLE}-more`],
    ['a short trace id', EXAMPLE.replace('4bf9', '4bf')],
    ['nothing', ''],
  ])('with %s is refused', (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it('of a later version may have more fields after the flags', () => {
    expect(parseTraceparent(`${EXAMPLE.replace(/^00/, '01')}-more`)?.flags).toBe(1);
  });

  it('is read as it was written', () => {
    const id = (octets: number) =>
      fc
        .uint8Array({ minLength: octets, maxLength: octets })
        .filter((bytes) => bytes.some((octet) => octet !== 0));
    fc.assert(
      fc.property(id(16), id(8), fc.nat(255), (traceId, parentSpanId, flags) => {
        const trace = { traceId, parentSpanId, flags };
        expect(parseTraceparent(formatTraceparent(trace))).toEqual(trace);
      }),
    );
  });
});
