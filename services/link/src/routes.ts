import type { Bus } from '@strata/bus';
import type { RoutingState } from '@strata/contract';
import type { LinkCore, LinkRoutes } from '@strata/link';
import { askControl, ControlError, type ControlHandlers } from '@strata/runtime';

/** Link's answer to network's notices of its routes. */
export function routeHandlers(core: LinkCore): ControlHandlers {
  return {
    'routes-notice': (state) => {
      core.setRoutes(toRoutes(state));
      return { kind: 'routes', routes: [] };
    },
  };
}

/**
 * Asks network for its routes. If network does not run yet, it will tell them when it starts.
 * Rejects if network does not answer.
 */
export async function askRoutes(bus: Bus, stack: string, core: LinkCore): Promise<void> {
  try {
    const state = await askControl(bus, stack, 'network', { kind: 'routes' }, 'routes');
    core.setRoutes(toRoutes(state));
  } catch (error) {
    if (!(error instanceof ControlError) || error.code !== 'not-found') throw error;
  }
}

function toRoutes({ routes, forwardingInterfaces = [] }: RoutingState): LinkRoutes {
  return {
    routes: routes.map(({ destination, interfaceIndex, nexthops, metric, type }) => ({
      destination: destination.address,
      prefixLength: destination.prefixLength,
      interfaces: nexthops?.map((hop) => hop.interfaceIndex) ?? [interfaceIndex],
      metric,
      isUnicast: type === 'unicast',
    })),
    forwarding: forwardingInterfaces,
  };
}
