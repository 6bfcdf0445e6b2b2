import type { ConnectionRequest } from './connection-request.ts';
import type { Tcb } from './tcb.ts';
import type { TimeWait } from './time-wait.ts';

/** What has a pair of addresses, or a timer. */
export type TableEntry = Tcb | TimeWait | ConnectionRequest;
