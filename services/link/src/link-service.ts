import { everyPdu, type Subscription } from '@strata/bus';
import { type Channel, linkIndicationChannel, linkRequestChannel } from '@strata/contract';
import { LinkCore, type LinkFrame, type LinkIndication } from '@strata/link';
import {
  busCounters,
  busHealth,
  Capture,
  type Clock,
  type ControlService,
  type Counters,
  combineHealth,
  createCoreAllocate,
  createRandom,
  Driver,
  type FrameDevice,
  type Health,
  interfacesOf,
  type ResolvedInterface,
  type Running,
  runAlone,
  type ServiceContext,
  type ServiceTap,
  SysctlStore,
  type SysctlValue,
  serveControl,
  stackOf,
  sysctlFor,
  waitForAbove,
} from '@strata/runtime';
import { linkHandlers } from './control.ts';
import { type Devices, devicesCounters, devicesHealth, interfaceTotals } from './counters.ts';
import { openDevice } from './devices.ts';
import { featureHandlers } from './features.ts';
import { startTapBridges, type TapBridges } from './tap-bridges.ts';

export interface LinkOptions extends ServiceContext {
  /**
   * What becomes of the TAP of a wire that the stack is attached to: `direct`, the service opens it as the stack's interface;
   * `bridge`, it joins it to the wire on the bus; `none`, somebody else does or nobody. Default `none`, as in one process.
   */
  readonly tap?: ServiceTap | undefined;
  /**
   * The TAP devices of the wires where somebody else has opened them: what they dropped is told with the service's counters, and their
   * features are switched here.
   */
  readonly taps?: Pick<TapBridges, 'counters' | 'countersOf' | 'tapOf'> | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Hears of exceptions in the core, which are bugs: tests fail on them. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Default of `net.core.netdev_max_backlog`: what the bus has. */
const NETDEV_MAX_BACKLOG = 16_384;

/** How long the layers above may take to stop when all are told to: longer than network waits for transport. */
const WAIT_FOR_ABOVE_MS = 6500;

/**
 * Starts the link layer of a stack. Throws TapError where a device cannot be opened, InstanceError where the stack has a link layer; then
 * nothing is left behind.
 */
export function startLink(options: LinkOptions): Promise<Running> {
  return runAlone('link', options, () => start(options));
}

async function start(options: LinkOptions): Promise<Running> {
  const { bus, config, stack } = options;
  const { netdev_max_backlog, ...sysctl } = sysctlFor('link', stackOf(config, stack).sysctl);
  const backlogFrames = Number(netdev_max_backlog ?? NETDEV_MAX_BACKLOG);
  const entries = interfacesOf(config, stack);
  const tap = options.tap ?? 'none';
  const log = options.log.child({ layer: 'link', stack });
  const devices: (FrameDevice | undefined)[] = [];
  try {
    for (const entry of entries) {
      devices[entry.index] = openDevice(entry, { bus, config, stack, log, tap, backlogFrames });
    }
    const wires = entries.flatMap(({ config: { wire } }) => (wire === undefined ? [] : [wire]));
    const bridges =
      tap === 'bridge' ? startTapBridges({ bus, config, log }, [...new Set(wires)]) : undefined;
    for (const note of bridges?.notes ?? []) log.warn({}, note);
    return new LinkService({ ...options, log }, entries, devices, sysctl, backlogFrames, bridges);
  } catch (error) {
    for (const device of devices) device?.close();
    throw error;
  }
}

/** A link core between its devices and the bus. */
class LinkService implements Running {
  readonly #bus: ServiceContext['bus'];
  readonly #core: LinkCore;
  readonly #devices: Devices;
  readonly #bridges: TapBridges | undefined;
  readonly #taps: LinkOptions['taps'];
  readonly #backlogFrames: number;
  readonly #capture: Capture;
  readonly #driver: Driver;
  readonly #indications: Channel<LinkIndication>;
  readonly #requests: Subscription;
  readonly #control: ControlService;
  readonly #stack: string;
  #stopped: Promise<void> | undefined;

  constructor(
    options: LinkOptions,
    entries: readonly ResolvedInterface[],
    devices: Devices,
    sysctl: Record<string, SysctlValue>,
    backlogFrames: number,
    bridges: TapBridges | undefined,
  ) {
    const { bus, stack, log, clock, onError } = options;
    this.#bus = bus;
    this.#stack = stack;
    this.#devices = devices;
    this.#bridges = bridges;
    this.#taps = options.taps;
    this.#backlogFrames = backlogFrames;
    const interfaces = entries.map((entry) => coreInterface(entry, devices[entry.index]));
    this.#core = new LinkCore({ interfaces, sysctl }, createRandom(), createCoreAllocate());
    const nameOf = (index: number) => devices[index]?.name ?? `if${index}`;
    this.#capture = new Capture(bus, stack, nameOf, clock);
    this.#indications = linkIndicationChannel(stack);
    this.#driver = new Driver({
      name: `link ${stack}`,
      machine: this.#core,
      flush: () => this.#flush(),
      log,
      clock,
      onError,
    });
    this.#requests = this.#connect(stack);
    this.#control = this.#serve(options, entries);
  }

  /** Joins the core's inputs to the devices and the bus. */
  #connect(stack: string): Subscription {
    const handleFrame = this.#core.handleFrame.bind(this.#core);
    for (const device of this.#devices) {
      device?.onFrames((frames) => {
        this.#capture.record('in', frames);
        this.#driver.batch('frame', frames, handleFrame);
      });
    }
    const handleRequest = this.#core.handleRequest.bind(this.#core);
    const subscription = this.#bus.subscribe(
      linkRequestChannel(stack),
      (batch) => this.#driver.batch('request', batch, handleRequest),
      { selects: everyPdu },
    );
    // The interfaces announce themselves.
    this.#driver.settle();
    return subscription;
  }

  #flush(): void {
    const core = this.#core;
    for (let first = core.pollFrame(); first !== undefined; ) {
      // Frames of one interface in a row go to its device together.
      const frames: LinkFrame[] = [first];
      let next = core.pollFrame();
      while (next !== undefined && next.interfaceIndex === first.interfaceIndex) {
        frames.push(next);
        next = core.pollFrame();
      }
      this.#capture.record('out', frames);
      this.#devices[first.interfaceIndex]?.send(frames);
      first = next;
    }
    const up: LinkIndication[] = [];
    for (let it = core.pollIndication(); it !== undefined; it = core.pollIndication()) up.push(it);
    if (up.length > 0) this.#bus.publish(this.#indications, up);
  }

  #serve({ bus, stack, log }: LinkOptions, entries: readonly ResolvedInterface[]) {
    const [core, driver] = [this.#core, this.#driver];
    const wires = new Map(entries.map(({ index, config }) => [index, config.wire]));
    const tapCounters = (index: number): Counters => {
      const wire = wires.get(index);
      return (wire === undefined ? undefined : this.#allTaps?.countersOf(wire)) ?? {};
    };
    const ownWires = new Set(entries.flatMap(({ config: { wire } }) => wire ?? []));
    const taps = () =>
      [...ownWires].flatMap((wire) => this.#allTaps?.tapOf(wire) ?? ([] as FrameDevice[]));
    return serveControl({
      bus,
      stack,
      layer: 'link',
      log,
      health: () => this.health(),
      counters: () => this.counters(),
      sysctl: new SysctlStore({
        layer: 'link',
        read: () => ({ ...core.sysctl(), netdev_max_backlog: this.#backlogFrames }),
        change: (changes) => core.setSysctl(changes),
      }),
      handlers: {
        ...linkHandlers({
          core,
          driver,
          devices: this.#devices,
          tapCounters,
          capture: this.#capture,
        }),
        ...featureHandlers({ core, devices: this.#devices, taps, log }),
      },
    });
  }

  /** The TAP devices that are stations of the wires. */
  get #allTaps(): LinkOptions['taps'] {
    return this.#bridges ?? this.#taps;
  }

  health(): Health {
    return combineHealth({
      bus: busHealth(this.#bus),
      devices: devicesHealth(this.#devices),
      ...(this.#bridges === undefined ? {} : { bridge: this.#bridges.health() }),
    });
  }

  counters(): Counters {
    const { dropped, malformed, stale } = this.#requests.counters();
    return {
      ...this.#core.counters(),
      ...interfaceTotals(this.#core, this.#devices),
      ...devicesCounters(this.#devices),
      ...this.#allTaps?.counters(),
      ...this.#capture.counters(),
      request_dropped: dropped,
      request_malformed: malformed,
      request_stale: stale,
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
    const layers = ['transport', 'network'] as const;
    await waitForAbove({ bus, stack, layers, timeoutMs: WAIT_FOR_ABOVE_MS });
    this.#requests.close();
    this.#driver.settle();
    this.#driver.stop();
    this.#capture.close();
    for (const device of this.#devices) device?.close();
    await this.#bridges?.stop();
    await this.#control.stop();
  }
}

/** An interface as the core sees it; what its device takes off it is the device's to say. */
function coreInterface(entry: ResolvedInterface, device: FrameDevice | undefined) {
  const { index, name, mac, mtu, config } = entry;
  const { addresses } = config;
  return { index, name, mac, mtu, addresses, offload: device?.features.sent };
}
