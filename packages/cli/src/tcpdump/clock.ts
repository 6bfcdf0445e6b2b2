/** How the time of a packet is printed: tcpdump's -t, -tt, -ttt, -tttt, -ttttt, or its default. */
export type TimeStyle = 'clock' | 'none' | 'epoch' | 'delta' | 'date' | 'elapsed';

/** Prints the times of packets, in microseconds and local time. */
export class Clock {
  readonly #style: TimeStyle;
  #firstUs: number | undefined;
  #beforeUs: number | undefined;

  constructor(style: TimeStyle) {
    this.#style = style;
  }

  /** The time with a blank behind it; empty for `none`. Call it once for each packet, in order. */
  print(epochMs: number): string {
    const us = Math.round(epochMs * 1000);
    this.#firstUs ??= us;
    const before = this.#beforeUs ?? us;
    this.#beforeUs = us;
    switch (this.#style) {
      case 'none':
        return '';
      case 'epoch':
        return `${Math.floor(us / 1e6)}.${fraction(us)} `;
      case 'delta':
        return ` ${span(us - before)} `;
      case 'elapsed':
        return ` ${span(us - this.#firstUs)} `;
      case 'date':
        return `${dateOf(us)} ${timeOf(us)} `;
      case 'clock':
        return `${timeOf(us)} `;
    }
  }
}

const two = (value: number) => String(value).padStart(2, '0');

/** The microseconds within a second. */
function fraction(us: number): string {
  return String(((us % 1e6) + 1e6) % 1e6).padStart(6, '0');
}

function timeOf(us: number): string {
  const date = new Date(us / 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${fraction(us)}`;
}

function dateOf(us: number): string {
  const date = new Date(us / 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function span(us: number): string {
  const seconds = Math.floor(Math.abs(us) / 1e6);
  const sign = us < 0 ? '-' : '';
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${sign}${text}.${fraction(Math.abs(us))}`;
}
