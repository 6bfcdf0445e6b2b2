import { figuresOf, type Hop } from './hop.ts';
import { type Survey, shownHops } from './survey.ts';

/** Width of the hosts' column, unless the report is wide. */
const HOST_WIDTH = 33;
const TITLES = [' Loss%', '   Snt', '   Last', '   Avg', '  Best', '  Wrst', ' StDev'];

/** The figures of a hop under their titles: what is too wide is cut. */
export function formatFigures(hop: Hop): string {
  const figures = figuresOf(hop);
  const ms = (value: number) => ` ${value.toFixed(1).padStart(5)}`;
  const cells = [
    ` ${figures.lossPercent.toFixed(1).padStart(4)}%`,
    String(figures.sent).padStart(6),
    ` ${ms(figures.lastMs)}`,
    ms(figures.averageMs),
    ms(figures.bestMs),
    ms(figures.worstMs),
    ms(figures.deviationMs),
  ];
  return cells.map((cell, at) => cell.slice(0, TITLES[at]!.length)).join('');
}

export const FIGURE_TITLES = TITLES.join('');

/** The name of who answers; the target has the name that it was given. */
export function hostOf(address: string | undefined, { options }: Survey, numeric: boolean): string {
  if (address === undefined) return '???';
  return address === options.address && !numeric ? options.name : address;
}

/** As 2026-11-27T03:44:11+0000. */
export function formatDate(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19)}+0000`;
}

export interface ReportStyle {
  readonly startedUnixMs: number;
  readonly wide: boolean;
  readonly numeric: boolean;
}

/** The report of `mtr -r`. */
export function formatReport(survey: Survey, style: ReportStyle): string {
  const shown = shownHops(survey);
  const { stack } = survey.options;
  const names = shown.map(({ hop }) => hostOf(hop.addresses[0], survey, style.numeric));
  const widest = Math.max(stack.length, ...names.map(({ length }) => length));
  const column = (text: string) =>
    style.wide ? text : text.padEnd(HOST_WIDTH).slice(0, HOST_WIDTH);
  const lines = [
    `Start: ${formatDate(style.startedUnixMs)}`,
    `${column(`HOST: ${stack.padEnd(widest)}`)}${FIGURE_TITLES}`,
  ];
  for (const [at, { ttl, hop }] of shown.entries()) {
    const host = `${String(ttl).padStart(3)}.|-- ${names[at]!.padEnd(widest)}`;
    lines.push(`${column(host)}${formatFigures(hop)}`);
    for (const other of hop.addresses.slice(1)) {
      lines.push(`    |  \`|-- ${hostOf(other, survey, style.numeric)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

/** The report of `mtr --json`. */
export function toJson(survey: Survey, numeric: boolean): string {
  const { stack, name, tos, packetOctets } = survey.options;
  const hubs = shownHops(survey).map(({ ttl, hop }) => {
    const figures = figuresOf(hop);
    return {
      count: ttl,
      host: hostOf(hop.addresses[0], survey, numeric),
      'Loss%': rounded(figures.lossPercent),
      Snt: figures.sent,
      Last: rounded(figures.lastMs),
      Avg: rounded(figures.averageMs),
      Best: rounded(figures.bestMs),
      Wrst: rounded(figures.worstMs),
      StDev: rounded(figures.deviationMs),
    };
  });
  const mtr = {
    src: stack,
    dst: name,
    tos,
    tests: survey.options.cycles,
    psize: String(packetOctets),
    bitpattern: '0x00',
  };
  return `${JSON.stringify({ report: { mtr, hubs } }, null, 4)}\n`;
}
