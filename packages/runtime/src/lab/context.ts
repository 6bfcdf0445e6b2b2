import type { Path } from '../config/problems/faults.ts';
import type { LabFile, LabNode, LabWire } from './schema.ts';

export type NodeKind = 'host' | 'router';
export type WireKind = 'switch' | 'link';
export type NodeSection = 'hosts' | 'routers';
export type WireSection = 'switches' | 'links';

/** A lab under check. */
export interface LabCheck {
  readonly lab: LabFile;
  /** `path`: in the lab without its faulty fields. */
  refuse(path: Path, message: string): void;
  /** Whether the file has a known fault there, above it or below it. */
  isDoubtful(path: Path): boolean;
}

/** A host or router, with its place in the file. */
export interface NodeEntry {
  readonly name: string;
  readonly kind: NodeKind;
  readonly path: Path;
  readonly node: LabNode;
}

/** A switch or link, with its place in the file. */
export interface WireEntry {
  readonly name: string;
  readonly kind: WireKind;
  readonly path: Path;
  readonly wire: LabWire;
}

/** All hosts, then all routers. */
export function nodesOf({ hosts, routers }: LabFile): NodeEntry[] {
  const entries = (
    section: NodeSection,
    kind: NodeKind,
    nodes: Readonly<Record<string, LabNode>>,
  ) => Object.entries(nodes).map(([name, node]) => ({ name, kind, path: [section, name], node }));
  return [...entries('hosts', 'host', hosts), ...entries('routers', 'router', routers)];
}

/** All switches, then all links. */
export function wiresOf({ switches, links }: LabFile): WireEntry[] {
  const entries = (
    section: WireSection,
    kind: WireKind,
    wires: Readonly<Record<string, LabWire>>,
  ) => Object.entries(wires).map(([name, wire]) => ({ name, kind, path: [section, name], wire }));
  return [...entries('switches', 'switch', switches), ...entries('links', 'link', links)];
}
