import type { Bus } from '@strata/bus';
import {
  type Config,
  type Counters,
  type FrameDevice,
  HEALTHY,
  type Logger,
  type Running,
  UdpBridge,
} from '@strata/runtime';

/** The wires that are joined to other processes by UDP. */
export interface UdpBridges extends Running {
  /** The open sockets, each with its wire. */
  readonly sockets: readonly {
    readonly wire: string;
    readonly host: string;
    readonly port: number;
  }[];
  /** Counters of a wire's bridge, by the names that `counters()` uses. Empty if it has none. */
  countersOf(wire: string): Counters;
  /** The peer's port on a wire. Empty: the wire has none. */
  portsOf(wire: string): readonly FrameDevice[];
}

/**
 * Opens the UDP sockets of the config's wires. Rejects with the system's error if one cannot be
 * opened, and then none stays open.
 */
export async function startUdpBridges({
  bus,
  config,
  log,
}: {
  readonly bus: Bus;
  readonly config: Config;
  readonly log: Logger;
}): Promise<UdpBridges> {
  const bridges = new Map<string, UdpBridge>();
  const stop = async () => {
    for (const bridge of bridges.values()) await bridge.stop();
  };
  try {
    for (const [wire, wireConfig] of Object.entries(config.wires)) {
      const { udp } = wireConfig;
      if (udp === undefined) continue;
      bridges.set(wire, await UdpBridge.open({ bus, wire, config: wireConfig, udp, log }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const countersOf = (wire: string): Counters => {
    const counters = Object.entries(bridges.get(wire)?.counters() ?? {});
    return Object.fromEntries(counters.map(([name, value]) => [`${wire}_udp_${name}`, value]));
  };
  return {
    sockets: Array.from(bridges, ([wire, { address }]) => ({ wire, ...address })),
    stop,
    health: () => HEALTHY,
    countersOf,
    portsOf: (wire) => [bridges.get(wire)?.port].filter((it) => it !== undefined),
    counters: () => Object.assign({}, ...Array.from(bridges.keys(), countersOf)) as Counters,
  };
}
