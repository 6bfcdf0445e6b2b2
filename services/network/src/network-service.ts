import {
  linkGroupsChannel,
  linkIndicationChannel,
  linkRequestChannel,
  networkIndicationChannel,
  networkRequestChannel,
} from '@strata/contract';
import type { NetworkKnobs } from '@strata/network';
import {
  askInterfaces,
  fromBus,
  type LayerContext,
  type LayerOptions,
  type LayerWiring,
  type RunningLayer,
  startLayer,
  tellInterfaces,
  toBus,
} from '@strata/runtime';
import { changeHandlers, toInterface } from './changes.ts';
import { createCore } from './core.ts';
import { logMartians } from './martians.ts';
import { ProbeDesk } from './probe-desk.ts';
import { RoutesNotice, routingState } from './routes-notice.ts';

export type NetworkOptions = LayerOptions;

/**
 * Starts the network layer of a stack. Throws NetworkError if the config's routes are not possible,
 * and InstanceError if the stack already has a network layer.
 */
export function startNetwork(options: NetworkOptions): Promise<RunningLayer> {
  return startLayer('network', options, wire);
}

/** A network core between link and transport. */
function wire({ bus, config, stack, clock, log, run, epochOf }: LayerContext): LayerWiring {
  const core = createCore(config, stack, Date.now() - clock.nowMs());
  const notice = new RoutesNotice({ bus, stack, core, log });
  const desk = new ProbeDesk({ core, clock, run });
  const handleIndication = core.handleIndication.bind(core);
  const handleRequest = core.handleRequest.bind(core);
  return {
    machine: core,
    outcomes: core,
    inputs: [
      fromBus(bus, 'indication', linkIndicationChannel(stack), handleIndication, { isInput: true }),
      fromBus(bus, 'request', networkRequestChannel(stack), handleRequest),
    ],
    outputs: [
      toBus(bus, linkGroupsChannel(stack), () => core.pollLinkGroups(), epochOf),
      toBus(bus, linkRequestChannel(stack), () => core.pollLinkRequest(), epochOf),
      toBus(bus, networkIndicationChannel(stack), () => core.pollIndication(), epochOf),
      () => desk.collect(),
      () => logMartians(core, log),
      () => notice.check(),
    ],
    counters: () => core.counters(),
    sysctl: {
      read: () => ({ ...core.sysctl() }),
      change: (changes) => run(() => core.setSysctl(changes as Partial<NetworkKnobs>)),
    },
    handlers: {
      routes: () => ({ kind: 'routes', ...routingState(core) }),
      probe: (request) => desk.answer(request),
      ...changeHandlers({
        core,
        run,
        tellAbove: (interfaces) => tellInterfaces(bus, stack, 'transport', interfaces),
      }),
    },
    // Link may have other interfaces by now than the config.
    started: () => {
      askInterfaces(bus, stack)
        .then((now) => now && run(() => core.setInterfaces(now.map(toInterface))))
        .catch((error: unknown) => log.warn({ err: error }, 'link was not asked for interfaces'));
    },
    lastWords: () => {
      notice.stop();
      desk.close();
    },
  };
}
