import { checkInteger, checkRange, LinkError } from '../errors.ts';
import { DISTRIBUTIONS, type Distribution } from './distribution.ts';

/** A model of losses that come in bursts, in place of a loss ratio. All values are 0 to 1. */
export type LossModel =
  | {
      /**
       * Four states, with the probabilities of a change from one to another. 1: received. 3: lost
       * in a burst. 2: received in a burst. 4: lost alone. From 4 the next state is always 1.
       */
      readonly kind: 'state';
      readonly p13: number;
      readonly p31: number;
      readonly p32: number;
      readonly p23: number;
      readonly p14: number;
    }
  | {
      /** The model of Gilbert and Elliott: a good state and a bad one. */
      readonly kind: 'gemodel';
      /** Probability of a change from the good state to the bad one. */
      readonly p: number;
      /** Probability of a change back. */
      readonly r: number;
      /** Share of frames that are lost in the bad state: tc's `1-h`. */
      readonly oneMinusH: number;
      /** Share of frames that are lost in the good state: tc's `1-k`. */
      readonly oneMinusK: number;
    };

type Incomplete<Model, Name extends keyof Model> = Omit<Model, Name> &
  Readonly<{ [Key in Name]?: Model[Key] | undefined }>;

/**
 * A loss model of which parameters are missing, with tc's defaults: p31 is 1 - p13 and r is 1 - p,
 * so that losses are independent.
 */
export function completeLossModel(
  model:
    | Incomplete<LossModel & { kind: 'state' }, 'p31' | 'p32' | 'p23' | 'p14'>
    | Incomplete<LossModel & { kind: 'gemodel' }, 'r' | 'oneMinusH' | 'oneMinusK'>,
): LossModel {
  if (model.kind === 'state') {
    const { kind, p13, p31 = complement(p13), p32 = 0, p23 = 1, p14 = 0 } = model;
    return { kind, p13, p31, p32, p23, p14 };
  }
  const { kind, p, r = complement(p), oneMinusH = 1, oneMinusK = 0 } = model;
  return { kind, p, r, oneMinusH, oneMinusK };
}

/** 1 - `ratio`, without the digits that binary fractions add. */
function complement(ratio: number): number {
  return Number((1 - ratio).toFixed(12));
}

/** Whether the probabilities of leaving a state add up to 1 at most. */
export function isLossChain(model: LossModel): boolean {
  if (model.kind === 'gemodel') return true;
  return isShare(model.p13 + model.p14) && isShare(model.p31 + model.p32);
}

/** Decimal fractions may add up to a little more than 1. */
function isShare(sum: number): boolean {
  return sum <= 1 + 1e-9;
}

/** When frames pass, if they pass in slots. */
export type SlotSettings = (
  | {
      /** The time until a slot is uniform from `minMs` to `maxMs`; 0 to 3,600,000. */
      readonly kind: 'range';
      readonly minMs: number;
      readonly maxMs: number;
    }
  | {
      /** The time until a slot has this distribution. `jitterMs` is at least 0.001. */
      readonly kind: 'distribution';
      readonly distribution: Distribution;
      readonly delayMs: number;
      readonly jitterMs: number;
    }
) & {
  /** Most frames in a slot, 0 to 1,000,000. 0: no limit. */
  readonly frames: number;
  /** Octets after which a slot is full, 0 to 2^31 - 1. 0: no limit. */
  readonly octets: number;
};

/**
 * What is done to the frames of one direction of a wire. The names and meanings are those of
 * Linux's netem. A correlation is that of successive random choices, see CorrelatedRandom.
 */
export interface ImpairmentSettings {
  /** Share of frames that are lost, 0 to 1. */
  readonly lossRatio: number;
  /** Correlation of losses by `lossRatio`, 0 to 1. */
  readonly lossCorrelation: number;
  /** Losses by a model. `lossRatio` is then 0. */
  readonly lossModel: LossModel | undefined;
  /** Whether an ECT packet is marked CE instead of lost (RFC 3168 5). */
  readonly ecn: boolean;
  /** Added delay of each frame in milliseconds, 0 to 3,600,000. */
  readonly delayMs: number;
  /**
   * The delay varies by this many milliseconds, 0 to 3,600,000. It may reorder frames. What it
   * means exactly depends on the distribution: for `uniform` it is the largest deviation.
   */
  readonly jitterMs: number;
  /** Correlation of the delays of successive frames, 0 to 1. */
  readonly delayCorrelation: number;
  /** Distribution of the delay, see `deviation`. */
  readonly delayDistribution: Distribution;
  /** Share of frames that are duplicated, 0 to 1. */
  readonly duplicateRatio: number;
  readonly duplicateCorrelation: number;
  /** Share of frames in which one bit is flipped, 0 to 1. */
  readonly corruptRatio: number;
  readonly corruptCorrelation: number;
  /**
   * Share of ECT packets that are marked CE, as by a congested router (RFC 3168 5), 0 to 1. Other
   * packets are not changed.
   */
  readonly ceMarkRatio: number;
  /**
   * Share of frames that are sent at once and overtake the delayed ones, 0 to 1. It has no effect
   * without a delay.
   */
  readonly reorderRatio: number;
  readonly reorderCorrelation: number;
  /** Only every Nth frame may be reordered; N is 1 to 1,000,000. */
  readonly reorderGap: number;
  /** Bits per second that the wire carries; 0: no limit. Frames above the rate wait. */
  readonly rateBitsPerSecond: number;
  /**
   * For the rate a frame is longer by this many octets, -65,535 to 65,535. Negative: shorter, such
   * as -14 to leave out the Ethernet header.
   */
  readonly packetOverheadOctets: number;
  /** For the rate a frame takes whole cells of this size, 0 to 65,535 octets. 0: no cells. */
  readonly cellOctets: number;
  /** For the rate each cell is longer by this many octets, -65,535 to 65,535. */
  readonly cellOverheadOctets: number;
  /** Frames pass in slots. Undefined: at any time. */
  readonly slot: SlotSettings | undefined;
  /** Maximum number of waiting frames, 1 to 1,000,000; further frames are dropped. */
  readonly limitFrames: number;
}

/** A wire that does nothing to its frames. */
export const NO_IMPAIRMENT: ImpairmentSettings = {
  lossRatio: 0,
  lossCorrelation: 0,
  lossModel: undefined,
  ecn: false,
  delayMs: 0,
  jitterMs: 0,
  delayCorrelation: 0,
  delayDistribution: 'uniform',
  duplicateRatio: 0,
  duplicateCorrelation: 0,
  corruptRatio: 0,
  corruptCorrelation: 0,
  ceMarkRatio: 0,
  reorderRatio: 0,
  reorderCorrelation: 0,
  reorderGap: 1,
  rateBitsPerSecond: 0,
  packetOverheadOctets: 0,
  cellOctets: 0,
  cellOverheadOctets: 0,
  slot: undefined,
  limitFrames: 1_000,
};

const MAX_MS = 3_600_000;
const MAX_COUNT = 1_000_000;
const MAX_OVERHEAD = 65_535;

const RATIOS = [
  'lossRatio',
  'lossCorrelation',
  'delayCorrelation',
  'duplicateRatio',
  'duplicateCorrelation',
  'corruptRatio',
  'corruptCorrelation',
  'ceMarkRatio',
  'reorderRatio',
  'reorderCorrelation',
] as const satisfies readonly (keyof ImpairmentSettings)[];

/** `base` with `changes` applied. Throws LINK_RANGE for a field that is out of range or unknown. */
export function mergeImpairment(
  base: ImpairmentSettings,
  changes: Partial<ImpairmentSettings>,
): ImpairmentSettings {
  for (const name of Object.keys(changes)) {
    if (name in NO_IMPAIRMENT) continue;
    throw new LinkError('LINK_RANGE', `impairment ${name} is unknown`);
  }
  const settings = { ...base, ...changes };
  for (const name of RATIOS) checkRange(`impairment ${name}`, settings[name], 0, 1);
  checkRange('impairment delayMs', settings.delayMs, 0, MAX_MS);
  checkRange('impairment jitterMs', settings.jitterMs, 0, MAX_MS);
  checkDistribution('delayDistribution', settings.delayDistribution);
  checkInteger('impairment reorderGap', settings.reorderGap, 1, MAX_COUNT);
  checkRange('impairment rateBitsPerSecond', settings.rateBitsPerSecond, 0, 1e12);
  const { packetOverheadOctets, cellOctets, cellOverheadOctets } = settings;
  checkOverhead('packetOverheadOctets', packetOverheadOctets);
  checkInteger('impairment cellOctets', cellOctets, 0, MAX_OVERHEAD);
  checkOverhead('cellOverheadOctets', cellOverheadOctets);
  checkInteger('impairment limitFrames', settings.limitFrames, 1, MAX_COUNT);
  if (settings.lossModel !== undefined) checkLossModel(settings.lossModel, settings.lossRatio);
  if (settings.slot !== undefined) checkSlot(settings.slot);
  return settings;
}

/**
 * Whether frames pass through such a wire unchanged and at once. The other settings have no effect
 * by themselves.
 */
export function isClearWire(settings: ImpairmentSettings): boolean {
  const { lossRatio, delayMs, jitterMs, duplicateRatio, corruptRatio } = settings;
  const { ceMarkRatio, reorderRatio, rateBitsPerSecond, lossModel, slot } = settings;
  const ways = [lossRatio, delayMs, jitterMs, duplicateRatio, corruptRatio];
  const others = [ceMarkRatio, reorderRatio, rateBitsPerSecond];
  if (lossModel !== undefined || slot !== undefined) return false;
  return [...ways, ...others].every((value) => value === 0);
}

function checkOverhead(name: string, value: number): void {
  checkInteger(`impairment ${name}`, value, -MAX_OVERHEAD, MAX_OVERHEAD);
}

function checkDistribution(name: string, value: Distribution): void {
  if (DISTRIBUTIONS.includes(value)) return;
  const known = DISTRIBUTIONS.join(', ');
  throw new LinkError('LINK_RANGE', `impairment ${name} is ${value}, not one of ${known}`);
}

function checkLossModel(model: LossModel, lossRatio: number): void {
  const { kind, ...probabilities } = model;
  for (const [name, value] of Object.entries(probabilities)) {
    checkRange(`impairment lossModel ${name}`, value, 0, 1);
  }
  if (!isLossChain(model)) {
    const message = 'impairment lossModel leaves a state with more than 1: p13 + p14, p31 + p32';
    throw new LinkError('LINK_RANGE', message);
  }
  if (lossRatio === 0) return;
  throw new LinkError(
    'LINK_RANGE',
    `impairment lossRatio is ${lossRatio}: with a lossModel (${kind}) it must be 0`,
  );
}

function checkSlot(slot: SlotSettings): void {
  switch (slot.kind) {
    case 'range':
      checkRange('impairment slot minMs', slot.minMs, 0, MAX_MS);
      checkRange('impairment slot maxMs', slot.maxMs, slot.minMs, MAX_MS);
      break;
    case 'distribution':
      checkDistribution('slot distribution', slot.distribution);
      checkRange('impairment slot delayMs', slot.delayMs, 0, MAX_MS);
      checkRange('impairment slot jitterMs', slot.jitterMs, 0.001, MAX_MS);
      break;
  }
  checkInteger('impairment slot frames', slot.frames, 0, MAX_COUNT);
  checkInteger('impairment slot octets', slot.octets, 0, 0x7fffffff);
}
