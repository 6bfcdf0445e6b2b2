import type { InterfaceInfo, LinkCore } from '@strata/link';
import type { Counters, FrameDevice, Health } from '@strata/runtime';

/** Devices by interface index. Index 0 is empty. */
export type Devices = readonly (FrameDevice | undefined)[];

export function devicesHealth(devices: Devices): Health {
  const gone = devices.filter((it) => it?.isPresent === false);
  const reasons = gone.map((it) => `the TAP interface of ${it?.name} is gone`);
  return { ok: gone.length === 0, reasons };
}

/** An interface's counters, including what its device dropped before or after the core. */
export function interfaceCounters(
  { counters }: InterfaceInfo,
  device: FrameDevice | undefined,
): InterfaceInfo['counters'] {
  const seen = device?.counters();
  if (seen === undefined) return counters;
  return {
    ...counters,
    rx_dropped: counters.rx_dropped + seen.rxDropped,
    rx_errors: counters.rx_errors + seen.rxCrcErrors,
    rx_crc_errors: counters.rx_crc_errors + seen.rxCrcErrors,
    tx_dropped: counters.tx_dropped + seen.txDropped,
  };
}

/** The sums of the interfaces' counters. */
export function interfaceTotals(core: LinkCore, devices: Devices): Counters {
  const total: Record<string, number> = {};
  for (const info of core.interfaces()) {
    const counters = interfaceCounters(info, devices[info.index]);
    for (const [name, value] of Object.entries(counters)) total[name] = (total[name] ?? 0) + value;
  }
  return total;
}

/** Drops of the devices and effects of impairments, for each interface. */
export function devicesCounters(devices: Devices): Counters {
  const all: Record<string, number> = {};
  for (const device of devices) {
    if (device === undefined) continue;
    const { rxDropped, rxCrcErrors, rxMalformed, txDropped } = device.counters();
    all[`${device.name}_device_rx_dropped`] = rxDropped;
    all[`${device.name}_device_rx_crc_errors`] = rxCrcErrors;
    all[`${device.name}_device_rx_malformed`] = rxMalformed;
    all[`${device.name}_device_tx_dropped`] = txDropped;
    all[`${device.name}_device_feature_changes`] = device.features.changes;
    for (const [way, path] of [
      ['in', device.impairmentIn],
      ['out', device.impairmentOut],
    ] as const) {
      const { frames_in: _, frames_out: __, octets_out: ___, ...counts } = path.counters();
      for (const [name, value] of Object.entries(counts)) {
        all[`${device.name}_impairment_${way}_${name}`] = value;
      }
      all[`${device.name}_impairment_${way}_backlog_octets`] = path.backlog().octets;
    }
  }
  return all;
}
