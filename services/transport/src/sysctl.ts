import { SysctlStore } from '@strata/runtime';
import type { TransportCore } from '@strata/transport';

/** The knobs of a transport core that runs. */
export function createSysctlStore(core: TransportCore): SysctlStore {
  return new SysctlStore({
    layer: 'transport',
    read: () => ({ ...core.sysctl }),
    change: (changes) => Object.assign(core.sysctl, changes),
  });
}
