import { matches, stepsOf } from './page.ts';

const exec = ['lab', 'exec', 'left', '--'];

describe('The page of a lab', () => {
  it('has commands, and what they print', () => {
    const page = `Try:

\`\`\`sh
npx strata lab exec left -- ping -c 1 192.0.2.2  # once
npx strata lab exec left -- tcpdump 'tcp port 80'
echo hello | npx strata lab exec left -- nc 192.0.2.2 7
\`\`\`

It prints:

\`\`\`text
one
\`\`\`
`;
    expect(stepsOf(page)).toEqual([
      {
        commands: [
          { words: [...exec, 'ping', '-c', '1', '192.0.2.2'], input: '' },
          { words: [...exec, 'tcpdump', 'tcp port 80'], input: '' },
          { words: [...exec, 'nc', '192.0.2.2', '7'], input: 'hello\n' },
        ],
        expected: 'one\n',
      },
    ]);
  });

  it('refuses a text that no command prints, and other commands', () => {
    expect(() => stepsOf('```text\nx\n```\n')).toThrow('no command prints');
    expect(() => stepsOf('```sh\nls\n```\n')).toThrow('no command of strata');
  });

  it.each([
    ['the same text', 'a\nb\n', 'a\nb\n', true],
    ['blanks at the ends of lines', 'a\nb', 'a  \nb\n\n', true],
    ['another text', 'a\nb\n', 'a\nc\n', false],
    ['a line more', 'a\n', 'a\nb\n', false],
    ['anything within a line', 'time=… ms\n', 'time=0.3 ms\n', true],
    ['not beyond the line', 'a …\n', 'a b\nc\n', false],
    ['any lines', 'a\n…\nd\n', 'a\nb\nc\nd\n', true],
    ['no line', 'a\n…\nd\n', 'a\nd\n', true],
    ['characters of patterns as they are', 'a.b (1)\n', 'axb 1\n', false],
  ])('compares: %s', (_, expected, output, same) => {
    expect(matches(expected, output)).toBe(same);
  });
});
