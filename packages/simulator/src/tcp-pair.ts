import type { LocalAddress, TransportCore, TransportSysctl } from '@strata/transport';
import { type IpAddress, ipv4Address } from '@strata/wire';
import { type ApplicationPlan, SimulatedApplication } from './application.ts';
import type { Impairment } from './impaired-wire.ts';
import { Pair, type PairOptions } from './pair.ts';
import { SeededRandom } from './seeded-random.ts';
import { SIDE_NAMES, type TraceRecorder } from './trace-recorder.ts';
import { WatchedTransportCore } from './watched-core.ts';

/** 192.0.2.1 and 192.0.2.2: the addresses of the two sides. */
export const ADDRESS_A = ipv4Address(0xc0000201);
export const ADDRESS_B = ipv4Address(0xc0000202);

/** One side of a {@link TcpPair}. */
export interface TcpPairSide extends ApplicationPlan {
  readonly sysctl?: Partial<TransportSysctl> | undefined;
  /** Default 1,500. */
  readonly mtuOctets?: number | undefined;
  /**
   * Most octets of a PDU. Values above 65,495 have no further effect. Default: the core's default.
   */
  readonly maxPduOctets?: number | undefined;
}

export interface TcpPairOptions
  extends Omit<PairOptions, 'transports' | 'applications' | 'wires' | 'seed'> {
  readonly a: TcpPairSide;
  readonly b: TcpPairSide;
  /** Impairment of both directions, or of each: from A to B, from B to A. Default: none. */
  readonly wire?: Impairment | readonly [Impairment, Impairment] | undefined;
}

/** Two of our transport cores, an application on each, and the wire between them. */
export interface TcpPair {
  readonly pair: Pair;
  readonly cores: readonly [TransportCore, TransportCore];
  readonly applications: readonly [SimulatedApplication, SimulatedApplication];
}

/** Builds the pair. The same seed and options give the same run. */
export function createTcpPair(
  seed: number,
  options: TcpPairOptions,
  recorder?: TraceRecorder,
): TcpPair {
  const cores = [
    createCore(seed, 1, ADDRESS_A, options.a),
    createCore(seed, 2, ADDRESS_B, options.b),
  ] as const;
  const applications = [
    new SimulatedApplication(SIDE_NAMES[0], options.a),
    new SimulatedApplication(SIDE_NAMES[1], options.b),
  ] as const;
  const { a, b, wire = {}, ...rest } = options;
  const wires = isPairOfWires(wire) ? wire : ([wire, wire] as const);
  const pair = new Pair({ recorder, ...rest, seed, transports: cores, applications, wires });
  return { pair, cores, applications };
}

function isPairOfWires(
  wire: Impairment | readonly [Impairment, Impairment],
): wire is readonly [Impairment, Impairment] {
  return Array.isArray(wire);
}

function createCore(
  seed: number,
  stream: number,
  address: IpAddress,
  side: TcpPairSide,
): TransportCore {
  const random = new SeededRandom(seed, stream);
  const own: LocalAddress = { address, prefixLength: 24, mtuOctets: side.mtuOctets ?? 1500 };
  const secret = Uint8Array.from({ length: 16 }, () => random.integer(0, 255));
  const { sysctl, maxPduOctets } = side;
  const config = { addresses: [own], secret, sysctl, maxPduOctets };
  return new WatchedTransportCore(config, random.next);
}
