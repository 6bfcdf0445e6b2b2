import { checkInteger, checkRange, LinkError } from '../errors.ts';

/**
 * What is done to the frames of one direction of a wire. The names and meanings are those of
 * Linux's netem.
 */
export interface ImpairmentSettings {
  /** Share of frames that are lost, 0 to 1. */
  readonly lossRatio: number;
  /** Added delay of each frame in milliseconds, 0 to 3,600,000. */
  readonly delayMs: number;
  /**
   * The delay varies uniformly by up to this many milliseconds either way, 0 to 3,600,000. It may
   * reorder frames.
   */
  readonly jitterMs: number;
  /** Share of frames that are duplicated, 0 to 1. */
  readonly duplicateRatio: number;
  /** Share of frames in which one bit is flipped, 0 to 1. */
  readonly corruptRatio: number;
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
  /** Only every Nth frame may be reordered; N is 1 to 1,000,000. */
  readonly reorderGap: number;
  /** Bits per second that the wire carries; 0: no limit. Frames above the rate wait. */
  readonly rateBitsPerSecond: number;
  /** Maximum number of waiting frames, 1 to 1,000,000; further frames are dropped. */
  readonly limitFrames: number;
}

/** A wire that does nothing to its frames. */
export const NO_IMPAIRMENT: ImpairmentSettings = {
  lossRatio: 0,
  delayMs: 0,
  jitterMs: 0,
  duplicateRatio: 0,
  corruptRatio: 0,
  ceMarkRatio: 0,
  reorderRatio: 0,
  reorderGap: 1,
  rateBitsPerSecond: 0,
  limitFrames: 1_000,
};

const MAX_MS = 3_600_000;
const MAX_COUNT = 1_000_000;

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
  checkRange('impairment lossRatio', settings.lossRatio, 0, 1);
  checkRange('impairment delayMs', settings.delayMs, 0, MAX_MS);
  checkRange('impairment jitterMs', settings.jitterMs, 0, MAX_MS);
  checkRange('impairment duplicateRatio', settings.duplicateRatio, 0, 1);
  checkRange('impairment corruptRatio', settings.corruptRatio, 0, 1);
  checkRange('impairment ceMarkRatio', settings.ceMarkRatio, 0, 1);
  checkRange('impairment reorderRatio', settings.reorderRatio, 0, 1);
  checkInteger('impairment reorderGap', settings.reorderGap, 1, MAX_COUNT);
  checkRange('impairment rateBitsPerSecond', settings.rateBitsPerSecond, 0, 1e12);
  checkInteger('impairment limitFrames', settings.limitFrames, 1, MAX_COUNT);
  return settings;
}
