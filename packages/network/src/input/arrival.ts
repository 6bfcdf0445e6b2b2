import type { LinkPacketIndication } from '@strata/link';
import type { PduMeta } from '@strata/wire';
import type { Translation } from '../nat/translation.ts';

/** What is known of a received packet beside its bytes. Link's indication is one. */
export interface Arrival extends PduMeta {
  /** The interface that the packet came in on; 0: loopback. */
  readonly interfaceIndex: number;
}

/** A packet from link, with what address translation knows of it. */
export interface LinkArrival extends LinkPacketIndication {
  /** Undefined: the packet's destination is not translated. */
  readonly translation?: Translation | undefined;
}
