import type { ProbeExchange } from '../session.ts';
import type { Signals } from '../signals.ts';
import type { MtrOptions } from './mtr-options.ts';
import { runMtr } from './run.ts';
import { drawScreen, ENTER_SCREEN, LEAVE_SCREEN } from './screen.ts';
import { restart, type Survey } from './survey.ts';

/** Not more often than this is the table drawn. */
const DRAW_MS = 50;

/** Shows the live table at a terminal until q, Ctrl-C, or the end of the cycles. */
export async function runLive(
  options: MtrOptions,
  session: ProbeExchange,
  signals: Signals,
  numeric: boolean,
): Promise<Survey> {
  const { stdin, stdout } = process;
  let [isPaused, isStale, drawnMs] = [false, false, Number.NEGATIVE_INFINITY];
  const onKey = (data: Buffer) => {
    for (const key of data.toString('latin1')) {
      if (key === 'q' || key === '\x03') signals.stop = true;
      if (key === 'p' || key === ' ') isPaused = !isPaused;
      if (key === 'r') isStale = true;
    }
    drawnMs = Number.NEGATIVE_INFINITY;
    const before = signals.abort;
    signals.abort = new AbortController();
    before.abort();
  };
  const draw = (survey: Survey) => {
    if (isStale) restart(survey);
    isStale = false;
    const nowMs = performance.now();
    if (nowMs < drawnMs + DRAW_MS) return;
    drawnMs = nowMs;
    const { columns = 80, rows = 24 } = stdout;
    const unixMs = Date.now();
    stdout.write(drawScreen(survey, { columns, rows }, { unixMs, numeric, isPaused }));
  };
  stdout.write(ENTER_SCREEN);
  if (stdin.isTTY) stdin.setRawMode(true).on('data', onKey).resume();
  try {
    const nowMs = () => performance.now();
    return await runMtr(options, { session, signals, nowMs, draw, isPaused: () => isPaused });
  } finally {
    if (stdin.isTTY) stdin.off('data', onKey).setRawMode(false).pause();
    stdout.write(LEAVE_SCREEN);
  }
}
