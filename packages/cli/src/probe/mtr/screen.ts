import { FIGURE_TITLES, formatDate, formatFigures, hostOf } from './report.ts';
import { type Survey, shownHops } from './survey.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const MIN_HOST_WIDTH = 16;
const [HOME, CLEAR_LINE, CLEAR_BELOW] = ['\x1b[H', '\x1b[K', '\x1b[J'];
const [BOLD, PLAIN] = ['\x1b[1m', '\x1b[m'];
/** The other screen of the terminal, without a cursor; and back. */
export const ENTER_SCREEN = '\x1b[?1049h\x1b[?25l\x1b[2J';
export const LEAVE_SCREEN = '\x1b[?25h\x1b[?1049l';

export interface ScreenState {
  readonly unixMs: number;
  readonly numeric: boolean;
  readonly isPaused: boolean;
}

/** The whole picture, drawn over the one before. */
export function drawScreen(survey: Survey, size: ScreenSize, state: ScreenState): string {
  const { stack, name, address } = survey.options;
  const width = Math.max(MIN_HOST_WIDTH, size.columns - FIGURE_TITLES.length);
  const title = 'strata mtr';
  const way = `${stack} -> ${name} (${address})`;
  const date = formatDate(state.unixMs);
  const lines = [
    `${BOLD}${title.padStart(Math.floor((size.columns + title.length) / 2))}${PLAIN}`,
    `${way.padEnd(size.columns - date.length)}${date}`,
    `Keys:  ${key('r')} restart   ${key('p')} pause   ${key('q')} quit${state.isPaused ? '   (paused)' : ''}`,
    `${''.padEnd(width)}     Packets               Pings`,
    `${BOLD}${' Host'.padEnd(width)}${FIGURE_TITLES}${PLAIN}`,
  ];
  for (const { ttl, hop } of shownHops(survey)) {
    const host = `${String(ttl).padStart(2)}. ${hostOf(hop.addresses[0], survey, state.numeric)}`;
    lines.push(`${host.padEnd(width).slice(0, width)}${formatFigures(hop)}`);
    for (const other of hop.addresses.slice(1)) {
      lines.push(`    ${hostOf(other, survey, state.numeric)}`);
    }
  }
  const seen = lines.slice(0, size.rows).map((line) => `${line}${CLEAR_LINE}`);
  return `${HOME}${seen.join('\r\n')}${CLEAR_BELOW}`;
}

function key(letter: string): string {
  return `${BOLD}${letter}${PLAIN}`;
}
