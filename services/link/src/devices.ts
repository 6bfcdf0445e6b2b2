import type { Bus } from '@strata/bus';
import {
  type Config,
  type FrameDevice,
  type Logger,
  type ResolvedInterface,
  type ServiceTap,
  TapPort,
  WirePort,
  wireOf,
} from '@strata/runtime';
import type { Devices } from './counters.ts';
import { startTapBridges, type TapBridges } from './tap-bridges.ts';

interface OpenOptions {
  readonly bus: Bus;
  readonly config: Config;
  /** The stack that the interfaces belong to. */
  readonly stack: string;
  readonly log: Logger;
  /** What to do with the TAPs of the interfaces' wires: see `tap` of LinkOptions. */
  readonly tap: ServiceTap;
  /** `netdev_max_backlog` */
  readonly backlogFrames: number;
}

interface OpenDevices {
  readonly devices: Devices;
  /** Bridges from TAPs to the wires. Undefined: this service makes none. */
  readonly bridges: TapBridges | undefined;
  close(): Promise<void>;
}

/**
 * Opens the devices of all interfaces, and the bridges of their wires. Throws TapError; then none
 * stays open.
 */
export function openDevices(
  entries: readonly ResolvedInterface[],
  options: OpenOptions,
): OpenDevices {
  const { bus, config, log, tap } = options;
  const devices: (FrameDevice | undefined)[] = [];
  const closeDevices = () => {
    for (const device of devices) device?.close();
  };
  try {
    for (const entry of entries) devices[entry.index] = openDevice(entry, options);
    const bridges =
      tap === 'bridge' ? startTapBridges({ bus, config, log }, wiresOf(entries)) : undefined;
    for (const note of bridges?.notes ?? []) log.warn({}, note);
    const close = async () => {
      closeDevices();
      await bridges?.stop();
    };
    return { devices, bridges, close };
  } catch (error) {
    closeDevices();
    throw error;
  }
}

/** The wires of the interfaces, each once. */
export function wiresOf(entries: readonly ResolvedInterface[]): string[] {
  return [...new Set(entries.flatMap(({ config: { wire } }) => wire ?? []))];
}

/** Opens the device that an interface's config asks for. Throws TapError. */
function openDevice(entry: ResolvedInterface, options: OpenOptions): FrameDevice {
  const { bus, config, stack, log, backlogFrames } = options;
  const { wire: wireName, tap: ownTap, impairment } = entry.config;
  const common = {
    name: entry.name,
    interfaceIndex: entry.index,
    backlogFrames,
    impairmentIn: impairment.in,
    log,
  };
  if (wireName === undefined) {
    const field = `stacks.${stack}.interfaces[${entry.index - 1}].tap`;
    return new TapPort({ ...common, tap: ownTap!, field, impairmentOut: impairment.out });
  }
  const wire = wireOf(config, wireName);
  if (options.tap === 'direct' && wire.tap !== undefined) {
    return new TapPort({
      ...common,
      // The TAP replaces the wire, and takes over its offload.
      tap: { ...wire.tap, offload: wire.offload },
      mayOffload: wire.offload,
      field: `wires.${wireName}.tap`,
      // The wire's impairments apply to each station. Here the only other station is the host.
      impairmentOut: impairment.out,
      wireImpairment: wire.impairment,
    });
  }
  return new WirePort({
    ...common,
    bus,
    wire: wireName,
    mac: entry.mac,
    mtu: wire.mtu,
    offload: wire.offload,
    fcs: wire.fcs,
    impairmentOut: impairment.out,
    wireImpairment: wire.impairment,
  });
}
