import { parseArgs } from 'node:util';

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | {
      readonly kind: 'run';
      /** Names, in the order of the bench. */
      readonly rows: readonly string[];
      /** Whether to write the tables into the page. */
      readonly write: boolean;
    }
  /** The command line is wrong. `message` says why, and what is possible. */
  | { readonly kind: 'wrong'; readonly message: string };

export const USAGE = `npm run bench -- [--list] [--write] [ROW...]
  ROW      the name of a row, or the beginning of several; default: all
  --list   print the rows' names, and measure nothing
  --write  put the tables into docs/measurements.md too`;

/**
 * Parses the command line. `names`: the names of all rows. An argument selects the row of that
 * name, or else all rows whose names begin with it.
 */
export function parseCommand(args: readonly string[], names: readonly string[]): Command {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    // Node's second sentence is about arguments that begin with a hyphen. No row's name does.
    const [what] = (error as Error).message.split('. ');
    return { kind: 'wrong', message: `${what}\n${USAGE}` };
  }
  const { values, positionals } = parsed;
  if (values.help) return { kind: 'help' };
  if (values.list) return { kind: 'list' };
  const chosen = new Set<string>();
  for (const asked of positionals) {
    const found = names.includes(asked) ? [asked] : names.filter((name) => name.startsWith(asked));
    if (found.length === 0 || asked === '') {
      const message = `there is no row ${JSON.stringify(asked)}; there are ${names.join(', ')}`;
      return { kind: 'wrong', message };
    }
    for (const name of found) chosen.add(name);
  }
  const rows = positionals.length === 0 ? names : names.filter((name) => chosen.has(name));
  return { kind: 'run', rows, write: values.write };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
}
