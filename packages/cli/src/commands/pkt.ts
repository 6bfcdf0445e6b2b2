import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ScriptResult } from '@strata/conformance/packetdrill';
import { readText } from '@strata/runtime/names';
import type { Command } from 'commander';
import { CliError } from '../failure.ts';
import { Output } from '../trace/output.ts';

interface PktOptions {
  readonly json?: boolean;
}

export function addPkt(program: Command): void {
  program
    .command('pkt')
    .description(
      "run scripts in packetdrill's language against transport, in virtual time; exit status 0 if all pass",
    )
    .argument('<file...>', 'scripts, or folders of scripts (*.pkt)')
    .option('--json', 'print a JSON object per script, and a summary object at the end')
    .action(async (paths: readonly string[], { json = false }: PktOptions) => {
      const files = paths.flatMap(scriptsAt);
      if (files.length === 0)
        throw new CliError(`there are no scripts (*.pkt) in ${paths.join(', ')}`);
      if (!(await runScripts(files, json))) process.exitCode = 1;
    });
}

/** The script at a path, or all below it, by name. */
function scriptsAt(path: string): string[] {
  if (!existsSync(path)) throw new CliError(`${path} is not there`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .map((name) => join(path, name))
    .filter(isScriptOrFolder)
    .flatMap(scriptsAt);
}

/**
 * Whether to run or enter a path found in a folder. A FIFO would block the read, and a symbolic
 * link may be broken.
 */
function isScriptOrFolder(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && (stat.isDirectory() || (stat.isFile() && path.endsWith('.pkt')));
}

/** Runs the scripts and prints the results. Resolves to true if all passed. */
async function runScripts(files: readonly string[], json: boolean): Promise<boolean> {
  // Imported here only, because no other command needs the runner.
  const runner = await import('@strata/conformance/packetdrill');
  const output = Output.standard();
  const results: ScriptResult[] = [];
  for (const file of files) {
    const result = runner.runScript(file, readScript(file), { readText: near(file) });
    results.push(result);
    const lines = json ? [JSON.stringify(result)] : runner.resultLines(result);
    output.write(`${lines.join('\n')}\n`);
  }
  const summary = runner.summarize(results);
  if (json) output.write(`${JSON.stringify(summary)}\n`);
  else output.write(`${[...runner.noteLines(results), runner.summaryLine(summary)].join('\n')}\n`);
  await output.close();
  return summary.passed === results.length;
}

function readScript(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    throw new CliError(`cannot read ${path}: ${(error as Error).message}`);
  }
}

/** Reads the files that a script names; the paths are relative to the script's folder. */
function near(file: string): (path: string) => string | undefined {
  return (path) => {
    const full = resolve(dirname(file), path);
    return existsSync(full) && statSync(full).isFile() ? readText(full) : undefined;
  };
}
