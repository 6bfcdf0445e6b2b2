import { errorWords } from '../icmp-words.ts';
import type { ApiProbe, ApiProbeEvent } from '../session.ts';
import { HEADER_OCTETS } from '../traceroute/trace-options.ts';
import { createHop, type Hop, takeAnswer } from './hop.ts';
import type { MtrOptions } from './mtr-options.ts';

/** Hops without an answer in a row, after which a cycle starts anew. */
const MAX_UNKNOWN = 12;
/** Hops that the first cycle is paced for. */
const FIRST_HOPS = 10;
const FIRST_UDP_PORT = 33_000;
/** Longer than any answer is waited for: a late answer still counts. */
const TIMEOUT_MS = 10_000;

/** The hops that are probed again and again. Probes of one cycle are spread over its interval. */
export interface Survey {
  readonly options: MtrOptions;
  hops: Hop[];
  /** The hop of each probe in flight, by sequence number. */
  readonly pending: Map<number, Hop>;
  /** Index of the hop whose turn it is. */
  at: number;
  /** Hops of a cycle. */
  width: number;
  cycles: number;
  sequence: number;
  nextMs: number;
  /** Why nothing can be sent. */
  refusal: string | undefined;
}

export function createSurvey(options: MtrOptions, nowMs: number): Survey {
  return {
    options,
    hops: newHops(options),
    pending: new Map(),
    at: options.firstHop - 1,
    width: FIRST_HOPS,
    cycles: 0,
    sequence: 0,
    nextMs: nowMs,
    refusal: undefined,
  };
}

function newHops({ maxHops }: MtrOptions): Hop[] {
  return Array.from({ length: maxHops }, createHop);
}

/** Forgets all figures. */
export function restart(survey: Survey): void {
  survey.hops = newHops(survey.options);
  survey.pending.clear();
  survey.cycles = 0;
  survey.at = survey.options.firstHop - 1;
}

export function hasSentAll({ cycles, options }: Survey): boolean {
  return cycles >= options.cycles;
}

/** The probes that are due. `nextMs` is when the next one is. */
export function dueProbes(survey: Survey, nowMs: number): ApiProbe[] {
  const probes: ApiProbe[] = [];
  while (!hasSentAll(survey) && survey.nextMs <= nowMs) {
    probes.push(nextProbe(survey));
    // A machine that was busy does not send all at once what it has missed.
    const from = Math.max(survey.nextMs, nowMs - survey.options.intervalMs);
    survey.nextMs = from + survey.options.intervalMs / survey.width;
  }
  return probes;
}

function nextProbe(survey: Survey): ApiProbe {
  const { options, hops, at } = survey;
  const { kind, packetOctets, port } = options;
  const hop = hops[at]!;
  survey.sequence = (survey.sequence % 65_535) + 1;
  giveUp(survey, survey.sequence);
  survey.pending.set(survey.sequence, hop);
  hop.sent += 1;
  hop.inFlight += 1;
  const probe: ApiProbe = {
    kind,
    destination: options.address,
    source: options.source,
    interfaceName: options.interfaceName,
    ttl: at + 1,
    tos: options.tos,
    fragmentation: 'dont',
    octets: Math.max(0, packetOctets - HEADER_OCTETS[kind]),
    sequence: survey.sequence,
    timeoutMs: TIMEOUT_MS,
    ...(kind === 'echo'
      ? {}
      : { destinationPort: port ?? FIRST_UDP_PORT + (survey.sequence % 30_000) }),
  };
  advance(survey);
  return probe;
}

/** A cycle ends where nothing gets further, at the last hop, and where nobody answers for long. */
function advance(survey: Survey): void {
  const { hops, options, at } = survey;
  const { firstHop } = options;
  const cycle = hops.slice(firstHop - 1, at + 1);
  const unknown = cycle.filter((hop) => hop.addresses.length === 0).length;
  if (!cycle.some((hop) => hop.isEnd) && unknown <= MAX_UNKNOWN + 1 && at + 1 < hops.length) {
    survey.at = at + 1;
    return;
  }
  survey.width = at + 2 - firstHop;
  survey.at = firstHop - 1;
  survey.cycles += 1;
}

/** A probe is not waited for any longer: it is lost. */
function giveUp({ pending }: Survey, sequence: number): void {
  const hop = pending.get(sequence);
  if (hop === undefined) return;
  hop.inFlight -= 1;
  pending.delete(sequence);
}

/** Takes what became of a probe. */
export function takeEvent(survey: Survey, event: ApiProbeEvent): void {
  const hop = survey.pending.get(event.sequence);
  if (hop === undefined || event.badChecksum || event.icmpType === 5) return;
  if (event.outcome === 'not sent') {
    hop.sent -= 1;
    survey.refusal = errorWords(event.error ?? '');
  }
  giveUp(survey, event.sequence);
  if (event.outcome !== 'timeout' && event.outcome !== 'not sent') takeAnswer(hop, event);
}

/** At the end: what is in flight is lost. */
export function giveUpAll(survey: Survey): void {
  for (const sequence of [...survey.pending.keys()]) giveUp(survey, sequence);
}

/** The hops to show: up to where nothing gets further, or to one behind the last that answered. */
export function shownHops({
  hops,
  options,
}: Survey): { readonly ttl: number; readonly hop: Hop }[] {
  const target = hops.findIndex((hop) => hop.isEnd);
  const last = hops.findLastIndex((hop) => hop.addresses.length > 0);
  const end = target >= 0 ? target + 1 : Math.min(last + 2, hops.length);
  return hops
    .map((hop, at) => ({ ttl: at + 1, hop }))
    .slice(options.firstHop - 1, Math.max(end, options.firstHop));
}
