import { linkIndicationChannel, linkRequestChannel } from '@strata/contract';
import { type InterfaceOffload, LinkCore, type LinkFrame, type LinkIndication } from '@strata/link';
import {
  busHealth,
  Capture,
  type Clock,
  type Counters,
  combineHealth,
  createRandom,
  Driver,
  type FrameDevice,
  interfacesOf,
  type ResolvedInterface,
  type Running,
  type ServiceContext,
  type ServiceTap,
  SysctlStore,
  type SysctlValue,
  serveControl,
  stackOf,
  sysctlFor,
} from '@strata/runtime';
import { linkHandlers } from './control.ts';
import { openDevice } from './devices.ts';
import { startTapBridges } from './tap-bridges.ts';

export interface LinkOptions extends ServiceContext {
  /**
   * What becomes of the TAP of a wire that the stack is attached to: `direct`, the service opens it as the stack's interface;
   * `bridge`, it joins it to the wire on the bus; `none`, somebody else does or nobody. Default `none`, as in one process.
   */
  readonly tap?: ServiceTap | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Hears of exceptions in the core, which are bugs: tests fail on them. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Default of `net.core.netdev_max_backlog`. */
const NETDEV_MAX_BACKLOG = 1000;

/** Starts the link layer of a stack. Throws TapError where a device cannot be opened; then nothing is left behind. */
export async function startLink(options: LinkOptions): Promise<Running> {
  const { bus, config, stack } = options;
  const { netdev_max_backlog, ...sysctl } = sysctlFor('link', stackOf(config, stack).sysctl);
  const backlogFrames = Number(netdev_max_backlog ?? NETDEV_MAX_BACKLOG);
  const entries = interfacesOf(config, stack);
  const tap = options.tap ?? 'none';
  const log = options.log.child({ layer: 'link', stack });
  const devices: (FrameDevice | undefined)[] = [];
  const closeDevices = () => {
    for (const device of devices) device?.close();
  };
  try {
    for (const entry of entries) {
      devices[entry.index] = openDevice(entry, { bus, config, log, tap, backlogFrames });
    }
    const wires = entries.flatMap(({ config: { wire } }) => (wire === undefined ? [] : [wire]));
    const bridges =
      tap === 'bridge' ? startTapBridges({ bus, config, log }, [...new Set(wires)]) : undefined;
    for (const note of bridges?.notes ?? []) log.warn({}, note);
    return runLink({ ...options, log }, { entries, devices, sysctl, backlogFrames, bridges });
  } catch (error) {
    closeDevices();
    throw error;
  }
}

interface LinkParts {
  readonly entries: readonly ResolvedInterface[];
  /** By interface index; place 0 is empty. */
  readonly devices: readonly (FrameDevice | undefined)[];
  readonly sysctl: Record<string, SysctlValue>;
  readonly backlogFrames: number;
  readonly bridges: Running | undefined;
}

function runLink(options: LinkOptions, parts: LinkParts): Running {
  const { bus, stack, log, clock } = options;
  const { devices, bridges, backlogFrames } = parts;
  const core = new LinkCore(
    { interfaces: parts.entries.map(coreInterface), sysctl: parts.sysctl },
    createRandom(),
  );
  const nameOf = (index: number) => devices[index]?.name ?? `if${index}`;
  const capture = new Capture(bus, stack, nameOf, clock);
  const indications = linkIndicationChannel(stack);

  const flush = () => {
    for (let first = core.pollFrame(); first !== undefined; ) {
      // Frames of one interface in a row go to its device together.
      const frames: LinkFrame[] = [first];
      let next = core.pollFrame();
      while (next !== undefined && next.interfaceIndex === first.interfaceIndex) {
        frames.push(next);
        next = core.pollFrame();
      }
      capture.record('out', frames);
      devices[first.interfaceIndex]?.send(frames);
      first = next;
    }
    const up: LinkIndication[] = [];
    for (let it = core.pollIndication(); it !== undefined; it = core.pollIndication()) up.push(it);
    if (up.length > 0) bus.publish(indications, up);
  };
  const driver = new Driver({
    name: `link ${stack}`,
    machine: core,
    flush,
    log,
    clock,
    onError: options.onError,
  });

  const handleFrame = core.handleFrame.bind(core);
  for (const device of devices) {
    device?.onFrames((frames) => {
      capture.record('in', frames);
      driver.batch('frame', frames, handleFrame);
    });
  }
  const handleRequest = core.handleRequest.bind(core);
  const subscription = bus.subscribe(
    linkRequestChannel(stack),
    (batch) => driver.batch('request', batch, handleRequest),
    { maxPendingPdus: backlogFrames },
  );
  driver.settle();

  const health = () =>
    combineHealth({
      bus: busHealth(bus),
      devices: deviceHealth(devices),
      ...(bridges === undefined ? {} : { bridge: bridges.health() }),
    });
  const counters = (): Counters => ({
    ...core.counters(),
    ...sumInterfaces(core),
    ...deviceCounters(devices),
    ...capture.counters(),
    request_dropped: subscription.counters().dropped,
    request_malformed: subscription.counters().malformed,
    core_errors: driver.errors,
  });
  const control = serveControl({
    bus,
    stack,
    layer: 'link',
    log,
    health,
    counters,
    sysctl: new SysctlStore({
      layer: 'link',
      read: () => ({ ...core.sysctl() }),
      change: (changes) => core.setSysctl(changes),
    }),
    handlers: linkHandlers({ core, driver, devices, capture }),
  });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await control.stop();
    subscription.close();
    driver.settle();
    driver.stop();
    capture.close();
    for (const device of devices) device?.close();
    await bridges?.stop();
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

function coreInterface({ index, name, mac, mtu, offload, config }: ResolvedInterface) {
  const deviceOffload: InterfaceOffload = { checksum: offload, segmentation: offload };
  return { index, name, mac, mtu, addresses: config.addresses, offload: deviceOffload };
}

function deviceHealth(devices: readonly (FrameDevice | undefined)[]) {
  const gone = devices.filter((it) => it?.isPresent === false);
  const reasons = gone.map((it) => `the TAP interface of ${it?.name} is gone`);
  return { ok: gone.length === 0, reasons };
}

/** Frames and octets of all interfaces together. */
function sumInterfaces(core: LinkCore): Counters {
  const total: Record<string, number> = {};
  for (const { counters } of core.interfaces()) {
    for (const [name, value] of Object.entries(counters)) total[name] = (total[name] ?? 0) + value;
  }
  return total;
}

/** What the devices dropped, and what impairments did, by interface. */
function deviceCounters(devices: readonly (FrameDevice | undefined)[]): Counters {
  const all: Record<string, number> = {};
  for (const device of devices) {
    if (device === undefined) continue;
    const { rxDropped, rxCrcErrors, txDropped } = device.counters();
    all[`${device.name}_device_rx_dropped`] = rxDropped;
    all[`${device.name}_device_rx_crc_errors`] = rxCrcErrors;
    all[`${device.name}_device_tx_dropped`] = txDropped;
    for (const [way, path] of [
      ['in', device.impairmentIn],
      ['out', device.impairmentOut],
    ] as const) {
      const { lost, duplicated, corrupted, reordered, dropped_overlimit } = path.counters();
      const counts = { lost, duplicated, corrupted, reordered, dropped_overlimit };
      for (const [name, value] of Object.entries(counts)) {
        all[`${device.name}_impairment_${way}_${name}`] = value;
      }
    }
  }
  return all;
}
