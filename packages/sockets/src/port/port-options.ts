import type { Bus } from '@strata/bus';
import type { Clock, Logger } from '@strata/runtime';

export interface BusPortOptions {
  readonly bus: Bus;
  /** Name of the stack whose transport it talks to. */
  readonly stack: string;
  /** Name of this application instance. */
  readonly endpoint: string;
  /**
   * A name, 1 to 128 octets, that the program has at each start: where one that had it is gone,
   * transport gives up all that it still holds for that one as soon as this one appears. Default:
   * none.
   */
  readonly instance?: string | undefined;
  /** Default: says nothing. */
  readonly log?: Logger | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}
