/**
 * Simulated runs. The seed chooses everything in which runs differ. A run is whole, or cut by moves
 * of one side or both.
 */

import {
  ADDRESS_A,
  ADDRESS_B,
  type ApplicationPlan,
  type Impairment,
  Pair,
  SeededRandom,
  SIDE_NAMES,
  SimulatedApplication,
  type StreamPlan,
  type TraceRecorder,
} from '@strata/simulator';
import {
  type TcpSocketOptions,
  TransportCore,
  type TransportRequest,
  type TransportSysctl,
} from '@strata/transport';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import { type Manner, MovingTransport } from './moving-transport.ts';

/** The result of a run to compare, and how often each side could have been moved. */
export interface Run {
  readonly log: readonly string[];
  readonly rests: readonly [number, number];
  readonly transports: readonly [MovingTransport, MovingTransport];
}

export interface Cuts {
  /** The rests at which each side is moved. */
  readonly at: readonly [readonly number[], readonly number[]];
  readonly manner?: Manner | undefined;
}

/** Before this time TIME-WAIT has ended, and each side that gives up has given up. */
const UNTIL_MS = 400_000;

/** The run of a seed. `cuts`: where it is moved. Default: nowhere. */
export function simulate(seed: number, cuts?: Cuts, recorder?: TraceRecorder): Run {
  const random = new SeededRandom(seed, 77);
  const sysctls = [chooseSysctl(random), chooseSysctl(random)] as const;
  const options = [chooseOptions(random), chooseOptions(random)] as const;
  const plans = choosePlans(random, options);
  const wires = [chooseWire(random), chooseWire(random)] as const;
  const log: string[] = [];
  const transports = [0, 1].map(
    (side) => new MovingTransport(coreMaker(seed, side, sysctls[side]!), log),
  ) as [MovingTransport, MovingTransport];
  transports.forEach((transport, side) => {
    if (cuts !== undefined) transport.moveAt(cuts.at[side]!, cuts.manner);
  });
  const marksUrgent = random.chance(0.25);
  const applications = plans.map(
    (plan, side) => new UrgentApplication(SIDE_NAMES[side]!, plan, marksUrgent),
  ) as [UrgentApplication, UrgentApplication];
  const pair = new Pair({ seed, transports, applications, wires, recorder, eventBudget: 100_000 });
  pair.run(UNTIL_MS);
  const [a, b] = transports;
  return { log, rests: [a.rests, b.rests], transports };
}

/**
 * Chooses where a run is cut: mostly one side once, sometimes both sides or several times, also at
 * the run's start and end.
 */
export function chooseCuts(seed: number, { rests }: Run): Cuts['at'] {
  const random = new SeededRandom(seed, 78);
  const one = (side: 0 | 1): number => {
    const last = rests[side] - 1;
    if (random.chance(0.2)) return random.integer(0, Math.min(8, last));
    if (random.chance(0.2)) return random.integer(Math.max(0, last - 8), last);
    return random.integer(0, last);
  };
  const some = (side: 0 | 1) => Array.from({ length: random.pick([1, 1, 1, 3]) }, () => one(side));
  const which = random.integer(0, 2);
  return [which === 1 ? [] : some(0), which === 0 ? [] : some(1)];
}

function coreMaker(seed: number, side: number, sysctl: Partial<TransportSysctl>) {
  const random = new SeededRandom(seed, side + 1);
  const secret = Uint8Array.from({ length: 16 }, () => random.integer(0, 255));
  const address = side === 0 ? ADDRESS_A : ADDRESS_B;
  const addresses = [{ address, prefixLength: 24, mtuOctets: 1500 }];
  return (startedAtMs: number) =>
    new TransportCore({ addresses, secret, sysctl, startedAtMs }, random.next);
}

function chooseSysctl(random: SeededRandom): Partial<TransportSysctl> {
  return {
    tcp_congestion_control: random.pick(['cubic', 'reno']),
    tcp_timestamps: random.chance(0.3) ? 0 : 1,
    tcp_sack: random.chance(0.25) ? 0 : 1,
    tcp_recovery: random.chance(0.25) ? 0 : 1,
    tcp_ecn: random.chance(0.4) ? 1 : 2,
    tcp_pacing: random.chance(0.25) ? 1 : 0,
    tcp_mtu_probing: random.chance(0.25) ? 2 : 0,
    tcp_base_mss: 600,
    tcp_shrink_window: random.chance(0.2) ? 1 : 0,
    tcp_syncookies: random.chance(0.15) ? 2 : 1,
    tcp_min_tso_segs: 1,
    tcp_challenge_ack_limit: random.chance(0.3) ? 3 : 2147483647,
    tcp_fin_timeout: random.chance(0.5) ? 5 : 60,
    tcp_quiet_time: random.chance(0.1) ? 700 : 0,
  };
}

function chooseOptions(random: SeededRandom): TcpSocketOptions {
  const sometimes = <Value>(ratio: number, value: Value) =>
    random.chance(ratio) ? value : undefined;
  return {
    noDelay: sometimes(0.3, true),
    cork: sometimes(0.15, true),
    keepAlive: sometimes(0.4, true),
    keepAliveIdleMs: sometimes(0.4, 3000),
    keepAliveIntervalMs: sometimes(0.5, 500),
    keepAliveProbes: sometimes(0.3, 3),
    userTimeoutMs: sometimes(0.15, 20_000),
    userTimeoutOption: sometimes(0.2, true),
    receiveBufferOctets: sometimes(0.25, 9000),
    sendBufferOctets: sometimes(0.2, 12_000),
    maximumSegmentSizeOctets: sometimes(0.15, 700),
    maxPacingRateOctetsPerSecond: sometimes(0.15, 200_000),
    ttl: sometimes(0.2, 33),
    tos: sometimes(0.2, 0x20),
    reuseAddress: sometimes(0.2, true),
    synRetries: sometimes(0.1, 3),
    congestionControl: sometimes(0.2, 'reno'),
    // Urgent data stays in the stream, because the application checks the stream's octets.
    urgentInline: true,
  };
}

function choosePlans(
  random: SeededRandom,
  options: readonly [TcpSocketOptions, TcpSocketOptions],
): [ApplicationPlan, ApplicationPlan] {
  const count = random.pick([1, 1, 2]);
  const streams = Array.from({ length: count }, () => chooseStreams(random));
  const local = { address: UNSPECIFIED_IPV4, port: 80 };
  const acceptAfterMs = random.pick([0, 0, 300]);
  const connect = streams.map(([stream], i) => ({
    remote: { address: ADDRESS_B, port: 80 },
    options: options[0],
    atMs: i * 37,
    stream,
  }));
  const stream = (i: number) => streams[i % count]![1];
  return [{ connect }, { listen: [{ local, options: options[1], acceptAfterMs, stream }] }];
}

/** The seeds of the octets that the connecting side and the listening side send. */
const [SEED_THERE, SEED_BACK] = [11, 22];

function chooseStreams(random: SeededRandom): [StreamPlan, StreamPlan] {
  const plan = (sendSeed: number, expectSeed: number): StreamPlan => ({
    send: random.chance(0.3) ? 0 : random.integer(1, 60_000),
    sendSeed,
    expectSeed,
    writeOctets: random.pick([100, 1000, 4096, 20_000]),
    writeEveryMs: random.pick([0, 0, 1, 20]),
    readAfterMs: random.pick([0, 0, 0, 1500]),
    readOctets: random.pick([undefined, 3000]),
    readEveryMs: random.pick([0, 0, 10]),
    windowOctets: random.pick([65_536, 8000]),
    afterwards: random.pick(['shutdown', 'shutdown', 'close', 'shutdown after end']),
  });
  return [plan(SEED_THERE, SEED_BACK), plan(SEED_BACK, SEED_THERE)];
}

function chooseWire(random: SeededRandom): Impairment {
  return {
    delayMs: random.pick([0.5, 5, 40]),
    jitterMs: random.pick([0, 0, 8]),
    jitterReorders: random.chance(0.3),
    lossRatio: random.pick([0, 0.01, 0.05, 0.15]),
    duplicateRatio: random.pick([0, 0, 0.05]),
    reorderRatio: random.pick([0, 0, 0.05]),
    reorderDelayMs: 15,
    corruptRatio: random.pick([0, 0, 0.02]),
    rateOctetsPerSecond: random.pick([undefined, 300_000, 2_000_000]),
    queueOctets: random.pick([undefined, 15_000]),
    ceMarkRatio: random.pick([0, 0, 0.05]),
    mtuOctets: random.pick([undefined, undefined, undefined, 900]),
  };
}

/** An application that marks some of its writes as urgent. */
class UrgentApplication extends SimulatedApplication {
  readonly #marksUrgent: boolean;

  constructor(name: string, plan: ApplicationPlan, marksUrgent: boolean) {
    super(name, plan);
    this.#marksUrgent = marksUrgent;
  }

  override pollRequest(): TransportRequest | undefined {
    const request = super.pollRequest();
    if (!this.#marksUrgent || request?.kind !== 'send') return request;
    return { ...request, urgent: request.offset % 5 === 0 };
  }
}
