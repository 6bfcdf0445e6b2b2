import { dumpText } from '../src/tcpdump/dump.ts';

describe('octets as text (-A)', () => {
  // Seen with tcpdump 4.99.3.
  it.each([
    ['a\r\nb', 'a\nb', 'is left out before a newline'],
    ['a\rbc', 'a.bc', 'is a dot before two octets'],
    ['a\rb', 'ab', 'is left out before the last octet'],
    ['ab\r', 'ab', 'is left out at the end'],
    ['a\r\r\nb', 'a.\nb', 'is a dot before "\\r\\n"'],
    ['\r\r', '', 'is left out twice at the end'],
  ])('a carriage return: %j prints %j: it %s', (octets, text) => {
    expect(dumpText(Buffer.from(octets))).toBe(`\n${text}`);
  });
});
