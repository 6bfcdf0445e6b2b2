/** Writes a lab as a config of `strata up`, and remembers where each part of it comes from. */
import { formatIpv4 } from '@strata/wire';
import type { InterfaceAddress } from '../config/fields.ts';
import type { Path } from '../config/problems/faults.ts';
import { valueAt } from '../config/problems/words.ts';
import type { AddressedWire } from './addressing.ts';
import { type LabCheck, type NodeEntry, nodesOf } from './context.ts';
import { type PlacedRoute, routesOf } from './routes.ts';

/** A config file's content. `placeOf`: the place in the lab file of a path in the config. */
export interface WrittenConfig {
  readonly input: unknown;
  placeOf(path: Path): Path;
}

/** A node's interface: an end of a wire. */
interface Interface {
  readonly wire: AddressedWire;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface WrittenNode {
  readonly entry: NodeEntry;
  readonly interfaces: readonly Interface[];
  readonly routes: readonly PlacedRoute[];
}

/**
 * `input`: the lab file's content that `check.lab` was parsed from. Its values go into the config
 * as they are, where the config has the same field.
 */
export function writeConfig(
  check: LabCheck,
  wires: readonly AddressedWire[],
  input: unknown,
): WrittenConfig {
  const written = nodesOf(check.lab).map((entry) => ({
    entry,
    interfaces: interfacesOf(entry, wires, input),
    routes: routesOf(check, entry, wires),
  }));
  let taps = 0;
  const rawWires = wires.map((wire) => {
    const { network: _, ends: __, ...raw } = fieldsAt(input, wire.path);
    if (wire.tapAddress === undefined) return [wire.name, raw];
    const tap = {
      name: `strata${taps}`,
      ...fieldsAt(raw, ['tap']),
      address: format(wire.tapAddress),
    };
    taps += 1;
    return [wire.name, { ...raw, tap }];
  });
  const stacks = written.map((node) => [node.entry.name, writeStack(node, input)]);
  return {
    input: {
      wires: Object.fromEntries(rawWires),
      stacks: Object.fromEntries(stacks),
      forwards: [],
    },
    placeOf: (path) => placeOf(path, wires, written),
  };
}

function interfacesOf(
  { name }: NodeEntry,
  wires: readonly AddressedWire[],
  input: unknown,
): Interface[] {
  return wires.flatMap((wire) => {
    if (wire.wire.ends[name] === undefined) return [];
    const { address: _, ...raw } = fieldsAt(input, [...wire.path, 'ends', name]);
    const address = wire.addresses.get(name);
    const addresses = address === undefined ? [] : [format(address)];
    return [{ wire, fields: { ...raw, wire: wire.name, addresses } }];
  });
}

function writeStack({ entry, interfaces, routes }: WrittenNode, input: unknown): unknown {
  const { sysctl, applications, nat } = fieldsAt(input, entry.path);
  const own = typeof sysctl === 'object' ? sysctl : {};
  return {
    interfaces: interfaces.map(({ fields }) => fields),
    routes: routes.map(({ route }) => route),
    sysctl: entry.kind === 'router' ? { 'net.ipv4.ip_forward': 1, ...own } : own,
    ...(applications === undefined ? {} : { applications }),
    ...(nat === undefined ? {} : { nat }),
  };
}

function placeOf(path: Path, wires: readonly AddressedWire[], nodes: readonly WrittenNode[]): Path {
  const [section, name, field, index, ...rest] = path;
  if (section === 'wires') {
    const wire = wires.find((one) => one.name === name);
    return wire === undefined ? path : [...wire.path, ...path.slice(2)];
  }
  const node = nodes.find(({ entry }) => entry.name === name);
  if (section !== 'stacks' || node === undefined) return path;
  if (field === 'interfaces' && typeof index === 'number') {
    const wire = node.interfaces[index]?.wire;
    const end = rest[0] === 'addresses' ? ['address'] : rest;
    return [...(wire?.path ?? []), 'ends', node.entry.name, ...end];
  }
  if (field === 'routes' && typeof index === 'number') {
    const place = node.routes[index]?.path ?? node.entry.path;
    return place.at(-1) === 'gateway' ? place : [...place, ...rest];
  }
  return field === 'interfaces' ? node.entry.path : [...node.entry.path, ...path.slice(2)];
}

function format({ address, prefixLength }: InterfaceAddress): string {
  return `${formatIpv4(address)}/${prefixLength}`;
}

function fieldsAt(input: unknown, path: Path): Readonly<Record<string, unknown>> {
  const value = valueAt(input, path);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
