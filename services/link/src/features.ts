import type { FeatureSwitch, InterfaceFeatures } from '@strata/contract';
import type { LinkCore } from '@strata/link';
import {
  ControlError,
  type ControlHandlers,
  FeatureError,
  type FrameDevice,
  hint,
  type Logger,
} from '@strata/runtime';
import type { Devices } from './counters.ts';

export interface FeatureParts {
  readonly core: LinkCore;
  readonly devices: Devices;
  /** The TAP devices on the stack's wires: they lead to the host. */
  readonly taps: () => readonly FrameDevice[];
  readonly log: Logger;
}

/**
 * Link's answers to `strata ethtool`, for its interfaces and for the TAP devices on their wires.
 */
export function featureHandlers({ core, devices, taps, log }: FeatureParts): ControlHandlers {
  const all = (): FrameDevice[] => [...devices.filter((it) => it !== undefined), ...taps()];
  const find = (name: string): FrameDevice => {
    const known = all();
    const device = known.find((it) => it.name === name) ?? known.find((it) => it.alias === name);
    if (device !== undefined) return device;
    const names = known.map((it) => it.name);
    const aliases = known.flatMap((it) => it.alias ?? []);
    const there = `${names.join(', ')}${hint(name, [...names, ...aliases])}`;
    throw new ControlError('not-found', `there is no interface ${name}; there is: ${there}`);
  };
  return {
    'features-get': ({ interfaceName }) => ({
      kind: 'features',
      interfaces: (interfaceName === '' ? all() : [find(interfaceName)]).map(featuresOf),
    }),
    'features-set': ({ interfaceName, switches }) => {
      const device = find(interfaceName);
      const changed = change(device, switches);
      // Link cuts packets to fit its own interfaces before they reach the device.
      const index = devices.indexOf(device);
      if (index >= 0) core.setOffload(index, device.features.sent);
      for (const { name, requested } of changed) {
        log.info(
          { interface: device.name, feature: name, on: requested },
          'a feature was switched',
        );
      }
      return { kind: 'features', interfaces: [featuresOf(device)] };
    },
  };
}

function change({ name, features }: FrameDevice, switches: readonly FeatureSwitch[]) {
  try {
    return features.set(switches.map((it) => [it.name, it.on] as const));
  } catch (error) {
    if (!(error instanceof FeatureError)) throw error;
    const code = error.code === 'FEATURE_UNKNOWN' ? 'not-found' : 'not-supported';
    throw new ControlError(code, `${name}: ${error.message}`);
  }
}

function featuresOf({ name, kind, features }: FrameDevice): InterfaceFeatures {
  return { name, kind, features: features.list() };
}
