import type { Allocate, Fifo } from '@strata/wire';
import type { InterfaceTable } from './interface/interface-table.ts';
import type { ArpProcess } from './neighbour/arp-process.ts';
import type { NeighbourTable } from './neighbour/neighbour-table.ts';
import type { LinkReport } from './outcomes.ts';
import type { LinkIndication } from './pdu.ts';
import type { LinkKnobs } from './sysctl.ts';
import type { Transmitter } from './transmitter.ts';

/** The state of one link core: its tables and its output queues. */
export interface LinkContext {
  readonly knobs: LinkKnobs;
  readonly interfaces: InterfaceTable;
  readonly arp: ArpProcess;
  readonly neighbours: NeighbourTable;
  readonly report: LinkReport;
  readonly transmitter: Transmitter;
  readonly indications: Fifo<LinkIndication>;
  /** Memory for packets and frames that are made here, injected. */
  readonly allocate: Allocate;
}
