import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { hint } from '@strata/runtime/names';
import { CliError } from '../failure.ts';
import { LABS } from '../labs-folder.ts';

const LAB_FILE = 'lab.yaml';

/** The names of the ready labs. */
export function readyLabs(): string[] {
  if (!existsSync(LABS)) return [];
  return readdirSync(LABS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(LABS, entry.name, LAB_FILE)))
    .map(({ name }) => name)
    .sort();
}

/** The file of a ready lab. */
export function readyLabFile(name: string): string {
  return join(LABS, name, LAB_FILE);
}

/** Whether the argument is the path of a file; else it is the name of a ready lab. */
function isPath(fileOrName: string): boolean {
  return /[/\\]|\.ya?ml$/.test(fileOrName) || existsSync(fileOrName);
}

/** The lab file that a command's argument means. Throws CliError if it is no lab's name. */
export function findLab(fileOrName: string): string {
  if (isPath(fileOrName) && !existsSync(join(fileOrName, LAB_FILE))) return fileOrName;
  if (isPath(fileOrName)) return join(fileOrName, LAB_FILE);
  const names = readyLabs();
  if (names.includes(fileOrName)) return readyLabFile(fileOrName);
  const there = `there is: ${names.join(', ')}${hint(fileOrName, names)}`;
  throw new CliError(`there is no lab ${fileOrName}, and no such file; ${there}`);
}
