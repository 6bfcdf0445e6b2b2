import { hint } from '@strata/runtime/names';
import { ConsoleApi } from '../console-api.ts';
import type { Execute } from '../execute.ts';
import { CliError } from '../failure.ts';

/** Runs a strata command on a node of the running lab. Rejects with CliError if it has no such. */
export async function runExec(
  console: URL,
  node: string,
  given: readonly string[],
  execute: Execute,
): Promise<void> {
  const [command = '', ...words] = given[0] === '--' ? given.slice(1) : given;
  const nodes = await new ConsoleApi(console).stacks();
  if (!nodes.includes(node)) {
    const there = `there is: ${nodes.join(', ')}${hint(node, nodes)}`;
    throw new CliError(
      `there is no host or router ${node} in the lab at ${console.origin}; ${there}`,
    );
  }
  await execute([command, '--stack', node, '--api', console.origin, ...words]);
}
