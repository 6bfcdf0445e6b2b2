/**
 * Counters since the device was opened. Received means from the host, transmitted means to the
 * host.
 */
export interface TapCounters {
  readonly rxFrames: number;
  readonly rxBytes: number;
  /**
   * Frames that the kernel dropped because nobody read and the queue was full (`backlogFrames`).
   */
  readonly rxDropped: number;
  /** Reads that failed. */
  readonly rxErrors: number;
  readonly txFrames: number;
  readonly txBytes: number;
  /** Frames that the host did not accept: the interface was down or gone, or memory was short. */
  readonly txDropped: number;
  /**
   * Frames that cannot be sent: the kernel refuses them, or they have no place for their checksum.
   */
  readonly txErrors: number;
}

/** The counters that this side keeps. */
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
