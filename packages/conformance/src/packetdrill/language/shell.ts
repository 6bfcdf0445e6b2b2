/** One simple command of a shell script: its words without quotes, redirections and comments. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** Line relative to the start of the text, from 0. */
  readonly line: number;
}

/**
 * Splits shell text into commands, as far as the set-up of scripts needs it: comments, quotes,
 * `$((…))`, and `;`, `&&`, `||` and new lines between commands. Nothing is run. Variables are not
 * expanded.
 */
export function shellCommands(text: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let line = 0;
  for (const logical of logicalLines(text)) {
    for (const simple of simpleCommands(logical)) {
      const words = withoutRedirections(simple);
      if (words.length > 0) commands.push({ words, line });
    }
    line += logical.split('\n').length;
  }
  return commands;
}

/** The lines of the text; a backslash at the end of a line joins it with the next. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open = false;
  for (const line of text.split('\n')) {
    if (open) lines[lines.length - 1] += `\n${line}`;
    else lines.push(line);
    open = /\\\s*$/.test(line);
  }
  return lines;
}

const WORDS =
  /(?<space>[ \t\r\n]+|\\\s*\n|\\$)|(?<comment>#.*)|(?<between>&&|\|\||[;|])|(?<word>(?:"(?:\\.|[^"\\])*"|'[^']*'|\$\(\([^)]*\)\)|\$\{[^}]*\}|[0-9]?&?>+&?|[^\s"';|&#>\\]|\\.|#|&)+)/y;

function simpleCommands(text: string): string[][] {
  const commands: string[][] = [[]];
  for (let at = 0; at < text.length; ) {
    WORDS.lastIndex = at;
    const groups = WORDS.exec(text)?.groups;
    if (groups === undefined) return commands;
    if (groups['between'] !== undefined) commands.push([]);
    if (groups['word'] !== undefined) commands.at(-1)!.push(unquote(groups['word']));
    at = WORDS.lastIndex;
  }
  return commands;
}

function unquote(word: string): string {
  return word
    .replace(/\$\(\(([^)]*)\)\)/g, (_whole, sum: string) => String(product(sum)))
    .replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_whole, double?: string, single?: string) =>
      String(double ?? single ?? ''),
    );
}

/** `15*1024*1024`: the only arithmetic that scripts use. */
function product(text: string): number {
  return text.split('*').reduce((value, factor) => value * Number(factor), 1);
}

function withoutRedirections(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i]!;
    if (/^[0-9]?&?>+&?$/.test(word)) i += 1;
    else if (!/^[0-9]?&?>/.test(word)) kept.push(word);
  }
  return kept;
}
