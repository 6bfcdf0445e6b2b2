import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigProblem } from '../error.ts';
import { formatPath, show } from '../problems/words.ts';
import type { Config } from '../schema.ts';

/**
 * Problems of the folders (`files`) of the stacks for which `isHere` is true: folders that cannot
 * be read on this machine. This check is separate from the others, because only the application's
 * service needs the folders.
 */
export function checkFolders(config: Config, isHere: (stack: string) => boolean): ConfigProblem[] {
  return Object.entries(config.stacks).flatMap(([stack, { applications }]) => {
    const folder = applications.http?.files;
    if (folder === undefined || !isHere(stack)) return [];
    const why = whyNoFolder(folder);
    const path = formatPath(['stacks', stack, 'applications', 'http', 'files']);
    const where = resolve(folder) === folder ? '' : `, looked for at ${resolve(folder)}`;
    const wanted = 'should be the path of a folder that can be read';
    return why === undefined
      ? []
      : [{ path, message: `${show(folder)} ${why}${where}: ${wanted}` }];
  });
}

function whyNoFolder(folder: string): string | undefined {
  try {
    if (!statSync(folder).isDirectory()) return 'is not a folder';
    accessSync(folder, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
    return code === 'EACCES' ? 'may not be read' : `cannot be read (${code})`;
  }
}
