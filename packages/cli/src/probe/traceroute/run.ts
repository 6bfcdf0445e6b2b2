import type { ApiProbe, ApiProbeEvent, ProbeExchange } from '../session.ts';
import type { Signals } from '../signals.ts';
import { formatHeader, formatProbe, formatRefusal, toJson } from './format.ts';
import { createProbes, type HopProbe, takeEvent, waitMsOf } from './trace.ts';
import { HEADER_OCTETS, type TraceOptions } from './trace-options.ts';

/** What a traceroute needs from outside. Tests give it virtual time. */
export interface TraceEnvironment {
  readonly session: ProbeExchange;
  readonly signals: Signals;
  nowMs(): number;
  write(text: string): void;
  warn(text: string): void;
}

/** The data of a probe: @ABC … */
const PATTERN = Buffer.from(Array.from({ length: 64 }, (_, at) => 0x40 + at)).toString('hex');
/** The layer keeps a probe longer than we wait for it: its timeout would only wake us. */
const EXTRA_TIMEOUT_MS = 1000;

/** Traces the route. Returns the exit status. */
export function runTrace(options: TraceOptions, environment: TraceEnvironment): Promise<number> {
  return new Trace(options, environment).run();
}

class Trace {
  readonly #options: TraceOptions;
  readonly #environment: TraceEnvironment;
  readonly #probes: HopProbe[];
  /** The probe of a number. */
  readonly #sent = new Map<number, number>();
  /** The first probe that is not printed, and the end of those to print. */
  #start: number;
  #end: number;
  #sequence: number;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  /** Octets of a packet now; path MTU discovery makes it smaller. */
  #packetOctets: number;
  #refusal: string | undefined;

  constructor(options: TraceOptions, environment: TraceEnvironment) {
    this.#options = options;
    this.#environment = environment;
    this.#probes = createProbes(options);
    this.#start = (options.firstHop - 1) * options.probesPerHop;
    this.#end = this.#probes.length;
    this.#sequence = options.kind === 'echo' ? options.port : 1;
    this.#packetOctets = options.packetOctets;
  }

  async run(): Promise<number> {
    const { session, signals } = this.#environment;
    this.#print(formatHeader(this.#options));
    while (this.#start < this.#end && !signals.stop) {
      const requests: ApiProbe[] = [];
      const waitMs = this.#step(requests);
      if (this.#start >= this.#end) break;
      for (const event of await session.exchange(requests, waitMs, signals.abort.signal)) {
        this.#take(event);
      }
      if (this.#refusal !== undefined) return this.#refuse(this.#refusal);
    }
    this.#print('\n');
    const shown = this.#probes.slice(0, this.#options.json ? this.#end : 0);
    if (this.#options.json) this.#environment.write(toJson(shown, this.#options));
    return 0;
  }

  /** Prints what is done, and adds the probes that are due. Returns how long to wait. */
  #step(requests: ApiProbe[]): number {
    const { parallel, probesPerHop } = this.#options;
    const nowMs = this.#environment.nowMs();
    let waitMs = Number.POSITIVE_INFINITY;
    let open = 0;
    for (let at = this.#start; at < this.#end && open < parallel; at += 1) {
      const probe = this.#probes[at]!;
      if (at === this.#start && !probe.isDone && this.#isLate(at, nowMs)) probe.isDone = true;
      if (probe.isDone) {
        if (at === this.#start) {
          this.#print(formatProbe(this.#probes, at, this.#options));
          this.#start += 1;
        }
        if (probe.isFinal) this.#end = (Math.floor(at / probesPerHop) + 1) * probesPerHop;
        continue;
      }
      if (probe.sentMs === undefined) {
        const pauseMs = this.#lastSentMs + this.#options.sendWaitMs - nowMs;
        if (pauseMs > 0) return Math.min(waitMs, pauseMs);
        requests.push(this.#send(at, nowMs));
      }
      const leftMs = probe.sentMs! + waitMsOf(this.#probes, at, this.#options) - nowMs;
      // Only the first one in line may expire; the others' time ends after it.
      if (open === 0) waitMs = Math.max(0, leftMs);
      open += 1;
    }
    return waitMs;
  }

  #isLate(at: number, nowMs: number): boolean {
    const { sentMs } = this.#probes[at]!;
    return sentMs !== undefined && nowMs >= sentMs + waitMsOf(this.#probes, at, this.#options);
  }

  #send(at: number, nowMs: number): ApiProbe {
    const probe = this.#probes[at]!;
    const { kind, port, isPortFixed, waits, dontFragment, findsMtu } = this.#options;
    probe.sentMs = nowMs;
    this.#lastSentMs = nowMs;
    const sequence = this.#sequence & 0xffff;
    const count = this.#sent.size;
    this.#sequence += 1;
    this.#sent.set(sequence, at);
    const destinationPort = isPortFixed ? port : ((port + count - 1) % 65_535) + 1;
    return {
      kind,
      destination: this.#options.address,
      source: this.#options.source,
      interfaceName: this.#options.interfaceName,
      ttl: probe.ttl,
      tos: this.#options.tos,
      fragmentation: dontFragment || findsMtu ? 'probe' : 'dont',
      octets: Math.max(0, this.#packetOctets - HEADER_OCTETS[kind]),
      pattern: PATTERN,
      sequence,
      ...(kind === 'echo' ? {} : { destinationPort }),
      timeoutMs: Math.ceil(waits.maxMs) + EXTRA_TIMEOUT_MS,
    };
  }

  #take(event: ApiProbeEvent): void {
    const at = this.#sent.get(event.sequence);
    const probe = at === undefined ? undefined : this.#probes[at]!;
    const isRedirect = event.outcome === 'icmp error' && event.icmpType === 5;
    if (probe === undefined || probe.isDone || event.outcome === 'timeout' || isRedirect) return;
    if (event.badChecksum) return;
    if (event.outcome === 'not sent' && event.error !== 'EMSGSIZE') {
      // A full table is no reason to give up: this probe is sent again later.
      if (event.error === 'ENOBUFS') probe.sentMs = undefined;
      else this.#refusal = event.error;
      return;
    }
    if (this.#options.findsMtu && this.#isSmaller(event)) {
      // The same hop again, by a packet that gets there.
      this.#packetOctets = event.mtu!;
      probe.mark = `F=${event.mtu}`;
      probe.sentMs = undefined;
      return;
    }
    const { mark } = probe;
    takeEvent(probe, event);
    if (probe.mark === '') probe.mark = mark;
  }

  #isSmaller({ outcome, icmpType, icmpCode, mtu = 0 }: ApiProbeEvent): boolean {
    const isTooBig = outcome === 'not sent' || (icmpType === 3 && icmpCode === 4);
    return isTooBig && mtu >= HEADER_OCTETS[this.#options.kind] && mtu < this.#packetOctets;
  }

  #refuse(error: string): number {
    if (!this.#options.json) this.#print('\n');
    this.#environment.warn(formatRefusal(error));
    return 1;
  }

  #print(text: string): void {
    if (!this.#options.json) this.#environment.write(text);
  }
}
