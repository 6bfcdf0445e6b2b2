import type { TransportCounters, TransportSysctl } from '@strata/transport';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import type { ListenPlan } from './application.ts';
import type { Impairment, WirePacket } from './impaired-wire.ts';
import type { StreamEnd, StreamPlan } from './stream-end.ts';
import { ADDRESS_B, createTcpPair, type TcpPair } from './tcp-pair.ts';
import type { TraceRecorder } from './trace-recorder.ts';

/** A connection of a {@link Measurement}: one way, from A to B. */
export interface MeasuredFlow {
  /** Octets to send. Default: more than any run can send. */
  readonly octets?: number | undefined;
  /** When the flow connects. Default 0. */
  readonly startMs?: number | undefined;
  /** Default: the sysctl's. */
  readonly congestionControl?: string | undefined;
  /**
   * Size of the sender's send buffer and of the receiver's receive buffer. Default: both are tuned
   * automatically.
   */
  readonly bufferOctets?: number | undefined;
}

export interface MeasurementPlan {
  readonly seed: number;
  readonly flows: readonly MeasuredFlow[];
  /** Both ways, or from A to B and back. The flows share it. */
  readonly wire: Impairment | readonly [Impairment, Impairment];
  /** The sysctls of both ends. */
  readonly sysctl?: Partial<TransportSysctl> | undefined;
  /** Sees each packet that A sends: true drops it. */
  readonly drop?: ((packet: WirePacket, nowMs: number) => boolean) | undefined;
  readonly recorder?: TraceRecorder | undefined;
}

const FIRST_PORT = 5001;
/** The pattern's offsets end at 2^31. */
const ENDLESS_OCTETS = 2 ** 31 - 1;
/** Longest run, in virtual time. */
const LONGEST_MS = 24 * 3600 * 1000;
/** Large enough that the application never limits a flow. */
const APPLICATION_WINDOW_OCTETS = 2 ** 28;

/**
 * Measures flows over one wire in virtual time. The same plan gives the same figures, bit for bit.
 */
export class Measurement {
  readonly #transfer: TcpPair;
  readonly #flows: readonly MeasuredFlow[];
  readonly #receivers: readonly StreamPlan[];
  readonly #queueDelaysMs: number[] = [];

  constructor(plan: MeasurementPlan) {
    this.#flows = plan.flows;
    this.#receivers = plan.flows.map(() => ({
      windowOctets: APPLICATION_WINDOW_OCTETS,
    }));
    const { sysctl, wire, drop, recorder } = plan;
    this.#transfer = createTcpPair(
      plan.seed,
      {
        a: { sysctl, connect: plan.flows.map(connectPlan) },
        b: {
          sysctl,
          listen: plan.flows.map((flow, i) => listenPlan(flow, this.#receivers[i]!, i)),
        },
        wire,
        eventBudget: 20_000_000,
        verifiesChecksums: true,
        drop: (from, packet, nowMs) => from === 0 && this.#sees(packet, nowMs, drop),
      },
      recorder,
    );
  }

  get nowMs(): number {
    return this.#transfer.pair.nowMs;
  }

  /** The two ends and their wire, for other figures. */
  get transfer(): TcpPair {
    return this.#transfer;
  }

  /** The sender's counters. */
  get counters(): TransportCounters {
    return this.#transfer.cores[0].counters;
  }

  /**
   * How long each packet from A waited in the wire's queue, milliseconds, in the order of sending.
   * For a dropped packet: how long it would have waited.
   */
  get queueDelaysMs(): readonly number[] {
    return this.#queueDelaysMs;
  }

  /** Runs until that time. */
  runUntil(untilMs: number): void {
    this.#transfer.pair.run(untilMs);
  }

  /** Runs until every flow has delivered its octets. Throws if one has not within a virtual day. */
  runToEnd(): void {
    this.#transfer.pair.run(LONGEST_MS);
    for (const [i, { octets = ENDLESS_OCTETS }] of this.#flows.entries()) {
      const received = this.receivedOctets(i);
      if (received !== octets) throw new Error(`flow ${i}: ${received} of ${octets} octets came`);
    }
  }

  /** Octets that the receiver's application of a flow has got. */
  receivedOctets(flow: number): number {
    return this.#receiver(flow)?.receivedOctets ?? 0;
  }

  /** Octets per second from the connect to the last octet received. */
  goodput(flow: number): number {
    const { startMs = 0 } = this.#flows[flow]!;
    const lasted = (this.#receiver(flow)?.lastDataAtMs ?? 0) - startMs;
    return lasted > 0 ? (this.receivedOctets(flow) * 1000) / lasted : 0;
  }

  /** Runs until `untilMs`. Returns the octets per second of each flow from now until then. */
  goodputsUntil(untilMs: number): number[] {
    const before = this.#flows.map((_, i) => this.receivedOctets(i));
    const fromMs = this.nowMs;
    this.runUntil(untilMs);
    return before.map((octets, i) => {
      return ((this.receivedOctets(i) - octets) * 1000) / (untilMs - fromMs);
    });
  }

  #receiver(flow: number): StreamEnd | undefined {
    const plan = this.#receivers[flow];
    return this.#transfer.applications[1].streams.find((stream) => stream.plan === plan);
  }

  #sees(packet: WirePacket, nowMs: number, drop: MeasurementPlan['drop']): boolean {
    this.#queueDelaysMs.push(this.#transfer.pair.wire(0).queueDelayMs(nowMs));
    return drop?.(packet, nowMs) ?? false;
  }
}

function connectPlan(flow: MeasuredFlow, i: number) {
  const { bufferOctets, congestionControl, octets = ENDLESS_OCTETS, startMs = 0 } = flow;
  return {
    remote: { address: ADDRESS_B, port: FIRST_PORT + i },
    atMs: startMs,
    options: { sendBufferOctets: bufferOctets, congestionControl },
    stream: { send: octets, writeOctets: 65_536, afterwards: 'nothing' as const },
  };
}

function listenPlan(flow: MeasuredFlow, stream: StreamPlan, i: number): ListenPlan {
  return {
    local: { address: UNSPECIFIED_IPV4, port: FIRST_PORT + i },
    options: { receiveBufferOctets: flow.bufferOctets },
    stream: () => stream,
  };
}

/** Jain's fairness index of the flows' shares: 1 if all are equal, 1 / n if one flow has all. */
export function fairnessIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}
