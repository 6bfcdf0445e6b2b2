import type { HalfOpen } from './half-open.ts';
import type { Tcb } from './tcb.ts';
import type { TimeWait } from './time-wait.ts';

/** What has a pair of addresses, or a timer. */
export type TableEntry = Tcb | TimeWait | HalfOpen;
