import { ControlError, SysctlStore, type SysctlValue } from '@strata/runtime';
import { availableCongestionControls, type TransportCore } from '@strata/transport';

/** The knobs of a transport core that runs. */
export function createSysctlStore(core: TransportCore): SysctlStore {
  return new SysctlStore({
    layer: 'transport',
    read: () => ({ ...core.sysctl }),
    change: (changes) => {
      const name = changes['tcp_congestion_control'];
      if (name !== undefined) checkCongestionControl(name);
      Object.assign(core.sysctl, changes);
    },
  });
}

/** Throws ControlError `out-of-range` for an algorithm that is not there. */
export function checkCongestionControl(name: SysctlValue): void {
  const available = availableCongestionControls();
  if (available.some((known) => known === name)) return;
  throw new ControlError(
    'out-of-range',
    `net.ipv4.tcp_congestion_control: there is no ${name}; there is: ${available.join(', ')}`,
  );
}
