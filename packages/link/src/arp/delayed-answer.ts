import type { Arp } from '@strata/wire';

/** An answer as a proxy that waits for its time. */
export interface DelayedAnswer {
  readonly interfaceIndex: number;
  readonly request: Arp;
  readonly dueMs: number;
}
