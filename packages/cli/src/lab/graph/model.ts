/** A lab as a graph: boxes and the lines between them, with their labels. */
import { interfacesOf, type TapConfig } from '@strata/runtime';
import type { Lab } from '@strata/runtime/lab';
import { formatIpv4 } from '@strata/wire';
import { describeImpairment, describeWire } from './labels.ts';

export type NodeShape = 'host' | 'router' | 'switch' | 'outside';

export interface GraphNode {
  readonly name: string;
  readonly shape: NodeShape;
  /** The text in the box. */
  readonly lines: readonly string[];
}

export interface GraphEdge {
  /** Indexes of nodes. */
  readonly ends: readonly [number, number];
  /** Labels of the two ends: the interface and its address. */
  readonly endLabels: readonly [readonly string[], readonly string[]];
  /** Label of the whole: a link's name and what is special about it. */
  readonly label: readonly string[];
}

export interface Graph {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** A station of a wire: the index of its node, and the label of its end. */
interface Station {
  readonly node: number;
  readonly label: readonly string[];
}

/** The graph of a lab. Hosts come first, then routers, switches, and what is outside. */
export function graphOf({ title, config, nodes: kinds, wires }: Lab): Graph {
  const nodes: GraphNode[] = [];
  const add = (node: GraphNode) => nodes.push(node) - 1;
  const indexOf = new Map(
    Object.entries(kinds).map(([name, shape]) => [
      name,
      add({ name, shape, lines: [name, shape] }),
    ]),
  );
  const edges: GraphEdge[] = [];
  const stations = new Map<string, Station[]>(Object.keys(wires).map((name) => [name, []]));
  for (const stack of Object.keys(config.stacks)) {
    for (const { name, config: entry } of interfacesOf(config, stack)) {
      if (entry.wire === undefined) continue;
      const [address] = entry.addresses;
      const text =
        address === undefined ? '' : ` ${formatIpv4(address.address)}/${address.prefixLength}`;
      const { in: inward, out } = entry.impairment;
      const label = [
        `${name}${text}`,
        ...describeImpairment(out),
        ...inwards(describeImpairment(inward)),
      ];
      stations.get(entry.wire)?.push({ node: indexOf.get(stack)!, label });
    }
  }
  for (const [name, kind] of Object.entries(wires)) {
    const wire = config.wires[name]!;
    const there = stations.get(name)!;
    const { tap, udp } = wire;
    if (tap !== undefined) there.push(tapStation(tap, add));
    if (udp !== undefined) {
      const peer = `${udp.peer.host}:${udp.peer.port}`;
      const node = add({ name: peer, shape: 'outside', lines: ['another process', `UDP ${peer}`] });
      there.push({ node, label: [`UDP ${udp.listen.host}:${udp.listen.port}`] });
    }
    const label = describeWire(name, wire);
    const [a, b] = there;
    if (kind === 'link' && a !== undefined && b !== undefined) {
      edges.push({ ends: [a.node, b.node], endLabels: [a.label, b.label], label });
      continue;
    }
    const node = add({ name, shape: 'switch', lines: [name, 'switch', ...label.slice(1)] });
    for (const station of there) {
      edges.push({ ends: [station.node, node], endLabels: [station.label, []], label: [] });
    }
  }
  return { title, nodes, edges };
}

function inwards(lines: readonly string[]): string[] {
  return lines.map((line) => `in: ${line}`);
}

function tapStation(
  { name, netns, address }: TapConfig,
  add: (node: GraphNode) => number,
): Station {
  const where = netns === undefined ? [] : [`namespace ${netns}`];
  const node = add({ name, shape: 'outside', lines: ['this machine', ...where] });
  const text =
    address === undefined ? '' : ` ${formatIpv4(address.address)}/${address.prefixLength}`;
  return { node, label: [`${name}${text}`] };
}
