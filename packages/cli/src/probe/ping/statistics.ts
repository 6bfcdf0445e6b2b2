/** What ping counts. Times in microseconds, as its statistics have them. */
export interface PingStatistics {
  transmitted: number;
  received: number;
  duplicates: number;
  corrupted: number;
  errors: number;
  /** Most requests in flight at a time. */
  pipe: number;
  /** The highest sequence number that was answered. */
  acked: number;
  minUs: number;
  maxUs: number;
  sumUs: number;
  squaresUs: number;
  /** The moving average times eight. */
  average8Us: number;
}

export function createStatistics(): PingStatistics {
  return {
    transmitted: 0,
    received: 0,
    duplicates: 0,
    corrupted: 0,
    errors: 0,
    pipe: 0,
    acked: 0,
    minUs: Number.POSITIVE_INFINITY,
    maxUs: 0,
    sumUs: 0,
    squaresUs: 0,
    average8Us: 0,
  };
}

/** Counts the time of a reply. */
export function noteRtt(statistics: PingStatistics, us: number): void {
  statistics.sumUs += us;
  statistics.squaresUs += us * us;
  statistics.minUs = Math.min(statistics.minUs, us);
  statistics.maxUs = Math.max(statistics.maxUs, us);
  if (statistics.average8Us === 0) statistics.average8Us = us * 8;
  else statistics.average8Us += us - Math.trunc(statistics.average8Us / 8);
}

/** The request `sequence` is no longer in flight. */
export function acknowledge(statistics: PingStatistics, sequence: number): void {
  const behind = (statistics.transmitted - sequence) & 0xffff;
  if (behind > 0x7fff) return;
  statistics.pipe = Math.max(statistics.pipe, behind + 1);
  const ahead = (sequence - statistics.acked) & 0xffff;
  if (ahead <= 0x7fff || ((statistics.transmitted - statistics.acked) & 0xffff) > 0x7fff) {
    statistics.acked = sequence;
  }
}

/** Requests in flight. */
export function inFlight(statistics: PingStatistics): number {
  const behind = (statistics.transmitted - statistics.acked) & 0xffff;
  if (behind <= 0x7fff) return behind;
  return statistics.transmitted - statistics.received - statistics.errors;
}

/** Microseconds as milliseconds with three digits. */
function milliseconds(us: number): string {
  return (Math.trunc(us) / 1000).toFixed(3);
}

export interface RttFigures {
  readonly min: number;
  readonly avg: number;
  readonly max: number;
  /** The standard deviation. */
  readonly mdev: number;
}

/** Round-trip times in milliseconds, or undefined where there is none. */
export function rttFigures(statistics: PingStatistics): RttFigures | undefined {
  const replies = statistics.received + statistics.duplicates;
  if (replies === 0 || statistics.minUs === Number.POSITIVE_INFINITY) return undefined;
  const avg = Math.trunc(statistics.sumUs / replies);
  const mdev = Math.sqrt(Math.max(0, statistics.squaresUs / replies - avg * avg));
  const ms = (us: number) => Math.trunc(us) / 1000;
  return {
    min: ms(statistics.minUs),
    avg: ms(avg),
    max: ms(statistics.maxUs),
    mdev: ms(mdev),
  };
}

/** Lost requests in per cent. */
export function lossPercent({ transmitted, received }: PingStatistics): number {
  return transmitted === 0 ? 0 : ((transmitted - received) * 100) / transmitted;
}

/** As printf's %g. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

export interface SummaryOptions {
  readonly target: string;
  /** From the first request to the last. */
  readonly elapsedMs: number;
  /** Replies are timed. */
  readonly isTimed: boolean;
  /** The time between requests depended on the replies: flood or adaptive. */
  readonly isPaced: boolean;
}

/** The lines at the end. */
export function formatSummary(statistics: PingStatistics, options: SummaryOptions): string {
  const { transmitted, received, duplicates, corrupted, errors, pipe } = statistics;
  const counts = [
    `${transmitted} packets transmitted`,
    `${received} received`,
    ...(duplicates > 0 ? [`+${duplicates} duplicates`] : []),
    ...(corrupted > 0 ? [`+${corrupted} corrupted`] : []),
    ...(errors > 0 ? [`+${errors} errors`] : []),
    ...(transmitted > 0
      ? [
          `${short(lossPercent(statistics))}% packet loss`,
          `time ${Math.trunc(options.elapsedMs)}ms`,
        ]
      : []),
  ];
  const times: string[] = [];
  const rtt = options.isTimed ? rttFigures(statistics) : undefined;
  if (rtt !== undefined) {
    const figures = [rtt.min, rtt.avg, rtt.max, rtt.mdev].map((ms) => ms.toFixed(3));
    times.push(`rtt min/avg/max/mdev = ${figures.join('/')} ms`);
  }
  if (pipe > 1) times.push(`pipe ${pipe}`);
  if (received > 0 && options.isPaced && transmitted > 1) {
    const gap = (options.elapsedMs * 1000) / (transmitted - 1);
    times.push(`ipg/ewma ${milliseconds(gap)}/${milliseconds(statistics.average8Us / 8)} ms`);
  }
  return `\n--- ${options.target} ping statistics ---\n${counts.join(', ')}\n${times.join(', ')}\n`;
}

/** The line that SIGQUIT asks for. */
export function formatStatus(statistics: PingStatistics, isTimed: boolean): string {
  const { transmitted, received } = statistics;
  const counts = `\r${received}/${transmitted} packets, ${Math.trunc(lossPercent(statistics))}% loss`;
  const rtt = isTimed ? rttFigures(statistics) : undefined;
  if (rtt === undefined) return `${counts}\n`;
  const average = milliseconds(statistics.average8Us / 8);
  const [min, avg, max] = [rtt.min, rtt.avg, rtt.max].map((ms) => ms.toFixed(3));
  return `${counts}, min/avg/ewma/max = ${min}/${avg}/${average}/${max} ms\n`;
}
