/** What is known about a reason. */
export interface ReasonRow {
  /** Names of the MIB counters that this reason increments. Empty: it is not counted. */
  readonly counters: readonly string[];
  /** The meaning, one sentence. */
  readonly means: string;
  /** The section of the standard that requires it. */
  readonly see?: string;
}

/**
 * Reasons of a part of the stack by name: Linux's skb_drop_reason or sk_rst_reason without prefix,
 * or our own behind `strata/`.
 */
export type ReasonTable = Readonly<Record<string, ReasonRow>>;
