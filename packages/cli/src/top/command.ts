import { type Command, InvalidArgumentError, Option } from 'commander';
import { integer } from '../arguments.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { withConsole } from '../with-console.ts';
import { VIEWS, type View } from './tables.ts';

interface TopCommandOptions extends TargetOptions {
  readonly stack?: string;
  readonly view: View;
  readonly delay: number;
  readonly count?: number;
  readonly batch?: boolean;
  readonly json?: boolean;
}

const HELP = `
Keys: i, c, d choose the view; < and > the column to sort by, r the order; space pauses; q quits.
If the console goes away, the last table stays, and top asks again.

Examples:
  strata top                            the interfaces with their rates, live
  strata top --view connections         rate, RTT, cwnd and retransmissions of each
  strata top -b -n 1 --view drops       one table of what is dropped, for a file`;

export function addTop(program: Command): void {
  const view = new Option('--view <view>', 'what to show first').choices(VIEWS);
  const command = program
    .command('top')
    .description('watch interfaces, connections and drops of a stack in a live table')
    .option('--stack <name>', 'the stack (default: the first)')
    .addOption(view.default('interfaces'))
    .option('-d, --delay <seconds>', 'time between two tables', seconds, 1)
    .option('-n, --count <n>', 'end after this number of tables', integer(1, 1e9))
    .option('-b, --batch', 'plain tables, one below the other (without a terminal always)')
    .option('--json', 'print JSON, a line for each table')
    .addHelpText('after', HELP)
    .action(run);
  addTargetOptions(command);
}

/** A time of 0.1 to 3,600 seconds. */
function seconds(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0.1 && value <= 3600) return value;
  throw new InvalidArgumentError('It should be a number of seconds from 0.1 to 3600.');
}

async function run(options: TopCommandOptions, command: Command): Promise<void> {
  const { runTop } = await import('./run.ts');
  await withConsole(targetOf(command), async (api) =>
    runTop(api, await api.stackOr(options.stack), {
      view: options.view,
      delayMs: options.delay * 1000,
      count: options.count ?? Number.POSITIVE_INFINITY,
      json: options.json ?? false,
      batch: options.batch ?? false,
    }),
  );
}
