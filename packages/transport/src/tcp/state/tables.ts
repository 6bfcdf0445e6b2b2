import type { ConnectionRequest } from './connection-request.ts';
import type { Tcb } from './tcb.ts';
import type { TimeWait } from './time-wait.ts';

/** An entry of the connection table and of the timers. */
export type TableEntry = Tcb | TimeWait | ConnectionRequest;
