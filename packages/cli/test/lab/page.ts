/** Reads the page of a ready lab: its commands, and what they print. */

/** A command of a page. */
export interface PageCommand {
  /** Without `npx strata`. */
  readonly words: readonly string[];
  /** What a pipe writes into its standard input. */
  readonly input: string;
}

/** Commands of a page, and what the page says that they print. */
export interface Step {
  readonly commands: readonly PageCommand[];
  /** Undefined: the page does not say. */
  readonly expected: string | undefined;
}

const BLOCK = /^```(sh|text)\n([\s\S]*?)^```$/gm;

/** The steps of a page: each block of `sh`, with the block of `text` that follows it. */
export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  for (const [, language, content] of page.matchAll(BLOCK)) {
    const last = steps.at(-1);
    if (language === 'sh') {
      const lines = content!.split('\n').filter((line) => line !== '');
      steps.push({ commands: lines.map(commandOf), expected: undefined });
    } else if (last !== undefined && last.expected === undefined) {
      steps[steps.length - 1] = { ...last, expected: content };
    } else {
      throw new Error(`no command prints this text of the page:\n${content}`);
    }
  }
  return steps;
}

/** Programs in front of a pipe, and what they write. */
const WRITERS: readonly (readonly [pattern: RegExp, write: (value: string) => string])[] = [
  [/^echo (\S+) \| /, (text) => `${text}\n`],
  [/^head -c (\d+) \/dev\/zero \| /, (octets) => '\0'.repeat(Number(octets))],
];

function commandOf(line: string): PageCommand {
  for (const [pattern, write] of WRITERS) {
    const match = pattern.exec(line);
    if (match !== null)
      return { words: wordsOf(line.slice(match[0].length)), input: write(match[1]!) };
  }
  return { words: wordsOf(line), input: '' };
}

/** The words of a line of a shell. Quotes are those of the shell, without variables. */
function wordsOf(line: string): string[] {
  const plain = line.replace(/\s+#.*$/, '');
  const words = Array.from(plain.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), (match) =>
    match.slice(1).find((part) => part !== undefined),
  ).filter((word) => word !== undefined);
  if (words[0] !== 'npx' || words[1] !== 'strata') throw new Error(`no command of strata: ${line}`);
  return words.slice(2);
}

/**
 * Whether the output is what a page says. `…` in a line stands for anything within the line, a line
 * of `…` for any number of lines. Blanks at the end of a line do not count.
 */
export function matches(expected: string, output: string): boolean {
  const pattern = expected
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? ANY_LINES : `${patternOf(line.trimEnd())}\n`))
    .join('');
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`);
  return new RegExp(`^${pattern}$`).test(lines.join(''));
}

const ANY_LINES = '(?:.*\\n)*';

function patternOf(line: string): string {
  return line
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
}
