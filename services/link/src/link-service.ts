import {
  type InterfaceInfo,
  linkGroupsChannel,
  linkIndicationChannel,
  linkRequestChannel,
} from '@strata/contract';
import { LinkCore, type LinkSysctl } from '@strata/link';
import {
  Capture,
  type Counters,
  createCoreAllocate,
  createRandom,
  type FrameDevice,
  fromBus,
  interfacesOf,
  type LayerContext,
  type LayerOptions,
  type LayerWiring,
  type ResolvedInterface,
  type RunningLayer,
  type ServiceTap,
  type SysctlValue,
  stackOf,
  startLayer,
  sysctlFor,
  tellInterfaces,
  toBus,
} from '@strata/runtime';
import { toLog } from './address-log.ts';
import { linkHandlers, listInterfaces } from './control.ts';
import { devicesCounters, devicesHealth, interfaceTotals } from './counters.ts';
import { openDevices, wiresOf } from './devices.ts';
import { featureHandlers } from './features.ts';
import { fromDevices, toDevices } from './frames.ts';
import { withImpairmentDrops } from './impairment-drops.ts';
import { type ImpairedStation, impairmentHandlers } from './impairments.ts';
import { neighbourHandlers } from './neighbours.ts';
import { askRoutes, routeHandlers } from './routes.ts';
import type { TapBridges } from './tap-bridges.ts';

export interface LinkOptions extends LayerOptions {
  /**
   * What to do with the TAP of a wire that the stack is attached to. `direct`: open it as the
   * stack's interface. `bridge`: join it to the wire on the bus. `none`: nothing; another part
   * opens it, or nobody. Default `none`, as in one process.
   */
  readonly tap?: ServiceTap | undefined;
  /**
   * The TAP devices of the wires, if another part opened them. Their drops appear in this service's
   * counters, and their features and impairments can be changed here.
   */
  readonly taps?:
    | (Pick<TapBridges, 'counters' | 'countersOf' | 'tapOf'> & Partial<Pick<TapBridges, 'portsOf'>>)
    | undefined;
}

/** Default of `net.core.netdev_max_backlog`: the bus's default. */
const NETDEV_MAX_BACKLOG = 16_384;

/**
 * Starts the link layer of a stack. Throws TapError if a device cannot be opened, and InstanceError
 * if the stack already has a link layer. Then nothing stays open.
 */
export function startLink(options: LinkOptions): Promise<RunningLayer> {
  return startLayer('link', options, (context) => wire(options, context));
}

/** A link core between its devices and network. */
function wire(options: LinkOptions, context: LayerContext): LayerWiring {
  const { bus, config, stack, clock, log, run, epochOf } = context;
  const { netdev_max_backlog, ...sysctl } = sysctlFor('link', stackOf(config, stack).sysctl);
  const backlogFrames = Number(netdev_max_backlog ?? NETDEV_MAX_BACKLOG);
  const entries = interfacesOf(config, stack);
  const core = createCore(entries, sysctl);
  const { devices, bridges, close } = openDevices(entries, {
    ...context,
    tap: options.tap ?? 'none',
    backlogFrames,
  });
  // Each device decides what it offloads.
  devices.forEach((device, index) => {
    if (device !== undefined) core.setOffload(index, device.features.sent);
  });
  const nameOf = (index: number) => devices[index]?.name ?? `if${index}`;
  const capture = new Capture(bus, stack, nameOf, clock);
  const taps = bridges ?? options.taps;
  const wireOf = new Map(entries.map(({ index, config: { wire } }) => [index, wire]));
  const tapCounters = (index: number): Counters => {
    const wire = wireOf.get(index);
    return (wire === undefined ? undefined : taps?.countersOf(wire)) ?? {};
  };
  const tapsOfWires = () => wiresOf(entries).flatMap((wire) => taps?.tapOf(wire) ?? []);
  const tellAbove = (interfaces: readonly InterfaceInfo[]) =>
    tellInterfaces(bus, stack, 'network', interfaces);
  const stations = (): ImpairedStation[] => [
    ...devices.flatMap((it, index) =>
      it === undefined ? [] : station(it, wireOf.get(index), false),
    ),
    ...wiresOf(entries).flatMap((wire) =>
      (taps?.portsOf?.(wire) ?? []).map((port) => station(port, wire, true)),
    ),
  ];
  return {
    machine: core,
    outcomes: withImpairmentDrops(core, devices, run),
    inputs: [
      fromDevices(devices, core, capture),
      fromBus(bus, 'request', linkRequestChannel(stack), core.handleRequest.bind(core)),
      fromBus(bus, 'groups', linkGroupsChannel(stack), ({ interfaceIndex, groups }) => {
        core.setGroups(
          interfaceIndex,
          groups.map(({ address }) => address),
        );
      }),
    ],
    outputs: [
      toDevices(devices, core, capture),
      toBus(bus, linkIndicationChannel(stack), () => core.pollIndication(), epochOf),
      toLog(core, nameOf, log),
    ],
    counters: () => ({
      ...core.counters(),
      ...interfaceTotals(core, devices),
      ...devicesCounters(devices),
      ...taps?.counters(),
      ...capture.counters(),
    }),
    health: () => ({
      devices: devicesHealth(devices),
      ...(bridges === undefined ? {} : { bridge: bridges.health() }),
    }),
    sysctl: {
      read: () => ({ ...core.sysctl(), netdev_max_backlog: backlogFrames }),
      change: (changes) => run(() => core.setSysctl(changes as Partial<LinkSysctl>)),
    },
    handlers: {
      ...linkHandlers({ core, devices, tapCounters, capture, run, tellAbove }),
      ...neighbourHandlers({ core, run }),
      ...impairmentHandlers({ stack, stations }),
      ...routeHandlers(core),
      ...featureHandlers({ core, devices, taps: tapsOfWires, log }),
    },
    // The layers above may run since before this link: its interfaces are the config's again.
    started: () => {
      tellAbove(listInterfaces({ core, devices, tapCounters })).catch((error: unknown) =>
        log.warn({ err: error }, 'network was not told of the interfaces'),
      );
      askRoutes(bus, stack, core).catch((error: unknown) =>
        log.warn({ err: error }, 'network was not asked for its routes'),
      );
    },
    close: () => {
      capture.close();
      return close();
    },
  };
}

/** A TAP on a wire's place carries what both stations send: its impairment is for both ways. */
function station(
  device: FrameDevice,
  wire: string | undefined,
  isShared: boolean,
): ImpairedStation {
  const { name, alias, kind, impairmentIn, impairmentOut } = device;
  const wireWays = kind === 'tap' ? (['in', 'out'] as const) : (['out'] as const);
  return { name, alias, wire, impairmentIn, impairmentOut, wireWays, isShared };
}

/** The link core of the interfaces. It does not know their devices yet. */
function createCore(entries: readonly ResolvedInterface[], sysctl: Record<string, SysctlValue>) {
  const interfaces = entries.map(
    ({ index, name, mac, mtu, config: { addresses, neighbours } }) => ({
      index,
      name,
      mac,
      mtu,
      addresses,
      staticNeighbours: neighbours.flatMap((it) =>
        it.mac === undefined ? [] : [{ ...it, mac: it.mac }],
      ),
      proxies: neighbours.filter((it) => it.proxy).map(({ address }) => address),
    }),
  );
  return new LinkCore(
    { interfaces, sysctl: sysctl as Partial<LinkSysctl> },
    createRandom(),
    createCoreAllocate(),
  );
}
