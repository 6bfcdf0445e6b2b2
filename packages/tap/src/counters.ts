/**
 * What has gone through a device since it was opened. Receiving is from the host, transmitting to
 * it.
 */
export interface TapCounters {
  readonly rxFrames: number;
  readonly rxBytes: number;
  /** Frames that the kernel dropped since nobody read and the queue was full (`backlogFrames`). */
  readonly rxDropped: number;
  /** Reads that failed. */
  readonly rxErrors: number;
  readonly txFrames: number;
  readonly txBytes: number;
  /** Frames that the host did not take: the interface was down or gone, or memory short. */
  readonly txDropped: number;
  /** Frames that cannot be sent: the kernel refuses them, or their checksum has no place. */
  readonly txErrors: number;
}

/** The part of the counters that we keep. */
export type MutableCounters = { -readonly [Key in keyof TapCounters]: number };

export function zeroCounters(): MutableCounters {
  return {
    rxFrames: 0,
    rxBytes: 0,
    rxDropped: 0,
    rxErrors: 0,
    txFrames: 0,
    txBytes: 0,
    txDropped: 0,
    txErrors: 0,
  };
}
