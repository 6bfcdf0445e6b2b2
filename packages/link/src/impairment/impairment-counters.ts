/** What an impairment did. */
export interface ImpairmentCounters {
  /** Frames handed in. */
  frames_in: number;
  /** Frames given out, duplicates included, and their octets. */
  frames_out: number;
  octets_out: number;
  lost: number;
  duplicated: number;
  corrupted: number;
  /** Frames whose packet was ECT and was marked CE. */
  ce_marked: number;
  /** Frames that were sent at once to overtake others. */
  reordered: number;
  /** Frames that had to wait: for their delay, for the rate, or for a slot. */
  delayed: number;
  /** Frames dropped because `limitFrames` frames waited. */
  dropped_overlimit: number;
  /** Super-segments dropped because they could not be cut up. */
  dropped_unfit: number;
}

export function createImpairmentCounters(): ImpairmentCounters {
  return {
    frames_in: 0,
    frames_out: 0,
    octets_out: 0,
    lost: 0,
    duplicated: 0,
    corrupted: 0,
    ce_marked: 0,
    reordered: 0,
    delayed: 0,
    dropped_overlimit: 0,
    dropped_unfit: 0,
  };
}
