import type { Allocate, Fifo } from '@strata/wire';
import type { DelayedAnswer } from './arp/delayed-answer.ts';
import type { LinkEvent } from './event.ts';
import type { InterfaceTable } from './interface/interface-table.ts';
import type { RouteTable } from './interface/link-routes.ts';
import type { NeighbourTable } from './neighbour/neighbour-table.ts';
import type { LinkReport } from './outcomes.ts';
import type { LinkIndication } from './pdu.ts';
import type { LinkKnobs } from './sysctl.ts';
import type { Transmitter } from './transmitter.ts';

/**
 * The state of one link core: its tables and its output queues. The functions of this package work
 * on it.
 */
export interface LinkContext {
  readonly knobs: LinkKnobs;
  readonly interfaces: InterfaceTable;
  readonly neighbours: NeighbourTable;
  /** Undefined: network has told none yet. */
  routes: RouteTable | undefined;
  /** When the next step in claiming an address is due; Infinity: none is. */
  claimDeadlineMs: number;
  /** Answers as a proxy that wait, the next one first. */
  readonly delayedAnswers: DelayedAnswer[];
  readonly report: LinkReport;
  readonly transmitter: Transmitter;
  readonly indications: Fifo<LinkIndication>;
  readonly events: Fifo<LinkEvent>;
  /** A uniform number in [0, 1), injected. */
  readonly random: () => number;
  /** Memory for packets and frames that are made here, injected. */
  readonly allocate: Allocate;
}
