/** The handover of a connection's loss recovery, congestion control and timers. */

import { type CubicNumbers, cubic } from '../tcp/recover/congestion/cubic.ts';
import { congestionControl } from '../tcp/recover/congestion/registry.ts';
import { type RenoNumbers, reno } from '../tcp/recover/congestion/reno.ts';
import {
  type CongestionState,
  createFRto,
  createLossProbe,
  createPrr,
  createRack,
  createReordering,
  createUndo,
  createWindowUse,
  type FRto,
  type LossProbe,
  type Prr,
  type Rack,
  type Reordering,
  type Rescue,
  type Undo,
  type WindowUse,
} from '../tcp/state/recovery.ts';
import {
  createDeadlines,
  createKeepalive,
  createRto,
  createUserTimeout,
  createWindowedMin,
  type Keepalive,
  type RtoState,
  type TcbDeadlines,
  type UserTimeout,
  type WindowedMin,
} from '../tcp/state/timers.ts';
import {
  age,
  ageOrNone,
  deadline,
  derived,
  fixed32,
  flag,
  optional,
  orNone,
  real,
  type Struct,
  text,
  uint32,
  uint64,
} from './kinds.ts';
import { malformed } from './plain.ts';
import { list, part } from './walk.ts';

const ANY_MSS = 536;

const CUBIC: Struct<CubicNumbers> = {
  message: 'CubicNumbers',
  make: () => cubic.create(ANY_MSS).own as CubicNumbers,
  fields: {
    wMax: real,
    cwndPrior: real,
    epochStartMs: ageOrNone(-1),
    k: real,
    wEst: real,
    hystartWindowEnd: orNone(-1, fixed32),
    hystartLastMinRttMs: orNone(Infinity, real),
    hystartMinRttMs: orNone(Infinity, real),
    hystartSamples: uint32,
    hystartBaselineMs: orNone(Infinity, real),
    hystartRounds: uint32,
  },
};

const RENO: Struct<RenoNumbers> = {
  message: 'RenoNumbers',
  make: () => reno.create(ANY_MSS).own as RenoNumbers,
  fields: { partial: real },
};

/**
 * The state, with the algorithm's own variables in the field of its name: at most one such field is
 * set.
 */
interface NamedCongestion {
  name: string;
  cwnd: number;
  ssthresh: number;
  cubic: CubicNumbers | undefined;
  reno: RenoNumbers | undefined;
}

const NAMED: Struct<NamedCongestion> = {
  message: 'CongestionState',
  make: () => ({ name: '', cwnd: 0, ssthresh: 0, cubic: undefined, reno: undefined }),
  fields: {
    name: text,
    cwnd: real,
    ssthresh: orNone(Infinity, real),
    cubic: optional(part(CUBIC)),
    reno: optional(part(RENO)),
  },
};

const named = part(NAMED);

/** The state of congestion control, or a snapshot of it. */
export const congestion = {
  ...named,
  write({ name, cwnd, ssthresh, own }: CongestionState, baseMs: number) {
    const numbers = {
      cubic: name === 'cubic' ? (own as CubicNumbers) : undefined,
      reno: name === 'reno' ? (own as RenoNumbers) : undefined,
    };
    return named.write({ name, cwnd, ssthresh, ...numbers }, baseMs);
  },
  read(plain: Parameters<typeof named.read>[0], baseMs: number): CongestionState {
    const { name, cwnd, ssthresh, cubic, reno } = named.read(plain, baseMs);
    if (congestionControl(name).name !== name) throw malformed(`no congestion control ${name}`);
    const own = name === 'cubic' ? cubic : name === 'reno' ? reno : {};
    if (own === undefined) throw malformed(`${name} without its variables`);
    return { name, cwnd, ssthresh, own };
  },
};

export const WINDOW_USE: Struct<WindowUse> = {
  message: 'WindowUse',
  make: () => createWindowUse(0, 0),
  fields: {
    limited: flag,
    mostOctets: uint64,
    roundEnd: fixed32,
    usedOctets: uint64,
    stampMs: age,
  },
};

export const REORDERING: Struct<Reordering> = {
  message: 'Reordering',
  make: () => createReordering(0),
  fields: { segments: uint32, seen: uint32 },
};

export const RACK: Struct<Rack> = {
  message: 'Rack',
  make: createRack,
  fields: {
    order: uint64,
    endSequence: fixed32,
    rttMs: real,
    advanced: flag,
    windowSteps: uint32,
    windowPersist: uint32,
    duplicateRound: optional(fixed32),
  },
};

export const LOSS_PROBE: Struct<LossProbe> = {
  message: 'LossProbe',
  make: createLossProbe,
  fields: { endSequence: optional(fixed32), isRetransmission: flag },
};

export const PRR: Struct<Prr> = {
  message: 'Prr',
  make: createPrr,
  fields: { recoverOctets: real, deliveredOctets: real, sentOctets: real },
};

export const UNDO: Struct<Undo> = {
  message: 'Undo',
  make: createUndo,
  fields: {
    marker: optional(fixed32),
    resentOctets: orNone(-1, uint64),
    resentTimestamp: optional(fixed32),
    before: optional(congestion),
    holdsBack: flag,
  },
};

export const F_RTO: Struct<FRto> = {
  message: 'FRto',
  make: createFRto,
  fields: { on: flag, isTrying: flag },
};

export const RESCUE: Struct<Rescue> = {
  message: 'Rescue',
  make: () => ({ end: undefined }),
  fields: { end: optional(fixed32) },
};

/** One value of a {@link WindowedMin}. */
interface MinimumSample {
  value: number;
  atMs: number;
}

const MINIMUM: Struct<MinimumSample> = {
  message: 'MinimumSample',
  make: () => ({ value: 0, atMs: 0 }),
  fields: { value: real, atMs: age },
};

const minima = list(MINIMUM);

/** All three values, or none before the first measurement. */
const windowedMin = {
  ...minima,
  write({ values, atMs }: WindowedMin, baseMs: number) {
    if (values[0] === Infinity) return undefined;
    return minima.write(
      values.map((value, i) => ({ value, atMs: atMs[i]! })),
      baseMs,
    );
  },
  read(plain: Parameters<typeof minima.read>[0], baseMs: number): WindowedMin {
    const [a, b, c] = minima.read(plain, baseMs);
    if (a === undefined) return createWindowedMin();
    if (b === undefined || c === undefined)
      throw malformed('a minimum round trip needs three values');
    return { values: [a.value, b.value, c.value], atMs: [a.atMs, b.atMs, c.atMs] };
  },
};

export const RTO: Struct<RtoState> = {
  message: 'RtoState',
  make: createRto,
  fields: {
    srttMs: orNone(-1, real),
    rttvarMs: real,
    minRttMs: derived('the first of minRtt'),
    minRtt: windowedMin,
    rtoMs: real,
    backoff: uint32,
  },
  rebuild(state) {
    state.minRttMs = state.minRtt.values[0];
  },
};

export const DEADLINES: Struct<TcbDeadlines> = {
  message: 'ConnectionTimers',
  make: createDeadlines,
  fields: {
    retransmit: deadline(),
    lossProbe: deadline(),
    reorder: deadline(),
    persist: deadline(),
    delayedAck: deadline(),
    keepalive: deadline(),
    cork: deadline(),
    pacing: deadline(),
  },
};

export const KEEPALIVE: Struct<Keepalive> = {
  message: 'Keepalive',
  make: createKeepalive,
  fields: { unanswered: uint32, lastProbeMs: ageOrNone(-Infinity) },
};

export const USER_TIMEOUT: Struct<UserTimeout> = {
  message: 'UserTimeout',
  make: createUserTimeout,
  fields: {
    remoteMs: uint64,
    toAnnounce: uint32,
    sinceMs: ageOrNone(-1),
    sndUna: fixed32,
  },
};
