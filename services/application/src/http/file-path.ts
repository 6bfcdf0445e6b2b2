import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * The path of a file below `folder` that an URL's path names, and that of the folder, with symbolic links followed. Undefined where there
 * is none, where it would lead out of the folder, and where the URL is malformed or names hidden parts (`..`, `.git`).
 */
export async function findFile(
  folder: string,
  urlPath: string,
): Promise<{ readonly root: string; readonly path: string } | undefined> {
  const parts = decodeParts(urlPath);
  if (parts === undefined) return undefined;
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, ...parts));
    return isWithin(root, path) ? { root, path } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether `path` is `root` or below it; both with links followed. */
export function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The parts of the path; undefined where one is not plain. */
function decodeParts(urlPath: string): string[] | undefined {
  try {
    const parts = urlPath
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    return parts.some((part) => part.startsWith('.') || /[/\\\0]/.test(part)) ? undefined : parts;
  } catch {
    return undefined;
  }
}
