/** Checks across the fields of a config. */
import type { Check } from './check/context.ts';
import { checkHost } from './check/host.ts';
import { checkStack } from './check/stack.ts';
import { checkWires } from './check/wires.ts';
import type { ConfigProblem } from './error.ts';
import { Faults, type Path, type PathsInFile } from './problems/faults.ts';
import { formatPath } from './problems/words.ts';
import type { Config } from './schema.ts';

/**
 * The problems across the fields of a config; empty if there are none. Each field by itself must be
 * valid. `faults`: the faulty fields of the file, which have been removed from the config.
 */
export function checkConfig(config: Config, faults: PathsInFile = new Faults()): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const say = (path: Path) => formatPath(faults.originalPath(path));
  const check: Check = {
    config,
    refuse: (path, message) => {
      problems.push({ path: say(path), message });
    },
    say,
    isDoubtful: (path) => faults.touch(faults.originalPath(path)),
  };
  const stacks = Object.keys(config.stacks);
  if (stacks.length === 0 && !check.isDoubtful(['stacks'])) {
    check.refuse(['stacks'], '{} should have at least one stack');
  }
  for (const name of stacks) checkStack(check, name);
  checkWires(check);
  checkHost(check);
  return problems;
}
