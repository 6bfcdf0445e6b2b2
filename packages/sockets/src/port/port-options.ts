import type { Bus } from '@strata/bus';
import type { Clock, Logger } from '@strata/runtime';

export interface BusPortOptions {
  readonly bus: Bus;
  /** Name of the stack whose transport it talks to. */
  readonly stack: string;
  /** Name of this application instance. */
  readonly endpoint: string;
  /**
   * A name of the program, 1 to 128 octets, that stays the same at each start. When a program
   * appears with the name of an earlier one that is gone, transport at once drops all that it still
   * holds for the earlier one. Default: none.
   */
  readonly instance?: string | undefined;
  /** Default: logs nothing. */
  readonly log?: Logger | undefined;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
}
