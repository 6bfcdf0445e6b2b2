import { everyPdu, type Subscription } from '@strata/bus';
import {
  type Channel,
  linkIndicationChannel,
  linkRequestChannel,
  networkIndicationChannel,
  networkRequestChannel,
} from '@strata/contract';
import type { LinkRequest } from '@strata/link';
import type { NetworkCore, NetworkIndication, NetworkSysctl } from '@strata/network';
import {
  busCounters,
  busHealth,
  type Clock,
  type ControlService,
  type Counters,
  Driver,
  type Health,
  type Logger,
  type Running,
  runAlone,
  type ServiceContext,
  SYSTEM_CLOCK,
  SysctlStore,
  serveControl,
  waitForAbove,
} from '@strata/runtime';
import { createCore, routeInfo } from './core.ts';

export interface NetworkOptions extends ServiceContext {
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Hears of exceptions in the core, which are bugs: tests fail on them. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** How long transport may take to stop when all are told to: longer than it waits for applications. */
const WAIT_FOR_ABOVE_MS = 5500;

/**
 * Starts the network layer of a stack. Throws NetworkError where the config's routes cannot be, InstanceError where the stack has a
 * network layer.
 */
export function startNetwork(options: NetworkOptions): Promise<Running> {
  return runAlone('network', options, async () => new NetworkService(options));
}

/** A network core between link and transport. */
class NetworkService implements Running {
  readonly #bus: ServiceContext['bus'];
  readonly #core: NetworkCore;
  readonly #driver: Driver;
  readonly #linkRequests: Channel<LinkRequest>;
  readonly #networkIndications: Channel<NetworkIndication>;
  readonly #indications: Subscription;
  readonly #requests: Subscription;
  readonly #control: ControlService;
  readonly #stack: string;
  #stopped: Promise<void> | undefined;

  constructor(options: NetworkOptions) {
    const { bus, config, stack, clock = SYSTEM_CLOCK, onError } = options;
    const log = options.log.child({ layer: 'network', stack });
    this.#bus = bus;
    this.#stack = stack;
    const core = createCore(config, stack, Date.now() - clock.nowMs());
    this.#core = core;
    this.#linkRequests = linkRequestChannel(stack);
    this.#networkIndications = networkIndicationChannel(stack);
    const flush = () => this.#flush();
    const name = `network ${stack}`;
    const driver = new Driver({ name, machine: core, flush, log, clock, onError });
    this.#driver = driver;

    const handleIndication = core.handleIndication.bind(core);
    this.#indications = bus.subscribe(
      linkIndicationChannel(stack),
      (batch) => driver.batch('indication', batch, handleIndication),
      { isInput: true, selects: everyPdu },
    );
    const handleRequest = core.handleRequest.bind(core);
    this.#requests = bus.subscribe(
      networkRequestChannel(stack),
      (batch) => driver.batch('request', batch, handleRequest),
      { selects: everyPdu },
    );
    driver.settle();
    this.#control = this.#serve(stack, log);
  }

  #flush(): void {
    const core = this.#core;
    const down: LinkRequest[] = [];
    for (let it = core.pollLinkRequest(); it !== undefined; it = core.pollLinkRequest()) {
      down.push(it);
    }
    const up: NetworkIndication[] = [];
    for (let it = core.pollIndication(); it !== undefined; it = core.pollIndication()) up.push(it);
    if (down.length > 0) this.#bus.publish(this.#linkRequests, down);
    if (up.length > 0) this.#bus.publish(this.#networkIndications, up);
  }

  #serve(stack: string, log: Logger) {
    const core = this.#core;
    return serveControl({
      bus: this.#bus,
      stack,
      layer: 'network',
      log,
      health: () => this.health(),
      counters: () => this.counters(),
      sysctl: new SysctlStore({
        layer: 'network',
        read: () => ({ ...core.sysctl() }),
        change: (changes) => core.setSysctl(changes as Partial<NetworkSysctl>),
      }),
      handlers: { routes: () => ({ kind: 'routes', routes: core.routes().map(routeInfo) }) },
    });
  }

  health(): Health {
    return busHealth(this.#bus);
  }

  counters(): Counters {
    const indications = this.#indications.counters();
    const requests = this.#requests.counters();
    return {
      ...this.#core.counters(),
      indication_dropped: indications.dropped,
      indication_malformed: indications.malformed,
      indication_stale: indications.stale,
      request_dropped: requests.dropped,
      request_malformed: requests.malformed,
      request_stale: requests.stale,
      ...busCounters(this.#bus),
      core_errors: this.#driver.errors,
    };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#control.drain();
    const [bus, stack] = [this.#bus, this.#stack];
    await waitForAbove({ bus, stack, layers: ['transport'], timeoutMs: WAIT_FOR_ABOVE_MS });
    this.#indications.close();
    this.#requests.close();
    this.#driver.settle();
    this.#driver.stop();
    // Link is told that we are gone behind all that we have sent.
    await bus.flush();
    await this.#control.stop();
  }
}
