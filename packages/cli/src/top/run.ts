import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsoleApi } from '../console-api.ts';
import { CliError } from '../failure.ts';
import { ENTER_SCREEN, LEAVE_SCREEN } from '../probe/mtr/screen.ts';
import { print, tell } from '../run.ts';
import { withSignals } from '../tools/with-signals.ts';
import { screenOf, tableLines } from './draw.ts';
import { type Sample, takeSample } from './sample.ts';
import { sorted, tableOf, VIEWS, type View } from './tables.ts';

export interface TopOptions {
  readonly view: View;
  readonly delayMs: number;
  /** Tables to show. Infinity: until q or a signal. */
  readonly count: number;
  readonly json: boolean;
  /** Plain tables one below the other, as for a file. */
  readonly batch: boolean;
}

/** What is shown, and how: the keys change it. */
export interface Shown {
  view: View;
  sortColumn: number;
  isReversed: boolean;
  isPaused: boolean;
  isOver: boolean;
}

/** The column by which a view is sorted at first. */
const FIRST_SORT: Readonly<Record<View, number>> = { interfaces: 3, connections: 4, drops: 1 };

export function firstShown(view: View): Shown {
  const sortColumn = FIRST_SORT[view];
  return { view, sortColumn, isReversed: false, isPaused: false, isOver: false };
}

const COLUMNS: Readonly<Record<View, number>> = { interfaces: 10, connections: 10, drops: 3 };

/** Does what a key says. */
export function pressKey(shown: Shown, key: string): void {
  const view = VIEWS.find((name) => name.startsWith(key));
  if (view !== undefined) Object.assign(shown, firstShown(view), { isPaused: shown.isPaused });
  else if (key === 'q' || key === '\x03') shown.isOver = true;
  else if (key === ' ') shown.isPaused = !shown.isPaused;
  else if (key === 'r') shown.isReversed = !shown.isReversed;
  else if (key === '>' || key === 's')
    shown.sortColumn = (shown.sortColumn + 1) % COLUMNS[shown.view];
  else if (key === '<') {
    shown.sortColumn = (shown.sortColumn + COLUMNS[shown.view] - 1) % COLUMNS[shown.view];
  }
}

/** `strata top`. */
export async function runTop(api: ConsoleApi, stack: string, options: TopOptions): Promise<void> {
  const isLive = !options.batch && !options.json && process.stdout.isTTY;
  process.exitCode = await withSignals(async (signal) => {
    if (isLive) await runLive(api, stack, options, signal);
    else await runBatch(api, stack, options, signal);
    return 0;
  });
}

async function runBatch(
  api: ConsoleApi,
  stack: string,
  { view, delayMs, count, json }: TopOptions,
  signal: AbortSignal,
): Promise<void> {
  const { sortColumn } = firstShown(view);
  let before: Sample | undefined = await takeSample(api, stack);
  for (let at = 0; at < count && !signal.aborted && process.stdout.writable; at += 1) {
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    const now = await orLost(takeSample(api, stack), before);
    if (signal.aborted) return;
    if (typeof now === 'string') {
      tell(now);
      continue;
    }
    const { columns, rows } = sorted(tableOf(view, now, before), sortColumn, false);
    before = now;
    if (json) {
      const list = rows.map((row) =>
        Object.fromEntries(row.map((cell, i) => [columns[i]!.title, cell])),
      );
      await print(`${JSON.stringify({ stack, view, rows: list })}\n`);
    } else {
      await print(
        `${[`stack ${stack}: ${view}`, ...tableLines({ columns, rows }, undefined)].join('\n')}\n\n`,
      );
    }
  }
}

/** The sample; or, where a stack or its console that answered before does not, why not. */
async function orLost(
  asked: Promise<Sample>,
  before: Sample | undefined,
): Promise<Sample | string> {
  try {
    return await asked;
  } catch (error) {
    if (before === undefined || !(error instanceof CliError)) throw error;
    return `no answer, asking again: ${error.message}`;
  }
}

async function runLive(
  api: ConsoleApi,
  stack: string,
  options: TopOptions,
  signal: AbortSignal,
): Promise<void> {
  const { stdin, stdout } = process;
  const shown = firstShown(options.view);
  let [before, now]: [Sample | undefined, Sample] = [undefined, await takeSample(api, stack)];
  let fault = '';
  let wake = new AbortController();
  const draw = () => {
    const { columns = 80, rows = 24 } = stdout;
    const table = sorted(tableOf(shown.view, now, before), shown.sortColumn, shown.isReversed);
    const state =
      fault !== '' ? fault : shown.isPaused ? 'paused' : `each ${options.delayMs / 1000} s`;
    const lines = [
      `strata top, stack ${stack}: ${shown.view}, ${state}`,
      'i interfaces  c connections  d drops  < > sort  r reverse  space pause  q quit',
      '',
      ...tableLines(table, shown.sortColumn),
    ];
    stdout.write(screenOf(lines, columns, rows));
  };
  const onKey = (data: Buffer) => {
    for (const key of data.toString('latin1')) pressKey(shown, key);
    draw();
    if (shown.isOver) wake.abort();
  };
  const onSignal = () => wake.abort();
  signal.addEventListener('abort', onSignal);
  stdout.write(ENTER_SCREEN);
  stdout.on('resize', draw);
  if (stdin.isTTY) stdin.setRawMode(true).on('data', onKey).resume();
  try {
    for (let at = 0; at < options.count && !shown.isOver && !signal.aborted; at += 1) {
      draw();
      wake = new AbortController();
      await sleep(options.delayMs, undefined, { signal: wake.signal }).catch(() => undefined);
      if (shown.isPaused || shown.isOver || signal.aborted) continue;
      const next = await orLost(takeSample(api, stack), now);
      fault = typeof next === 'string' ? next : '';
      if (typeof next !== 'string') [before, now] = [now, next];
    }
  } finally {
    if (stdin.isTTY) stdin.off('data', onKey).setRawMode(false).pause();
    stdout.off('resize', draw);
    signal.removeEventListener('abort', onSignal);
    stdout.write(LEAVE_SCREEN);
  }
}
