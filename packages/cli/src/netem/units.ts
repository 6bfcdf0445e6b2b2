/** The units of tc(8), section PARAMETERS, read and written. */

/** `3.5`, `.5`, with a unit behind it. */
const NUMBER_WITH_UNIT = /^(\d+(?:\.\d*)?|\.\d+)([a-z%]*)$/i;

const TIMES: Readonly<Record<string, number>> = {
  ...units(['s', 'sec', 'secs'], 1e3),
  ...units(['ms', 'msec', 'msecs'], 1),
  ...units(['us', 'usec', 'usecs', ''], 1e-3),
  ...units(['ns', 'nsec', 'nsecs'], 1e-6),
};

const RATES: Readonly<Record<string, number>> = {
  ...units(['', 'bit'], 1),
  ...units(['bps'], 8),
  ...Object.fromEntries(
    ['k', 'm', 'g', 't'].flatMap((prefix, at) => [
      [`${prefix}bit`, 1000 ** (at + 1)],
      [`${prefix}bps`, 8 * 1000 ** (at + 1)],
      [`${prefix}ibit`, 1024 ** (at + 1)],
      [`${prefix}ibps`, 8 * 1024 ** (at + 1)],
    ]),
  ),
};

const SIZES: Readonly<Record<string, number>> = {
  ...units(['', 'b'], 1),
  ...units(['k', 'kb'], 1024),
  ...units(['m', 'mb'], 1024 ** 2),
  ...units(['g', 'gb'], 1024 ** 3),
};

function units(names: readonly string[], factor: number): Readonly<Record<string, number>> {
  return Object.fromEntries(names.map((name) => [name, factor]));
}

function parse(text: string, known: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit] = NUMBER_WITH_UNIT.exec(text) ?? [];
  const name = unit?.toLowerCase() ?? '?';
  if (number === undefined || !Object.hasOwn(known, name)) return undefined;
  return exact(Number(number) * known[name]!);
}

/** Without the digits that binary fractions add: 0.7 is not 0.7000000000000001. */
function exact(value: number): number {
  return Number(value.toPrecision(12));
}

/** Milliseconds. A bare number is in microseconds. Undefined: the text is no time. */
export function parseTime(text: string): number | undefined {
  return parse(text, TIMES);
}

/** Bits per second. Undefined: the text is no rate. */
export function parseRate(text: string): number | undefined {
  return parse(text, RATES);
}

/** A number of octets or frames. Undefined: the text is none. */
export function parseSize(text: string): number | undefined {
  return parse(text, SIZES);
}

/** A share of 0 to 1. Undefined: the text is no percentage of 0 to 100. */
export function parsePercent(text: string): number | undefined {
  const percent = parse(text, { '': 1, '%': 1 });
  return percent === undefined || percent > 100 ? undefined : exact(percent / 100);
}

/** `20ms`, `1.5s`, `800us`: with all digits. */
export function formatTime(ms: number): string {
  if (ms >= 1000) return `${exact(ms / 1000)}s`;
  if (ms >= 1 || ms === 0) return `${exact(ms)}ms`;
  return ms >= 1e-3 ? `${exact(ms * 1e3)}us` : `${exact(ms * 1e6)}ns`;
}

/** `1Mbit`, `1500Kbit`: the largest unit that leaves a whole number. */
export function formatRate(bitsPerSecond: number): string {
  let left = bitsPerSecond;
  let at = 0;
  while (at < 4 && left >= 1000 && left % 1000 === 0) {
    left /= 1000;
    at += 1;
  }
  return `${exact(left)}${['', 'K', 'M', 'G', 'T'][at]}bit`;
}

/** `2%` */
export function formatPercent(ratio: number): string {
  return `${exact(ratio * 100)}%`;
}
