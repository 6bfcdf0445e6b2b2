import fc from 'fast-check';
import { MAX_MESSAGE_OCTETS, NetstringReader, toNetstring } from '../src/messages/netstring.ts';

/** The messages that a reader finds in these reads, as text. */
function found(...reads: (string | Uint8Array)[]): string[] {
  const reader = new NetstringReader();
  return reads.flatMap((read) => reader.push(Buffer.from(read)).map(({ data }) => String(data)));
}

function problemOf(...reads: string[]): string | undefined {
  const reader = new NetstringReader();
  for (const read of reads) reader.push(Buffer.from(read));
  return reader.problem;
}

describe('messages in a stream (T22)', () => {
  it('are read as written, wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.nat(60), { maxLength: 20 }),
        (messages, cuts) => {
          const stream = Buffer.concat(messages.map((message) => toNetstring(message)));
          const reader = new NetstringReader();
          const got: Buffer[] = [];
          let at = 0;
          for (const cut of [...cuts, stream.byteLength]) {
            const read = stream.subarray(at, at + cut);
            for (const { data } of reader.push(read)) got.push(Buffer.from(data));
            at = Math.min(stream.byteLength, at + cut);
          }
          expect(got).toEqual(messages.map((message) => Buffer.from(message)));
          expect(reader.waitingOctets).toBe(0);
          expect(reader.problem).toBeUndefined();
        },
      ),
    );
  });

  it('may be several in one read, and one in several', () => {
    expect(found('3:one,3:two,0:,')).toEqual(['one', 'two', '']);
    const reader = new NetstringReader();
    expect(reader.push(Buffer.from('3:one,5:th'))).toMatchObject([{ reads: 1 }]);
    expect(reader.push(Buffer.from('re'))).toEqual([]);
    expect(reader.waitingOctets).toBe(6);
    expect(reader.push(Buffer.from('e,0:,'))).toMatchObject([{ reads: 3 }, { reads: 1 }]);
  });

  it.each([
    ['no length', ':hello,', 'begins with its length'],
    ['no digit', 'hello', 'begins with its length and a colon'],
    ['a leading zero', '05:hello,', 'begins with its length and a colon'],
    ['a length of too many digits', '00000005', 'begins with its length and a colon'],
    ['too long a message', `${MAX_MESSAGE_OCTETS + 1}:`, `at most ${MAX_MESSAGE_OCTETS}`],
    ['no comma', '5:hello;', 'ends with a comma'],
  ])('end with an error for %s', (_, stream, problem) => {
    expect(problemOf(stream)).toContain(problem);
    expect(found(`3:one,${stream}3:two,`, '3:two,')).toEqual(['one']);
  });

  it('cost no more than their octets if each octet arrives alone', () => {
    const reader = new NetstringReader();
    const stream = toNetstring(Buffer.alloc(200_000));
    let count = 0;
    for (let at = 0; at < stream.byteLength; at += 1) {
      count += reader.push(stream.subarray(at, at + 1)).length;
      // A reader that joins the pieces at each read would copy 20 GB here.
    }
    expect(count).toBe(1);
  });

  it('may have as many octets as the limit', () => {
    const largest = Buffer.alloc(MAX_MESSAGE_OCTETS, 7);
    const reader = new NetstringReader();
    const [message] = reader.push(toNetstring(largest));
    expect(message?.data.equals(largest)).toBe(true);
  });
});
