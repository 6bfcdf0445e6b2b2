import type { Counts, TcpFigures } from './stream.ts';

/** Figures of a stream, or of all of a direction, in a time. Names and units are iperf3's. */
export interface Figures {
  readonly socket?: number;
  readonly start: number;
  readonly end: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly bits_per_second: number;
  readonly retransmits?: number;
  readonly snd_cwnd?: number;
  readonly snd_wnd?: number;
  readonly rtt?: number;
  readonly rttvar?: number;
  readonly pmtu?: number;
  readonly jitter_ms?: number;
  readonly lost_packets?: number;
  readonly packets?: number;
  readonly lost_percent?: number;
  readonly out_of_order?: number;
  readonly omitted?: boolean;
  readonly sender: boolean;
}

/** A time of a test, in seconds since its start. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The counts of a span as iperf3 shows them. */
export function figuresOf(span: Span, counts: Counts, isSender: boolean, udp: boolean): Figures {
  const seconds = span.end - span.start;
  const { octets, packets, lost, outOfOrder, jitterSeconds } = counts;
  return {
    ...span,
    seconds,
    bytes: octets,
    bits_per_second: seconds > 0 ? (octets * 8) / seconds : 0,
    ...(udp ? { packets } : {}),
    ...(udp && !isSender
      ? {
          jitter_ms: jitterSeconds * 1000,
          lost_packets: lost,
          lost_percent: packets > 0 ? (100 * lost) / packets : 0,
          out_of_order: outOfOrder,
        }
      : {}),
    sender: isSender,
  };
}

export function withTcp(figures: Figures, tcp: TcpFigures | undefined, before: number): Figures {
  if (tcp === undefined) return figures;
  return { ...figures, ...tcp, retransmits: tcp.retransmits - before };
}

/** Those of one direction, together. Undefined: there are none. */
export function sumOf(all: readonly Figures[]): Figures | undefined {
  const [first] = all;
  if (first === undefined) return undefined;
  const add = (value: (figures: Figures) => number | undefined) =>
    all.reduce((sum, figures) => sum + (value(figures) ?? 0), 0);
  const has = (name: keyof Figures) => first[name] !== undefined;
  const packets = add((one) => one.packets);
  const lost = add((one) => one.lost_packets);
  const end = Math.max(...all.map((one) => one.end));
  return {
    start: first.start,
    end,
    seconds: end - first.start,
    bytes: add((one) => one.bytes),
    bits_per_second: add((one) => one.bits_per_second),
    ...(has('retransmits') ? { retransmits: add((one) => one.retransmits) } : {}),
    ...(has('jitter_ms')
      ? {
          jitter_ms: add((one) => one.jitter_ms) / all.length,
          lost_packets: lost,
          lost_percent: packets > 0 ? (100 * lost) / packets : 0,
        }
      : {}),
    ...(has('packets') ? { packets } : {}),
    ...(has('omitted') ? { omitted: first.omitted! } : {}),
    sender: first.sender,
  };
}

/** What was counted later than `before`. */
export function difference(now: Counts, before: Counts): Counts {
  return {
    octets: now.octets - before.octets,
    packets: now.packets - before.packets,
    lost: Math.max(0, now.lost - before.lost),
    outOfOrder: now.outOfOrder - before.outOfOrder,
    jitterSeconds: now.jitterSeconds,
  };
}
