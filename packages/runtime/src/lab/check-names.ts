/** Checks the names of a lab: each is used once, and ends name hosts and routers. */
import type { Path } from '../config/problems/faults.ts';
import { formatPath, unknownName } from '../config/problems/words.ts';
import { type LabCheck, nodesOf, type WireEntry, wiresOf } from './context.ts';

/** The wires of the lab without ends that nobody has. Refuses what is wrong with the names. */
export function checkNames(check: LabCheck): WireEntry[] {
  const { lab } = check;
  const nodes = nodesOf(lab);
  if (nodes.length === 0 && !check.isDoubtful(['hosts']) && !check.isDoubtful(['routers'])) {
    check.refuse(['hosts'], '{} should have at least one host');
  }
  const owners = new Map<string, Path>();
  for (const { name, path } of [...nodes, ...wiresOf(lab)]) {
    const owner = owners.get(name);
    if (owner === undefined) owners.set(name, path);
    else
      check.refuse(
        path,
        `${name} is already the name of ${formatPath(owner)}: should be another name`,
      );
  }
  const known = nodes.map(({ name }) => name);
  const ends = new Set(wiresOf(lab).flatMap(({ wire }) => Object.keys(wire.ends)));
  // An end with a wrong name may be any of them.
  const isSure = [...ends].every((name) => known.includes(name)) && !isAnyWireDoubtful(check);
  for (const { name, path } of nodes) {
    if (!isSure || ends.has(name)) continue;
    check.refuse(path, `${name} is on no switch or link: should be an end of one`);
  }
  return wiresOf(lab).map((entry) => checkEnds(check, entry, known));
}

function isAnyWireDoubtful(check: LabCheck): boolean {
  const wires = wiresOf(check.lab).map(({ path }) => [...path, 'ends']);
  return wires.some((path) => check.isDoubtful(path));
}

function checkEnds(check: LabCheck, entry: WireEntry, known: readonly string[]): WireEntry {
  const { wire, path, kind } = entry;
  const at = [...path, 'ends'];
  const ends = Object.entries(wire.ends).filter(([name]) => {
    if (known.includes(name)) return true;
    const isThere = check.isDoubtful(['hosts', name]) || check.isDoubtful(['routers', name]);
    if (!isThere) check.refuse([...at, name], unknownName('host or router', name, known));
    return false;
  });
  const stations = Object.keys(wire.ends).length + countOf(wire.tap) + countOf(wire.udp);
  if (!check.isDoubtful(at)) {
    if (kind === 'link' && stations !== 2) {
      check.refuse(
        at,
        `a link has two ends (a tap or udp counts as one), not ${stations}: should be a switch`,
      );
    }
    if (kind === 'switch' && stations === 0) check.refuse(at, '{} should have at least one end');
  }
  return { ...entry, wire: { ...wire, ends: Object.fromEntries(ends) } };
}

function countOf(station: object | undefined): number {
  return station === undefined ? 0 : 1;
}
