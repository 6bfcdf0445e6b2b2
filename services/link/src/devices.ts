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

export interface OpenDeviceOptions {
  readonly bus: Bus;
  readonly config: Config;
  /** The stack whose interface it is. */
  readonly stack: string;
  readonly log: Logger;
  /** What becomes of the TAP of the interface's wire. */
  readonly tap: ServiceTap;
  /** `netdev_max_backlog` */
  readonly backlogFrames: number;
}

/** Opens the device that an interface's config asks for. Throws TapError. */
export function openDevice(entry: ResolvedInterface, options: OpenDeviceOptions): FrameDevice {
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
      // As on the wire that it stands for.
      tap: { ...wire.tap, offload: wire.offload },
      mayOffload: wire.offload,
      field: `wires.${wireName}.tap`,
      // What the wire does to the frames of each station: here the host is the other one.
      impairmentIn: impairment.in ?? wire.impairment,
      impairmentOut: impairment.out ?? wire.impairment,
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
    impairmentOut: impairment.out ?? wire.impairment,
  });
}
