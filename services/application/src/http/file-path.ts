import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

/**
 * The path of a file below `folder` that an URL's path names, with symbolic links followed. Undefined where there is
 * none, where it would lead out of the folder, and where the URL is malformed or names hidden parts (`..`, `.git`).
 */
export async function findFile(folder: string, urlPath: string): Promise<string | undefined> {
  const parts = decodeParts(urlPath);
  if (parts === undefined) return undefined;
  try {
    const root = await realpath(folder);
    const found = await realpath(join(root, ...parts));
    return found === root || found.startsWith(root.endsWith(sep) ? root : root + sep)
      ? found
      : undefined;
  } catch {
    return undefined;
  }
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
