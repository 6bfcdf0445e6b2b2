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
  /** The host's ends that there are now, with the wire and the namespace that each is in. */
  readonly taps: readonly {
    readonly wire: string;
    readonly name: string;
    readonly netns: string | undefined;
  }[];
  /**
   * What the TAP of a wire dropped, under the names that `counters()` has too. Empty where the wire
   * has none.
   */
  countersOf(wire: string): Counters;
  /** The TAP of a wire, by its end at ours; undefined where the wire has none. */
  tapOf(wire: string): FrameDevice | undefined;
  /**
   * Why a device that may be missing is missing, in words for the person at the terminal, one line
   * each.
   */
  readonly notes: readonly string[];
}

/**
 * Joins the host to each wire of the config that has a TAP, or to `wires` of them. A device that is
 * not `required` and cannot be opened is left out with a note; otherwise it throws TapError, and
 * nothing is left behind.
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

/** The counters of all bridges, each led by its TAP's name. */
function named(bridges: Iterable<TapBridge>): Counters {
  const all: Record<string, number> = {};
  for (const bridge of bridges) {
    const counters = Object.entries(bridge.counters());
    for (const [name, value] of counters) all[`${bridge.tap.name}_${name}`] = value;
  }
  return all;
}
