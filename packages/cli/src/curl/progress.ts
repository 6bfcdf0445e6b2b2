const PERIOD_MS = 500;
/** Transfers that are over sooner show none. */
const QUIET_MS = 1000;

/** A line on the terminal that shows how far a transfer is. */
export class Progress {
  /** Octets of the body, once they are known. */
  total: number | undefined;
  readonly #startMs = performance.now();
  readonly #octets: () => number;
  readonly #timer: NodeJS.Timeout | undefined;
  #isShown = false;

  constructor(isWanted: boolean, octets: () => number) {
    this.#octets = octets;
    if (!isWanted || !process.stderr.isTTY) return;
    this.#timer = setInterval(() => this.#show(), PERIOD_MS);
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#isShown) process.stderr.write('\n');
  }

  #show(): void {
    const elapsedMs = performance.now() - this.#startMs;
    if (elapsedMs < QUIET_MS) return;
    this.#isShown = true;
    process.stderr.write(`\r\u001b[K${progressLine(this.#octets(), this.total, elapsedMs)}`);
  }
}

/** `45% of 953M, 54.3M/s, 0:09 left`. */
export function progressLine(octets: number, total: number | undefined, elapsedMs: number): string {
  const perSecond = (octets / elapsedMs) * 1000;
  const speed = `${short(perSecond)}/s`;
  if (total === undefined || total === 0) return `${short(octets)}, ${speed}`;
  const percent = Math.floor((octets / total) * 100);
  const left = perSecond > 0 ? `, ${clock((total - octets) / perSecond)} left` : '';
  return `${percent}% of ${short(total)}, ${speed}${left}`;
}

/** Three digits and a unit of 1,024. */
function short(octets: number): string {
  const units = ['', 'k', 'M', 'G', 'T'];
  let value = octets;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

function clock(seconds: number): string {
  const whole = Math.min(Math.round(seconds), 359_999);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
