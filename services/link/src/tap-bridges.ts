import type { Bus } from '@strata/bus';
import {
  type Config,
  type Counters,
  combineHealth,
  type FrameDevice,
  type Health,
  type Logger,
  type Running,
  TapBridge,
} from '@strata/runtime';
import { tapAvailable } from '@strata/tap';

/** The TAP devices of the virtual wires, each with its bridge. */
export interface TapBridges extends Running {
  /** The host's ends of the open TAPs, each with its wire and its network namespace. */
  readonly taps: readonly {
    readonly wire: string;
    readonly name: string;
    readonly netns: string | undefined;
  }[];
  /** Drops of a wire's TAP, by the names that `counters()` uses. Empty if the wire has no TAP. */
  countersOf(wire: string): Counters;
  /** The stack's end of a wire's TAP. Undefined: the wire has no TAP. */
  tapOf(wire: string): FrameDevice | undefined;
  /** The ports on a wire that are no stack's: here that of the host. Empty: the wire has no TAP. */
  portsOf(wire: string): readonly FrameDevice[];
  /**
   * One line for each optional device that is missing, with the reason, for the person at the
   * terminal.
   */
  readonly notes: readonly string[];
}

/**
 * Joins the host to the config's wires that have a TAP, or to those in `wires`. A device that
 * cannot be opened throws TapError if it is `required`, and then none stays open. Otherwise it is
 * left out, with a note.
 */
export function startTapBridges(
  { bus, config, log }: { readonly bus: Bus; readonly config: Config; readonly log: Logger },
  wires: readonly string[] = Object.keys(config.wires),
): TapBridges {
  const bridges = new Map<string, TapBridge>();
  const notes: string[] = [];
  const stop = async () => {
    for (const bridge of bridges.values()) await bridge.stop();
  };
  for (const wire of wires) {
    const wireConfig = config.wires[wire];
    const tap = wireConfig?.tap;
    if (wireConfig === undefined || tap === undefined) continue;
    try {
      bridges.set(wire, new TapBridge({ bus, wire, config: wireConfig, tap, log }));
    } catch (error) {
      if (tap.required) {
        void stop();
        throw error;
      }
      const availability = tapAvailable();
      const reason = availability.available ? (error as Error).message : availability.reason;
      notes.push(`wire ${wire} goes without the host, no TAP device: ${firstLine(reason)}`);
    }
  }
  return {
    taps: Array.from(bridges, ([wire, { tap }]) => ({ wire, name: tap.name, netns: tap.netns })),
    notes,
    stop,
    health: () => combineHealth(mapEntries(bridges, (bridge): Health => bridge.health())),
    counters: () => named(bridges.values()),
    tapOf: (wire) => bridges.get(wire)?.tap,
    portsOf: (wire) => [bridges.get(wire)?.port].filter((it) => it !== undefined),
    countersOf: (wire) => named([bridges.get(wire)].filter((it) => it !== undefined)),
  };
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

function mapEntries<Value, Result>(
  map: ReadonlyMap<string, Value>,
  change: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Array.from(map, ([name, value]) => [name, change(value)]));
}

/** The counters of all bridges. Each name starts with the TAP's name. */
function named(bridges: Iterable<TapBridge>): Counters {
  const all: Record<string, number> = {};
  for (const bridge of bridges) {
    const counters = Object.entries(bridge.counters());
    for (const [name, value] of counters) all[`${bridge.tap.name}_${name}`] = value;
  }
  return all;
}
