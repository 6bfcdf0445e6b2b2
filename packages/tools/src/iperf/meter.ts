import { difference, type Figures, figuresOf, type Span, sumOf, withTcp } from './figures.ts';
import { type Counts, NO_COUNTS, type TcpFigures, type TestStream } from './stream.ts';

/** A rest of less than this share of an interval is no interval of its own. */
const REST = 0.1;

/** The figures of an interval. */
export interface Interval {
  readonly streams: readonly Figures[];
  readonly sum?: Figures | undefined;
  /** Of the other direction, if both send. */
  readonly sum_bidir_reverse?: Figures | undefined;
}

/** A stream's whole test. */
export interface Total {
  readonly figures: Figures;
  readonly counts: Counts;
  readonly tcp: readonly TcpFigures[];
}

interface Metered {
  readonly stream: TestStream;
  /** As iperf3 numbers its sockets: 5, 7, 9 … */
  readonly socket: number;
  /** Counts at the start, and at the last interval. */
  base: Counts;
  last: Counts;
  baseRetransmits: number;
  lastRetransmits: number;
  readonly tcp: TcpFigures[];
}

/** Measures the streams of a test, from its start or from the end of what is omitted. */
export class Meter {
  readonly #all: readonly Metered[];
  readonly #udp: boolean;
  readonly #intervalMs: number;
  readonly #omitMs: number;
  readonly #tell: (interval: Interval) => Promise<void>;
  #startMs = 0;
  #lastMs = 0;
  #isOmitting = false;
  #timer: NodeJS.Timeout | undefined;
  #queue: Promise<void> = Promise.resolve();

  constructor(
    streams: readonly TestStream[],
    options: {
      readonly udp: boolean;
      readonly intervalSeconds: number;
      readonly omitSeconds: number;
    },
    tell: (interval: Interval) => Promise<void>,
  ) {
    this.#all = streams.map((stream, index) => ({
      stream,
      socket: 5 + 2 * index,
      base: NO_COUNTS,
      last: NO_COUNTS,
      baseRetransmits: 0,
      lastRetransmits: 0,
      tcp: [],
    }));
    this.#udp = options.udp;
    this.#intervalMs = options.intervalSeconds * 1000;
    this.#omitMs = options.omitSeconds * 1000;
    this.#tell = tell;
  }

  begin(): void {
    this.#startMs = performance.now();
    this.#lastMs = this.#startMs;
    this.#isOmitting = this.#omitMs > 0;
    this.#next();
  }

  /** Takes the last interval, and gives the totals, by stream. */
  async finish(): Promise<Total[]> {
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    const span = { start: 0, end: (nowMs - this.#startMs) / 1000 };
    const counts = this.#all.map(({ stream }) => stream.counts());
    const hasMore = this.#all.some(({ last }, index) => counts[index]!.octets > last.octets);
    const isFirst = this.#lastMs === this.#startMs;
    const restMs = nowMs - this.#lastMs;
    if (this.#intervalMs > 0 && (isFirst || (hasMore && restMs > REST * this.#intervalMs))) {
      this.#take(nowMs);
    }
    await this.#queue;
    const figures = await Promise.all(this.#all.map(({ stream }) => stream.tcpFigures()));
    return this.#all.map((metered, index) => {
      const tcp = figures[index] ?? metered.tcp.at(-1);
      const mine = difference(counts[index]!, metered.base);
      const plain = figuresOf(span, mine, metered.stream.isSender, this.#udp);
      const retransmits =
        tcp === undefined ? {} : { retransmits: tcp.retransmits - metered.baseRetransmits };
      return {
        figures: { socket: metered.socket, ...plain, ...retransmits },
        counts: mine,
        tcp: metered.tcp,
      };
    });
  }

  #next(): void {
    const nowMs = performance.now();
    const omitEndMs = this.#startMs + this.#omitMs;
    const tickMs = this.#nextTickMs();
    const isLastOmitted = this.#isOmitting && omitEndMs <= tickMs + this.#intervalMs * REST;
    const dueMs = isLastOmitted ? omitEndMs : tickMs;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        if (this.#intervalMs > 0) this.#take(performance.now());
        if (isLastOmitted) this.#restart();
        this.#next();
      },
      Math.max(0, dueMs - nowMs),
    );
  }

  /** Intervals end at multiples of their length, however late the last one was. */
  #nextTickMs(): number {
    if (this.#intervalMs === 0) return Number.POSITIVE_INFINITY;
    const past = (this.#lastMs - this.#startMs) / this.#intervalMs;
    return this.#startMs + (Math.floor(past + REST) + 1) * this.#intervalMs;
  }

  /** What was sent so far does not count. */
  #restart(): void {
    this.#isOmitting = false;
    this.#startMs = performance.now();
    this.#lastMs = this.#startMs;
    for (const metered of this.#all) {
      metered.base = metered.stream.counts();
      metered.last = metered.base;
    }
    this.#queue = this.#queue.then(async () => {
      const figures = await Promise.all(this.#all.map(({ stream }) => stream.tcpFigures()));
      for (const [index, metered] of this.#all.entries()) {
        metered.baseRetransmits = figures[index]?.retransmits ?? 0;
        metered.lastRetransmits = metered.baseRetransmits;
        metered.tcp.length = 0;
      }
    });
  }

  #take(nowMs: number): void {
    const seconds = (ms: number) => (ms - this.#startMs) / 1000;
    const span = { start: seconds(this.#lastMs), end: seconds(nowMs) };
    this.#lastMs = nowMs;
    const counted = this.#all.map((metered) => {
      const now = metered.stream.counts();
      const counts = difference(now, metered.last);
      metered.last = now;
      return counts;
    });
    const asked = this.#all.map(({ stream }) => stream.tcpFigures());
    const isOmitted = this.#isOmitting;
    this.#queue = this.#queue.then(async () => {
      await this.#tellInterval(span, counted, await Promise.all(asked), isOmitted);
    });
  }

  async #tellInterval(
    span: Span,
    counted: readonly Counts[],
    asked: readonly (TcpFigures | undefined)[],
    omitted: boolean,
  ): Promise<void> {
    const streams = this.#all.map((metered, index) => {
      const { isSender } = metered.stream;
      const tcp = asked[index];
      const plain = figuresOf(span, counted[index]!, isSender, this.#udp);
      const figures = withTcp(plain, tcp, metered.lastRetransmits);
      if (tcp !== undefined) {
        metered.lastRetransmits = tcp.retransmits;
        metered.tcp.push(tcp);
      }
      return { socket: metered.socket, ...figures, omitted };
    });
    const isSame = (figures: Figures) => figures.sender === streams[0]!.sender;
    const sum = sumOf(streams.filter(isSame));
    const other = sumOf(streams.filter((figures) => !isSame(figures)));
    await this.#tell({
      streams,
      ...(sum === undefined ? {} : { sum }),
      ...(other === undefined ? {} : { sum_bidir_reverse: other }),
    });
  }
}
