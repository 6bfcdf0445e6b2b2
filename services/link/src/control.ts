import type { InterfaceInfo } from '@strata/contract';
import type { InterfaceInfo as CoreInterface, LinkCore } from '@strata/link';
import {
  type Capture,
  ControlError,
  type ControlHandlers,
  type Counters,
  type FrameDevice,
  hint,
  type LayerContext,
} from '@strata/runtime';
import { changeHandlers } from './changes.ts';
import { type Devices, interfaceCounters } from './counters.ts';

export interface LinkParts {
  readonly core: LinkCore;
  readonly devices: Devices;
  /** Drops of the TAP device on an interface's wire. */
  readonly tapCounters: (interfaceIndex: number) => Counters;
  readonly capture: Capture;
  readonly run: LayerContext['run'];
  /** Tells the layers above what the interfaces are now. */
  readonly tellAbove: (interfaces: readonly InterfaceInfo[]) => Promise<void>;
}

/** Link's answers to control requests, beside those that the shell gives. */
export function linkHandlers(parts: LinkParts): ControlHandlers {
  const { core, devices, capture, run, tellAbove } = parts;
  const list = () => listInterfaces(parts);
  const deviceOf = (interfaceName: string): FrameDevice => {
    const device = devices.find((it) => it?.name === interfaceName);
    if (device !== undefined) return device;
    const names = devices.flatMap((it) => it?.name ?? []);
    const there = `${names.join(', ')}${hint(interfaceName, names)}`;
    throw new ControlError(
      'not-found',
      `there is no interface ${interfaceName}; there is: ${there}`,
      'ENODEV',
    );
  };
  return {
    interfaces: () => ({ kind: 'interfaces', interfaces: list() }),
    ...changeHandlers({
      core,
      run,
      list,
      tellAbove,
      indexOf: (name) => devices.indexOf(deviceOf(name)),
    }),
    capture: ({ leaseMs, snapOctets }) => {
      capture.set(leaseMs, snapOctets);
      return { kind: 'capture', leaseMs: capture.leaseMs };
    },
  };
}

/** The interfaces as they are now. */
export function listInterfaces({
  core,
  devices,
  tapCounters,
}: Pick<LinkParts, 'core' | 'devices' | 'tapCounters'>): InterfaceInfo[] {
  return core.interfaces().map((it) => interfaceInfo(it, devices[it.index], tapCounters(it.index)));
}

function interfaceInfo(
  info: CoreInterface,
  device: FrameDevice | undefined,
  tapCounters: Counters,
): InterfaceInfo {
  return {
    index: info.index,
    name: info.name,
    kind: device?.kind ?? 'wire',
    mac: info.mac,
    mtu: info.mtu,
    up: info.isUp,
    addresses: info.addresses,
    ...(info.addressStates.every((state) => state === 'preferred')
      ? {}
      : { addressStates: info.addressStates }),
    counters: { ...interfaceCounters(info, device), ...tapCounters },
    noArp: !info.arp,
    maxMtu: device?.mtu ?? 0,
  };
}
