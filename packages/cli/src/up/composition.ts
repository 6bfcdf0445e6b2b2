import { type Bus, MemoryBus } from '@strata/bus';
import type { Config, Lifecycle, Logger } from '@strata/runtime';
import { startApplication } from '@strata/service-application';
import { type ApiRoutes, type RunningConsole, startConsole } from '@strata/service-console';
import {
  startLink,
  startTapBridges,
  startUdpBridges,
  type TapBridges,
  type UdpBridges,
} from '@strata/service-link';
import { startNetwork } from '@strata/service-network';
import { startTransport } from '@strata/service-transport';
import { createStack, type Stack } from '@strata/sockets';
import { type RunningForward, startForward } from './forward.ts';

/** The parts of `strata up`, all in one process. */
export interface Composition {
  readonly bus: Bus;
  readonly taps: TapBridges;
  readonly udps: UdpBridges;
  readonly forwards: readonly RunningForward[];
  readonly console: RunningConsole;
}

export interface CompositionOptions {
  /** A bus that the caller has added to the lifecycle. Default: a memory bus of its own. */
  readonly bus?: Bus | undefined;
  /** Further paths of the console's API. Default: none. */
  readonly routes?: ((bus: Bus, config: Config) => ApiRoutes) | undefined;
}

/**
 * Starts all stacks of the config in this process: the same services as over NATS. Each started
 * part is added to the lifecycle at once, so that it is stopped even if a later part fails.
 */
export async function startComposition(
  config: Config,
  lifecycle: Lifecycle,
  log: Logger,
  options: CompositionOptions = {},
): Promise<Composition> {
  const bus = options.bus ?? new MemoryBus();
  if (options.bus === undefined) lifecycle.add('bus', { stop: () => bus.close() });
  const opened = lifecycle.add('taps', startTapBridges({ bus, config, log }));
  const udps = lifecycle.add('UDP', await startUdpBridges({ bus, config, log }));
  const taps = withUdp(opened, udps);
  const contexts = Object.keys(config.stacks).map((stack) => ({ bus, config, stack, log }));
  for (const context of contexts) {
    const { stack } = context;
    lifecycle.add(`${stack} link`, await startLink({ ...context, taps }));
    lifecycle.add(`${stack} network`, await startNetwork(context));
  }
  // Parts stop in reverse order. Transport's last segments (RST of open connections) leave before
  // the layers below stop.
  lifecycle.add('queues', { stop: () => (bus instanceof MemoryBus ? bus.settle() : undefined) });
  for (const context of contexts) {
    const { stack } = context;
    lifecycle.add(`${stack} transport`, await startTransport(context));
    lifecycle.add(`${stack} application`, await startApplication(context));
  }
  const forwards = await startForwards(config, bus, lifecycle, log);
  const health = () => lifecycle.health();
  const routes = options.routes?.(bus, config);
  const console = lifecycle.add(
    'console',
    await startConsole({ bus, config, log, health, routes }),
  );
  return { bus, taps: opened, udps, forwards, console };
}

/** The TAPs' bridges, and with them the counters and ports of the UDP bridges. */
function withUdp(
  taps: TapBridges,
  udps: UdpBridges,
): Pick<TapBridges, 'counters' | 'countersOf' | 'tapOf' | 'portsOf'> {
  return {
    portsOf: (wire) => [...taps.portsOf(wire), ...udps.portsOf(wire)],
    tapOf: (wire) => taps.tapOf(wire),
    counters: () => ({ ...taps.counters(), ...udps.counters() }),
    countersOf: (wire) => ({ ...taps.countersOf(wire), ...udps.countersOf(wire) }),
  };
}

async function startForwards(
  config: Config,
  bus: Bus,
  lifecycle: Lifecycle,
  log: Logger,
): Promise<RunningForward[]> {
  const stacks = new Map<string, Stack>();
  const forwards: RunningForward[] = [];
  for (const forward of config.forwards) {
    let stack = stacks.get(forward.stack);
    if (stack === undefined) {
      const created = createStack({ bus, stack: forward.stack, log });
      stack = created;
      stacks.set(forward.stack, created);
      lifecycle.add(`${forward.stack} sockets`, { stop: () => created.close() });
    }
    const name = `forward ${forward.listen.host}:${forward.listen.port}`;
    forwards.push(lifecycle.add(name, await startForward(forward, stack, log)));
  }
  return forwards;
}

/** The config without the TAP devices of its wires. */
export function withoutTaps(config: Config): Config {
  const wires = Object.entries(config.wires).map(([name, { tap: _tap, ...wire }]) => [name, wire]);
  return { ...config, wires: Object.fromEntries(wires) };
}
