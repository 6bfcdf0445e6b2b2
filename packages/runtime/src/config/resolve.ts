/** Values that follow from several fields of a config. */
import type { MacAddress } from '@strata/wire';
import { hint } from './problems/similar-names.ts';
import type {
  Config,
  InterfaceConfig,
  ServiceTap,
  StackConfig,
  TapConfig,
  WireConfig,
} from './schema.ts';

/** The stack of that name. Throws RangeError if there is none. */
export function stackOf(config: Config, stack: string): StackConfig {
  const found = config.stacks[stack];
  if (found !== undefined) return found;
  const names = Object.keys(config.stacks);
  const there = `there is: ${names.join(', ')}${hint(stack, names)}`;
  throw new RangeError(`there is no stack ${stack} in the config; ${there}`);
}

/** The wire of that name. Throws RangeError if there is none. */
export function wireOf(config: Config, wire: string): WireConfig {
  const found = config.wires[wire];
  if (found === undefined) throw new RangeError(`there is no wire ${wire} in the config`);
  return found;
}

/** An interface of a stack, with defaults filled in. */
export interface ResolvedInterface {
  /** From 1, by place in the config. The layers use it as the interface's identifier. */
  readonly index: number;
  readonly name: string;
  readonly mac: MacAddress;
  /** Octets of the largest packet. */
  readonly mtu: number;
  readonly offload: boolean;
  readonly config: InterfaceConfig;
}

/** The interfaces of a stack, in order. */
export function interfacesOf(config: Config, stack: string): ResolvedInterface[] {
  return stackOf(config, stack).interfaces.map((entry, place) => {
    const name = entry.name ?? `eth${place}`;
    const carrier = entry.tap ?? wireOf(config, entry.wire ?? '');
    return {
      index: place + 1,
      name,
      mac: entry.mac ?? defaultMac(stack, name),
      mtu: entry.mtu ?? carrier.mtu,
      offload: carrier.offload,
      config: entry,
    };
  });
}

/**
 * A locally administered MAC address (02:…) made from the names. It is the same at each start, so
 * the peers' ARP caches stay valid. The low 40 bits are an FNV-1a hash: two stations get the same
 * address with a probability of about 1 in 10^12.
 */
function defaultMac(stack: string, name: string): MacAddress {
  const high = fnv1a(`${stack}/${name}`, 0x811c9dc5);
  const low = fnv1a(`${name}/${stack}`, high);
  return 0x020000000000 + high * 0x100 + (low & 0xff);
}

function fnv1a(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * What `strata service link` of a stack does with the TAP of its wire. `none` if its wires have no
 * TAP.
 */
export function serviceTapOf(config: Config, stack: string): ServiceTap {
  const { serviceTap, interfaces } = stackOf(config, stack);
  if (serviceTap !== undefined) return serviceTap;
  const wire = interfaces.find((entry) => tapOf(config, entry.wire) !== undefined)?.wire;
  if (wire === undefined) return 'none';
  const first = Object.entries(config.stacks).find(([, other]) =>
    other.interfaces.some((entry) => entry.wire === wire),
  );
  return first?.[0] === stack ? 'direct' : 'none';
}

function tapOf(config: Config, wire: string | undefined): TapConfig | undefined {
  return wire === undefined ? undefined : config.wires[wire]?.tap;
}

/** Whether the config has any TAP. */
export function hasTap({ wires, stacks }: Config): boolean {
  const interfaces = Object.values(stacks).flatMap((stack) => stack.interfaces);
  return [...Object.values(wires), ...interfaces].some(({ tap }) => tap !== undefined);
}

/**
 * The config with the host's end of every TAP in network namespace `netns`. Every TAP becomes
 * required: a user who names a namespace wants the device.
 */
export function withNetns(config: Config, netns: string): Config {
  const move = (tap: TapConfig): TapConfig => ({ ...tap, netns, required: true });
  const wires = mapValues(config.wires, (wire) =>
    wire.tap === undefined ? wire : { ...wire, tap: move(wire.tap) },
  );
  const stacks = mapValues(config.stacks, (stack) => ({
    ...stack,
    interfaces: stack.interfaces.map((entry) =>
      entry.tap === undefined ? entry : { ...entry, tap: move(entry.tap) },
    ),
  }));
  return { ...config, wires, stacks };
}

/** The config with its bus on the NATS servers of a comma-separated list (`--nats`). */
export function withNats(config: Config, servers: string): Config {
  return { ...config, bus: { kind: 'nats', servers: servers.split(',') } };
}

function mapValues<Value>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
