import type { Command, Option } from 'commander';

/** What may stand on the command line behind `strata` and these words. */
export interface Place {
  /** The words so far, with a blank between: `config`; empty: none. */
  readonly path: string;
  /** Sub-commands, options, and values of the next argument. */
  readonly words: readonly string[];
  /** Options with a value: their flags, and the values that there are. Empty: anything. */
  readonly values: readonly {
    readonly flags: readonly string[];
    readonly words: readonly string[];
  }[];
}

/** All places of the command line of a program, the shortest first. */
export function placesOf(program: Command, path: readonly string[] = []): Place[] {
  const { commands, options, registeredArguments } = program;
  const [first] = registeredArguments;
  const words = [
    ...commands.map((command) => command.name()),
    ...(first?.argChoices ?? []),
    ...options.flatMap(flagsOf),
    '--help',
  ];
  const values = options
    .filter((option) => option.required || option.optional)
    .map((option) => ({ flags: flagsOf(option), words: option.argChoices ?? [] }));
  const place = { path: path.join(' '), words, values };
  return [place, ...commands.flatMap((command) => placesOf(command, [...path, command.name()]))];
}

function flagsOf({ short, long }: Option): string[] {
  return [short, long].filter((flag) => flag !== undefined);
}
