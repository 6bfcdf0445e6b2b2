import type { Cell, Column, Table } from './tables.ts';

const STEPS = ['', 'k', 'M', 'G', 'T'];

/** 1234567 is 1.2M. */
function short(value: number): string {
  let at = 0;
  let rest = value;
  while (rest >= 1000 && at < STEPS.length - 1) {
    rest /= 1000;
    at += 1;
  }
  return `${at === 0 ? Math.round(rest) : rest.toFixed(1)}${STEPS[at]}`;
}

function cellText(cell: Cell, { unit }: Column): string {
  if (typeof cell === 'string') return cell;
  switch (unit) {
    case 'bits':
    case 'octets':
    case 'rate':
      return short(cell);
    case 'ms':
      return cell.toFixed(cell < 10 ? 2 : 0);
    default:
      return String(cell);
  }
}

/** The lines of a table: its titles, then its rows. Numbers are on the right of their column. */
export function tableLines({ columns, rows }: Table, sortColumn: number | undefined): string[] {
  const titles = columns.map(({ title }, at) => (at === sortColumn ? `${title}*` : title));
  const texts = rows.map((row) => row.map((cell, at) => cellText(cell, columns[at]!)));
  const isNumber = columns.map((_, at) => typeof rows[0]?.[at] === 'number');
  const widths = titles.map((title, at) =>
    texts.reduce((widest, row) => Math.max(widest, row[at]!.length), title.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd();
  return [line(titles), ...texts.map(line)];
}

const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** A screen of these lines, as many and as long as fit: it overwrites the one before. */
export function screenOf(lines: readonly string[], columns: number, rows: number): string {
  const shown = lines.slice(0, Math.max(1, rows - 1)).map((line) => line.slice(0, columns));
  return `${HOME}${shown.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}\r\n${CLEAR_BELOW}`;
}
