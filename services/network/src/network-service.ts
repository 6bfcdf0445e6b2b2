import {
  linkIndicationChannel,
  linkRequestChannel,
  networkIndicationChannel,
  networkRequestChannel,
  type RouteInfo,
} from '@strata/contract';
import type { LinkRequest } from '@strata/link';
import {
  type RouteConfig as CoreRoute,
  NetworkCore,
  type NetworkIndication,
  type NetworkSysctl,
  type Route,
} from '@strata/network';
import {
  busHealth,
  type Clock,
  type Config,
  type Counters,
  createRandom,
  Driver,
  interfacesOf,
  type Running,
  type ServiceContext,
  SysctlStore,
  serveControl,
  stackOf,
  sysctlFor,
} from '@strata/runtime';

export interface NetworkOptions extends ServiceContext {
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Hears of exceptions in the core, which are bugs: tests fail on them. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Starts the network layer of a stack. Throws NetworkError where the config's routes cannot be. */
export async function startNetwork(options: NetworkOptions): Promise<Running> {
  const { bus, config, stack, clock } = options;
  const log = options.log.child({ layer: 'network', stack });
  const core = createCore(config, stack);
  const linkRequests = linkRequestChannel(stack);
  const indications = networkIndicationChannel(stack);

  const flush = () => {
    const down: LinkRequest[] = [];
    for (let it = core.pollLinkRequest(); it !== undefined; it = core.pollLinkRequest()) {
      down.push(it);
    }
    const up: NetworkIndication[] = [];
    for (let it = core.pollIndication(); it !== undefined; it = core.pollIndication()) up.push(it);
    if (down.length > 0) bus.publish(linkRequests, down);
    if (up.length > 0) bus.publish(indications, up);
  };
  const driver = new Driver({
    name: `network ${stack}`,
    machine: core,
    flush,
    log,
    clock,
    onError: options.onError,
  });

  const handleIndication = core.handleIndication.bind(core);
  const handleRequest = core.handleRequest.bind(core);
  const subscriptions = {
    indication: bus.subscribe(linkIndicationChannel(stack), (batch) =>
      driver.batch('indication', batch, handleIndication),
    ),
    request: bus.subscribe(networkRequestChannel(stack), (batch) =>
      driver.batch('request', batch, handleRequest),
    ),
  };
  driver.settle();

  const health = () => busHealth(bus);
  const counters = (): Counters => ({
    ...core.counters(),
    indication_dropped: subscriptions.indication.counters().dropped,
    indication_malformed: subscriptions.indication.counters().malformed,
    request_dropped: subscriptions.request.counters().dropped,
    request_malformed: subscriptions.request.counters().malformed,
    core_errors: driver.errors,
  });
  const control = serveControl({
    bus,
    stack,
    layer: 'network',
    log,
    health,
    counters,
    sysctl: new SysctlStore({
      layer: 'network',
      read: () => ({ ...core.sysctl() }),
      change: (changes) => core.setSysctl(changes as Partial<NetworkSysctl>),
    }),
    handlers: { routes: () => ({ kind: 'routes', routes: core.routes().map(routeInfo) }) },
  });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await control.stop();
    subscriptions.indication.close();
    subscriptions.request.close();
    driver.settle();
    driver.stop();
  };
  return {
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
    health,
    counters,
  };
}

function createCore(config: Config, stack: string): NetworkCore {
  const entries = interfacesOf(config, stack);
  const { routes, sysctl } = stackOf(config, stack);
  const indexOf = new Map(entries.map(({ name, index }) => [name, index]));
  return new NetworkCore(
    {
      interfaces: entries.map(({ index, name, mtu, config: { addresses } }) => ({
        index,
        name,
        mtu,
        addresses,
      })),
      routes: routes.map(
        (route): CoreRoute => ({
          destination: route.to.address,
          prefixLength: route.to.prefixLength,
          via: route.via,
          interfaceIndex: route.interface === undefined ? undefined : indexOf.get(route.interface),
          metric: route.metric,
          kind: route.type,
        }),
      ),
      sysctl: sysctlFor('network', sysctl) as Partial<NetworkSysctl>,
    },
    createRandom(),
  );
}

function routeInfo(route: Route): RouteInfo {
  const { destination, prefixLength, via, interfaceIndex, metric, kind, source } = route;
  return {
    destination: { address: destination, prefixLength },
    gateway: via ?? 0,
    interfaceIndex,
    metric,
    preferredSource: source ?? 0,
    type: kind,
  };
}
