import type { FlowMatch } from './flow-table.ts';

/** What translation knows of a packet on its way through the router. */
export interface Translation {
  readonly match: FlowMatch;
  /** The flow's first packet: the flow is not in the table yet. */
  readonly isNew: boolean;
  /** The packet is an ICMP error about a packet of the flow. It travels as the flow's direction. */
  readonly isError: boolean;
}
