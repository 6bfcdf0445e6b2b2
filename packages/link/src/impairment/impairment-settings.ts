import { checkInteger, checkRange, LinkError } from '../errors.ts';

/**
 * What is done to the frames of one direction of a wire. The names and meanings are those of
 * Linux's netem.
 */
export interface ImpairmentSettings {
  /** Share of frames that are lost, 0 to 1. */
  readonly lossRatio: number;
  /** Milliseconds that each frame takes longer, 0 to 3,600,000. */
  readonly delayMs: number;
  /**
   * The delay differs by up to this much either way, uniformly, 0 to 3,600,000; frames may overtake
   * each other by it.
   */
  readonly jitterMs: number;
  /** Share of frames that come twice, 0 to 1. */
  readonly duplicateRatio: number;
  /** Share of frames in which one bit is turned, 0 to 1. */
  readonly corruptRatio: number;
  /**
   * Share of frames whose packet a congested router marks (RFC 3168 5), 0 to 1: of those that are
   * ECT; others are left alone.
   */
  readonly ceMarkRatio: number;
  /**
   * Share of frames that are sent at once and overtake the delayed ones, 0 to 1. Without a delay it
   * does nothing.
   */
  readonly reorderRatio: number;
  /** Only every so manyeth frame may overtake, 1 to 1,000,000. */
  readonly reorderGap: number;
  /** Bits a second that the wire carries; 0: no limit. What is faster waits. */
  readonly rateBitsPerSecond: number;
  /** Frames that wait at most, 1 to 1,000,000; more are dropped. */
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

/** `changes` over `base`. Throws LINK_RANGE for what is out of range or unknown. */
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
