import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { integer } from '../arguments.ts';
import { CliError } from '../failure.ts';
import { type CountersByLayer, flatten, formatLines, linesOf } from '../nstat/counters.ts';
import { print } from '../run.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { withConsole } from '../with-console.ts';

interface NstatOptions extends TargetOptions {
  readonly stack?: string;
  readonly zeros?: boolean;
  readonly interval?: number;
  readonly count?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  strata nstat                      all counters that are not 0
  strata nstat 'Tcp*Retrans*'       those that match
  strata nstat -d 1                 what they grow by, each second, until Ctrl-C
  strata nstat -z 'TcpExtTCPDSACK*' also those that are 0`;

export function addNstat(program: Command): void {
  const command = program
    .command('nstat')
    .description("show the stack's counters under the names that nstat has for the kernel's")
    .argument('[pattern...]', 'only counters whose name matches; * and ? stand for any characters')
    .option('--stack <name>', 'the stack (default: the first)')
    .option('-z, --zeros', 'also counters that are 0')
    .option('-d, --interval <seconds>', 'show the growth in each interval, and per second', seconds)
    .option('-c, --count <n>', 'with -d: end after this number of intervals', integer(1, 1e9))
    .option('--json', 'print JSON, a line for each interval')
    .addHelpText('after', EXAMPLES)
    .action(runNstat);
  addTargetOptions(command);
}

/** A time of 0.1 to 3,600 seconds. */
function seconds(text: string): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0.1 && value <= 3600) return value;
  throw new InvalidArgumentError('It should be a number of seconds from 0.1 to 3600.');
}

async function runNstat(
  patterns: readonly string[],
  options: NstatOptions,
  command: Command,
): Promise<void> {
  const { interval, count = Number.POSITIVE_INFINITY } = options;
  if (interval === undefined && options.count !== undefined) {
    command.error('error: -c counts intervals: give -d as well');
  }
  await withConsole(targetOf(command), async (api) => {
    const stack = await api.stackOr(options.stack);
    const sample = async () => {
      const answer = await api.get<Record<string, CountersByLayer>>('/api/counters', { stack });
      return { counters: flatten(answer[stack] ?? {}), atMs: performance.now() };
    };
    const put = (lines: ReturnType<typeof linesOf>) =>
      print(options.json ? `${toJson(stack, lines)}\n` : formatLines(stack, lines));
    let last = await sample();
    const zeros = options.zeros ?? false;
    if (interval === undefined) {
      const lines = linesOf(last.counters, undefined, patterns, zeros);
      if (lines.length === 0) refuseUnknown(patterns, last.counters);
      return put(lines);
    }
    refuseUnknown(patterns, last.counters);
    await withSignal(async (signal) => {
      for (let i = 0; i < count && !signal.aborted && process.stdout.writable; i += 1) {
        await sleep(interval * 1000, undefined, { signal });
        const now = await sample();
        const before = { counters: last.counters, seconds: (now.atMs - last.atMs) / 1000 };
        await put(linesOf(now.counters, before, patterns, zeros));
        last = now;
      }
    });
  });
}

/** Throws CliError for patterns that no counter matches, 0 or not. */
function refuseUnknown(patterns: readonly string[], counters: ReadonlyMap<string, number>): void {
  if (patterns.length === 0 || linesOf(counters, undefined, patterns, true).length > 0) return;
  throw new CliError(`no counter matches ${patterns.join(', ')}: strata nstat -z lists them all`);
}

function toJson(stack: string, lines: ReturnType<typeof linesOf>): string {
  const entries = lines.map(({ name, value, perSecond }) => [name, { value, perSecond }]);
  return JSON.stringify({ [stack]: Object.fromEntries(entries) });
}

/** Runs `action` until it ends, or a signal aborts what it waits for. */
async function withSignal(action: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = () => controller.abort();
  for (const name of signals) process.once(name, onSignal);
  try {
    await action(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    for (const name of signals) process.off(name, onSignal);
  }
}
