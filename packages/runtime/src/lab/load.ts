import { stringify } from 'yaml';
import { ConfigError, type ConfigProblem } from '../config/error.ts';
import { Faults, type Path } from '../config/problems/faults.ts';
import { parseWithoutFaults } from '../config/problems/problems.ts';
import { formatPath } from '../config/problems/words.ts';
import { checkWhole } from '../config/recheck.ts';
import { type Config, configSchema } from '../config/schema.ts';
import { parseYaml, readYamlText } from '../config/yaml.ts';
import { type AddressedWire, addressWires } from './addressing.ts';
import { checkNames } from './check-names.ts';
import { type LabCheck, type NodeKind, nodesOf, type WireKind } from './context.ts';
import { type LabEvent, labSchema } from './schema.ts';
import { writeOut } from './short-forms.ts';
import { writeConfig } from './to-config.ts';

/** A lab: a topology, and the config that builds it. */
export interface Lab {
  /** One line that says what the lab is; empty if the file has no title. */
  readonly title: string;
  /** Hosts and routers are stacks, switches and links are wires. */
  readonly config: Config;
  /** The same as the text of a config file. */
  readonly configText: string;
  /** Of each stack of the config. */
  readonly nodes: Readonly<Record<string, NodeKind>>;
  /** Of each wire of the config. */
  readonly wires: Readonly<Record<string, WireKind>>;
  /** In the order of the file. */
  readonly events: readonly LabEvent[];
}

/** Reads a lab file. Throws ConfigError with all faults. */
export function loadLab(path: string): Lab {
  return parseLab(readYamlText(path), path);
}

/** Parses a lab from YAML `text`. `source` names it in errors. Throws ConfigError. */
export function parseLab(text: string, source: string): Lab {
  const input = writeOut(parseYaml(text, source));
  const fill = (given: unknown) => given;
  const { value: lab, problems, faults } = parseWithoutFaults(labSchema, input, fill);
  const refuseAll = (): never => {
    throw new ConfigError('CONFIG_INVALID', source, problems);
  };
  if (lab === undefined) return refuseAll();
  // Places that are refused from here on. Nothing is removed there, so they are kept apart.
  const refused = new Faults();
  const touch = (path: Path) => faults.touch(path) || refused.touch(path);
  const check: LabCheck = {
    lab,
    refuse: (path, message) => {
      const place = faults.originalPath(path);
      refused.add(place);
      problems.push({ path: formatPath(place), message });
    },
    isDoubtful: (path) => touch(faults.originalPath(path)),
  };
  const clean = faults.remove(input);
  const wires = addressWires(check, checkNames(check));
  const written = writeConfig(check, wires, clean);
  const original = (path: Path) => faults.originalPath(written.placeOf(path));
  const parsed = configSchema.safeParse({ ...(written.input as object) });
  if (!parsed.success) {
    problems.push(
      ...parsed.error.issues.map(({ path, message }) => ({
        path: formatPath(original(path)),
        message,
      })),
    );
    return refuseAll();
  }
  const inFile = { originalPath: original, touch };
  problems.push(...ownProblems(checkWhole(parsed.data, {}, inFile), check));
  if (problems.length > 0) return refuseAll();
  return {
    title: lab.title ?? '',
    config: parsed.data,
    configText: stringify(written.input),
    nodes: Object.fromEntries(nodesOf(lab).map(({ name, kind }) => [name, kind])),
    wires: kindsOf(wires),
    events: lab.events,
  };
}

/**
 * The problems of the config that are the lab file's own. Those of a whole host or router follow
 * from what is refused already: it has no interface, or no address.
 */
function ownProblems(problems: readonly ConfigProblem[], { lab }: LabCheck): ConfigProblem[] {
  const nodes = nodesOf(lab).map(({ path }) => formatPath(path));
  return problems.filter(({ path }) => !nodes.includes(path));
}

function kindsOf(wires: readonly AddressedWire[]): Record<string, WireKind> {
  return Object.fromEntries(wires.map(({ name, kind }) => [name, kind]));
}
