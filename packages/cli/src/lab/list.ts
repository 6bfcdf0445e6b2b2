import { loadLab, type NodeKind, type WireKind } from '@strata/runtime/lab';
import { CliError } from '../failure.ts';
import { print } from '../run.ts';
import { findLab, readyLabFile, readyLabs } from './find.ts';

/** Prints the ready labs, each with its title. */
export async function listLabs(): Promise<void> {
  const names = readyLabs();
  if (names.length === 0) throw new CliError('there are no ready labs: the folder labs is missing');
  const width = Math.max(...names.map(({ length }) => length));
  const lines = names.map(
    (name) => `${name.padEnd(width)}  ${loadLab(readyLabFile(name)).title}\n`,
  );
  await print(lines.join(''));
}

/** Prints that the lab has no fault, with the number of its parts. Throws ConfigError. */
export async function checkLab(fileOrName: string): Promise<void> {
  const file = findLab(fileOrName);
  const { nodes, wires } = loadLab(file);
  await print(`${file} is right: ${countParts(nodes, wires)}\n`);
}

/** Prints the config that a lab is run with. */
export async function printConfig(fileOrName: string): Promise<void> {
  await print(loadLab(findLab(fileOrName)).configText);
}

const PLURALS = { host: 'hosts', router: 'routers', switch: 'switches', link: 'links' } as const;

/** `2 hosts, 1 switch` */
export function countParts(
  nodes: Readonly<Record<string, NodeKind>>,
  wires: Readonly<Record<string, WireKind>>,
): string {
  const all = [...Object.values(nodes), ...Object.values(wires)];
  return (Object.keys(PLURALS) as (keyof typeof PLURALS)[])
    .map((kind) => ({ kind, count: all.filter((one) => one === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${count === 1 ? kind : PLURALS[kind]}`)
    .join(', ');
}
