/** What is known of a reason. */
export interface ReasonRow {
  /** Names of the MIB counters that add one for it; none: nobody counts it. */
  readonly counters: readonly string[];
  /** One sentence. */
  readonly means: string;
  /** The section that asks for it. */
  readonly see?: string;
}

/**
 * Reasons of a part of the stack by name: Linux's skb_drop_reason or sk_rst_reason without prefix,
 * or our own behind `strata/`.
 */
export type ReasonTable = Readonly<Record<string, ReasonRow>>;
