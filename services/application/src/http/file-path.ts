import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * The path of the file that a URL's path names below `folder`, and the path of the folder; symbolic
 * links are followed in both. Undefined if there is no such file, if it is outside the folder, if
 * the URL is malformed, or if it names a hidden part (`..`, `.git`).
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

/** Whether `path` is `root` or below it. Symbolic links must be resolved in both. */
export function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/**
 * The decoded parts of the path. Undefined if a part is hidden, malformed, or contains a separator.
 */
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
