import type { PduMeta } from '@strata/wire';

/** What is known of a received packet beside its bytes. Link's indication is one. */
export interface Arrival extends PduMeta {
  /** The interface that the packet came in on; 0: loopback. */
  readonly interfaceIndex: number;
}
