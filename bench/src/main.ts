/**
 * `npm run bench`: compares the same program on Strata and on the kernel, and compares both with
 * iperf3, native lwIP and a chain of NATS relays. Each row warms its sides up and measures them in
 * turns. Only the ratios are meaningful: the machine may be shared and noisy.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { removeAtSignals } from '@strata/e2e';
import { parseCommand, USAGE } from './arguments.ts';
import { MissingError } from './missing.ts';
import { insertTables } from './page.ts';
import { ROWS } from './rows/index.ts';
import { ROOT } from './stands/program.ts';

const PAGE = join(ROOT, 'docs/measurements.md');

/** Runnable processes per processor. With this load or more, the figures mean little. */
const BUSY_LOAD = 0.5;

const command = parseCommand(
  process.argv.slice(2),
  ROWS.map(({ name }) => name),
);

if (command.kind === 'wrong') {
  tell(command.message);
  process.exitCode = 2;
} else if (command.kind === 'help') {
  console.log(USAGE);
} else if (command.kind === 'list') {
  for (const { name, title } of ROWS) console.log(`${name.padEnd(16)}${title}`);
} else if (process.getuid?.() !== 0) {
  tell('it makes network namespaces and TAP devices: run it as root, for example with sudo');
  process.exitCode = 2;
} else {
  removeAtSignals();
  await runRows(command.rows, command.write);
}

async function runRows(names: readonly string[], write: boolean): Promise<void> {
  // Checked before the measurements: a missing place in the page should not be found only at the
  // end.
  if (write) insertTables(readFileSync(PAGE, 'utf8'), new Map(names.map((name) => [name, []])));
  describeMachine();
  const tables = new Map<string, readonly string[]>();
  for (const { name, title, run } of ROWS.filter((row) => names.includes(row.name))) {
    tell(`${name}: ${title}`);
    try {
      const lines = await run((line) => tell(`  ${line}`));
      tables.set(name, lines);
      console.log(`\n${lines.join('\n')}`);
    } catch (error) {
      tell(`${name} failed: ${describe(error)}`);
      process.exitCode = 1;
    }
  }
  if (!write) return;
  writeFileSync(PAGE, insertTables(readFileSync(PAGE, 'utf8'), tables));
  tell(`wrote ${[...tables.keys()].join(', ')} into ${PAGE}`);
}

function describe(error: unknown): string {
  if (error instanceof MissingError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : `${error}`;
}

function describeMachine(): void {
  const processors = availableParallelism();
  tell(`Node ${process.version}, Linux ${release()}, ${processors} processors`);
  const [load = 0] = loadavg();
  if (load > BUSY_LOAD * processors) {
    tell(`the machine is busy (load average ${load.toFixed(1)}): the figures will mean little`);
  }
}

function tell(line: string): void {
  process.stderr.write(`bench: ${line}\n`);
}
