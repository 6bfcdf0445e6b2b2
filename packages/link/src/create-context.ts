import { type Allocate, Fifo, OutcomeLog, orderKnobChanges } from '@strata/wire';
import { solicit } from './arp/send-arp.ts';
import type { LinkConfig } from './config.ts';
import type { LinkContext } from './context.ts';
import { createLinkCounters } from './counters.ts';
import { InterfaceTable } from './interface/interface-table.ts';
import { type NeighbourActions, NeighbourTable } from './neighbour/neighbour-table.ts';
import { dropRequest, type LinkReport } from './outcomes.ts';
import { refuse } from './send.ts';
import { changeLinkKnobs, createLinkKnobs } from './sysctl.ts';
import { Transmitter } from './transmitter.ts';

/** The state of a new core. The arguments and what it throws: see LinkCore's constructor. */
export function createContext(
  config: LinkConfig,
  random: () => number,
  allocate: Allocate,
): LinkContext {
  const knobs = createLinkKnobs();
  const { beforeInterfaces, afterInterfaces } = orderKnobChanges(config.sysctl ?? {});
  changeLinkKnobs(knobs, beforeInterfaces);
  const interfaces = new InterfaceTable(config.interfaces, knobs);
  changeLinkKnobs(knobs, afterInterfaces);
  const report: LinkReport = {
    counters: createLinkCounters(),
    outcomes: new OutcomeLog('link'),
  };
  const actions = neighbourActions(() => context);
  const context: LinkContext = {
    knobs,
    interfaces,
    neighbours: new NeighbourTable(knobs, report, random, actions),
    routes: undefined,
    claimDeadlineMs: Number.POSITIVE_INFINITY,
    delayedAnswers: [],
    report,
    transmitter: new Transmitter(report, allocate),
    indications: new Fifo(),
    events: new Fifo(),
    random,
    allocate,
  };
  return context;
}

function neighbourActions(contextOf: () => LinkContext): NeighbourActions {
  return {
    solicit: (neighbour, isUnicast) => {
      const context = contextOf();
      const link = context.interfaces.get(neighbour.interfaceIndex);
      if (link !== undefined) solicit(context, link, neighbour, isUnicast);
    },
    transmit: (request, mac) => {
      const { interfaces, transmitter } = contextOf();
      const link = interfaces.get(request.interfaceIndex);
      if (link !== undefined) transmitter.send(link, request, mac);
    },
    unreachable: (request) => refuse(contextOf(), request, 'NEIGH_FAILED'),
    discard: (request, reason) => {
      const { interfaces, report } = contextOf();
      dropRequest(report, interfaces.get(request.interfaceIndex), request, reason);
    },
  };
}
