import { errorWords, icmpWords } from '../icmp-words.ts';
import type { ApiProbe, ApiProbeEvent, ProbeExchange } from '../session.ts';
import type { Signals } from '../signals.ts';
import { formatReply } from './format-reply.ts';
import { formatOptions, TIMESTAMP } from './options-field.ts';
import { adapt, createPace, type Pace, untilDue } from './pace.ts';
import type { PingOptions } from './ping-options.ts';
import {
  acknowledge,
  createStatistics,
  formatStatus,
  formatSummary,
  inFlight,
  lossPercent,
  noteRtt,
  type PingStatistics,
  rttFigures,
} from './statistics.ts';

/** What a ping needs from outside. Tests give it virtual time. */
export interface PingEnvironment {
  readonly session: ProbeExchange & { readonly number: number };
  nowMs(): number;
  /** The time of day in milliseconds since 1970. */
  unixMs(): number;
  write(text: string): void;
  /** For standard error. */
  warn(text: string): void;
  readonly signals: Signals;
}

/** Requests in one exchange, at most. */
const MAX_BURST = 64;
/** A screen's width: a flood prints no more dots. */
const MAX_DOTS = 80;
/** From this size on the data has the time of sending, and replies are timed. */
const TIMED_OCTETS = 16;
/** The events take their time to come here, which is no part of a round trip. */
const MIN_LINGER_MS = 200;
const MIN_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 600_000;

/** Pings until it is done. Returns the exit status, as iputils' ping has it. */
export function runPing(options: PingOptions, environment: PingEnvironment): Promise<number> {
  return new Ping(options, environment).run();
}

class Ping {
  readonly #options: PingOptions;
  readonly #environment: PingEnvironment;
  readonly #statistics: PingStatistics = createStatistics();
  readonly #pace: Pace;
  readonly #isTimed: boolean;
  /** By sequence number: which requests were answered. */
  readonly #answered = new Uint8Array(65_536);
  /** When to end, once the last request was sent. */
  #endMs: number | undefined;
  #route = '';
  #hasBegun = false;
  /** Why nothing could be sent at all. */
  #fatal: string | undefined;

  constructor(options: PingOptions, environment: PingEnvironment) {
    this.#options = options;
    this.#environment = environment;
    this.#pace = createPace(options);
    this.#isTimed = options.size >= TIMED_OCTETS;
  }

  async run(): Promise<number> {
    const { session, signals } = this.#environment;
    const beganMs = this.#environment.nowMs();
    const deadlineMs = beganMs + this.#options.deadlineMs;
    while (!this.#isDone()) {
      this.#showStatus();
      const nowMs = this.#environment.nowMs();
      if (nowMs >= deadlineMs || nowMs >= (this.#endMs ?? Number.POSITIVE_INFINITY)) break;
      const probes: ApiProbe[] = [];
      let waitMs = this.#collect(probes, nowMs);
      if (this.#endMs !== undefined) waitMs = Math.min(waitMs, this.#endMs - nowMs);
      waitMs = Math.min(waitMs, deadlineMs - nowMs);
      // The first one tells at once whether it could be sent: the first line comes after that.
      if (!this.#hasBegun) waitMs = 0;
      const events = await session.exchange(probes, waitMs, signals.abort.signal);
      if (!this.#hasBegun && !this.#begin(events)) return 2;
      for (const event of events) this.#take(event);
    }
    return this.#finish();
  }

  #isDone(): boolean {
    const { received, errors } = this.#statistics;
    const { count, deadlineMs } = this.#options;
    if (this.#environment.signals.stop || this.#fatal !== undefined) return true;
    if (received + errors >= count) return true;
    return deadlineMs !== Number.POSITIVE_INFINITY && errors > 0;
  }

  /** Adds the requests that are due; returns the milliseconds until the next. */
  #collect(probes: ApiProbe[], nowMs: number): number {
    for (;;) {
      if (this.#hasSentAll()) {
        this.#endMs ??= nowMs + this.#lastWaitMs();
        return Number.POSITIVE_INFINITY;
      }
      if (probes.length >= MAX_BURST) return 0;
      const waitMs = untilDue(this.#pace, this.#statistics, nowMs);
      if (waitMs > 0) return waitMs;
      probes.push(this.#next());
    }
  }

  /** A flood prints a dot for each request, and takes it back for each reply. */
  #dot(): void {
    const { flood, preload, quiet } = this.#options;
    const statistics = this.#statistics;
    if (!flood || quiet || !this.#hasBegun) return;
    const isNarrow = preload < MAX_DOTS && statistics.pipe < MAX_DOTS;
    if (isNarrow || inFlight(statistics) < MAX_DOTS) this.#print('.');
  }

  #hasSentAll(): boolean {
    const { count, deadlineMs } = this.#options;
    return this.#statistics.transmitted >= count && deadlineMs === Number.POSITIVE_INFINITY;
  }

  /** Two round trips are enough for the last replies, if others have come. */
  #lastWaitMs(): number {
    const { received, maxUs } = this.#statistics;
    if (received === 0) return this.#options.lingerMs;
    return Math.max((2 * maxUs) / 1000, this.#pace.intervalMs, MIN_LINGER_MS);
  }

  #next(): ApiProbe {
    const statistics = this.#statistics;
    const { outstanding } = this.#options;
    if (
      outstanding &&
      statistics.transmitted > 0 &&
      !this.#answered[statistics.transmitted & 0xffff]
    ) {
      this.#line(`no answer yet for icmp_seq=${statistics.transmitted}\n`);
    }
    statistics.transmitted += 1;
    const sequence = statistics.transmitted & 0xffff;
    this.#answered[sequence] = 0;
    this.#dot();
    return this.#probe(sequence);
  }

  #probe(sequence: number): ApiProbe {
    const given = this.#options;
    return {
      kind: 'echo',
      destination: given.firstHop,
      source: given.source,
      interfaceName: given.interfaceName,
      ttl: given.ttl,
      tos: given.tos,
      fragmentation: given.fragmentation,
      octets: given.size,
      pattern: Buffer.from(given.pattern).toString('hex'),
      options: Buffer.from(given.ipOptions).toString('hex'),
      sequence,
      identifier: given.identifier,
      timeoutMs: this.#timeoutMs(),
      allowBroadcast: given.broadcast,
    };
  }

  #timeoutMs(): number {
    const longest = Math.max(MIN_TIMEOUT_MS, this.#options.lingerMs);
    return Math.min(MAX_TIMEOUT_MS, Math.ceil(longest));
  }

  /** Prints the first line. False: the first request could not be sent, which ends it all. */
  #begin(events: readonly ApiProbeEvent[]): boolean {
    const { name, address, via, size, ipOptions, pattern } = this.#options;
    const refused = events.find(
      ({ outcome, error }) => outcome === 'not sent' && error !== 'EMSGSIZE',
    );
    if (refused !== undefined) {
      this.#environment.warn(`ping: ${whyNot(refused.error ?? '')}\n`);
      return false;
    }
    this.#hasBegun = true;
    if (this.#options.json) return true;
    if (pattern.length > 0 && !this.#options.quiet)
      this.#print(`PATTERN: 0x${Buffer.from(pattern).toString('hex')}\n`);
    const octets = size + 28 + shownOptionOctets(ipOptions);
    this.#print(`PING ${name} (${address})${via} ${size}(${octets}) bytes of data.\n`);
    for (let sent = 0; sent < this.#statistics.transmitted; sent += 1) this.#dot();
    return true;
  }

  #take(event: ApiProbeEvent): void {
    switch (event.outcome) {
      case 'reply':
        return this.#takeReply(event);
      case 'icmp error':
        return this.#takeError(event);
      case 'not sent':
        return this.#notSent(event);
      // Other outcomes are none of an echo; ping itself knows how long to wait.
    }
  }

  #takeReply(event: ApiProbeEvent): void {
    const statistics = this.#statistics;
    const { adaptive, broadcast, isMulticast, address, verbose } = this.#options;
    const { sequence, duplicate = false, badChecksum = false, rttMs = 0 } = event;
    const us = Math.round(rttMs * 1000);
    statistics.received += 1;
    if (badChecksum) {
      statistics.corrupted += 1;
      statistics.received -= 1;
    } else {
      acknowledge(statistics, sequence);
      if (this.#isTimed) noteRtt(statistics, us);
      if (duplicate) {
        statistics.duplicates += 1;
        statistics.received -= 1;
      } else this.#answered[sequence] = 1;
      if (adaptive) adapt(this.#pace, statistics);
    }
    if (this.#options.json) return this.#tell({ kind: 'reply', ...event });
    if (this.#options.quiet) return;
    if (this.#options.flood) return this.#print(badChecksum ? '\bC' : '\b \b');
    const line = formatReply(event, us, {
      size: this.#options.size,
      pattern: this.#options.pattern,
      from: this.#nameOf(event.from ?? ''),
      isTimed: this.#isTimed,
      isDuplicate: duplicate && (!isMulticast || verbose),
      isOther: !broadcast && !isMulticast && event.from !== address,
      identifier: verbose ? this.#environment.session.number : undefined,
    });
    const bell = this.#options.audible ? '\x07' : '';
    this.#line(`${line}${bell}${this.#optionLines(event)}\n`);
  }

  #optionLines({ options }: ApiProbeEvent): string {
    if (options === undefined) return '';
    const { text, route } = formatOptions(Buffer.from(options, 'hex'), this.#route);
    this.#route = route;
    return text;
  }

  /** The target has the name that it was given; others have their addresses. */
  #nameOf(address: string): string {
    const { name } = this.#options;
    const isNamed = address === this.#options.address && name !== address;
    return isNamed ? `${name} (${address})` : address;
  }

  #takeError(event: ApiProbeEvent): void {
    const statistics = this.#statistics;
    const isRedirect = event.icmpType === 5;
    if (!isRedirect) {
      acknowledge(statistics, event.sequence);
      statistics.errors += 1;
    }
    if (this.#options.json) return this.#tell({ kind: 'error', ...event });
    if (this.#options.quiet) return;
    if (this.#options.flood) return this.#print(isRedirect ? '' : '\bE');
    const from = `From ${event.from ?? ''}${isRedirect ? ':' : ''}`;
    this.#line(`${from} icmp_seq=${event.sequence} ${icmpWords(event)}\n`);
  }

  #notSent(event: ApiProbeEvent): void {
    const { json, quiet, flood } = this.#options;
    const isTooBig = event.error === 'EMSGSIZE' && event.mtu !== undefined;
    if (isTooBig) this.#statistics.errors += 1;
    if (json) return this.#tell({ kind: 'not sent', ...event });
    if (quiet) return;
    if (flood) return this.#print('E');
    const why = isTooBig
      ? `local error: message too long, mtu=${event.mtu}`
      : `sendmsg: ${errorWords(event.error ?? '')}`;
    this.#environment.warn(`ping: ${why}\n`);
  }

  #showStatus(): void {
    const { signals } = this.#environment;
    if (!signals.status) return;
    signals.status = false;
    this.#environment.warn(formatStatus(this.#statistics, this.#isTimed));
  }

  #finish(): number {
    const { name, flood, adaptive, deadlineMs, count, json, intervalMs } = this.#options;
    const statistics = this.#statistics;
    const { received, transmitted } = statistics;
    const { startMs, lastMs } = this.#pace;
    const elapsedMs = startMs === undefined ? 0 : lastMs - startMs;
    if (json) {
      const { duplicates, corrupted, errors } = statistics;
      const rttMs = rttFigures(statistics) ?? null;
      const loss = { lossPercent: lossPercent(statistics), elapsedMs };
      this.#tell({
        kind: 'statistics',
        target: name,
        address: this.#options.address,
        transmitted,
        received,
        duplicates,
        corrupted,
        errors,
        ...loss,
        rttMs,
      });
    } else if (this.#hasBegun) {
      const isPaced = flood || adaptive || intervalMs === 0;
      const isTimed = this.#isTimed;
      this.#print(formatSummary(statistics, { target: name, elapsedMs, isTimed, isPaced }));
    }
    const isShort =
      deadlineMs !== Number.POSITIVE_INFINITY &&
      received < count &&
      count !== Number.POSITIVE_INFINITY;
    return received === 0 || isShort ? 1 : 0;
  }

  #line(text: string): void {
    const seconds = this.#options.clockTimes
      ? `[${(this.#environment.unixMs() / 1000).toFixed(6)}] `
      : '';
    if (!this.#options.json) this.#print(`${seconds}${text}`);
  }

  #tell(value: object): void {
    this.#print(`${JSON.stringify(value)}\n`);
  }

  #print(text: string): void {
    this.#environment.write(text);
  }
}

/** Of the timestamp option ping says 40 octets, whichever kind it is. */
function shownOptionOctets(options: Uint8Array): number {
  return options[0] === TIMESTAMP ? 40 : options.byteLength;
}

/** Why the first request could not be sent, in ping's words: it tries a connected socket. */
function whyNot(error: string): string {
  switch (error) {
    case 'EACCES':
      return 'Do you want to ping broadcast? Then -b. If not, check your local firewall rules';
    case 'EADDRNOTAVAIL':
      return `bind: ${errorWords(error)}`;
    default:
      return `connect: ${errorWords(error)}`;
  }
}
