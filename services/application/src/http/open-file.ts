import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { findFile, isWithin } from './file-path.ts';

/** An open file or folder. The receiver closes it. */
export interface OpenedFile {
  /** Use it only for the name: by now the path may name another file. */
  readonly path: string;
  readonly handle: FileHandle;
  readonly stat: Stats;
}

/**
 * Opens the file or folder that a URL's path names below `folder`. Undefined if {@link findFile}
 * finds nothing, if it finds neither a file nor a folder, or if it cannot be read.
 */
export async function openBelow(folder: string, urlPath: string): Promise<OpenedFile | undefined> {
  const found = await findFile(folder, urlPath);
  if (found === undefined) return undefined;
  const { root, path } = found;
  try {
    // Opening a device may have side effects.
    if (!isServed(await lstat(path))) return undefined;
  } catch {
    return undefined;
  }
  const opened = await openServed(path);
  return (
    opened &&
    closeUnless(opened, async () => {
      return isWithin(root, await readlink(descriptorPath(opened.handle)));
    })
  );
}

/**
 * Opens a file or a folder; undefined for anything else. The check is on the open descriptor,
 * because the name may refer to something else by now. Without O_NONBLOCK a FIFO without a writer
 * would block a thread of Node's pool for ever.
 */
export async function openServed(path: string): Promise<OpenedFile | undefined> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY } = constants;
  let handle: FileHandle;
  try {
    handle = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
  } catch {
    return undefined;
  }
  const stat = await handle.stat();
  return closeUnless({ path, handle, stat }, async () => isServed(stat));
}

/** Returns `opened` if `check` resolves to true; else closes it. */
async function closeUnless(
  opened: OpenedFile,
  check: () => Promise<boolean>,
): Promise<OpenedFile | undefined> {
  let isGood = false;
  try {
    isGood = await check();
  } finally {
    if (!isGood) await opened.handle.close();
  }
  return isGood ? opened : undefined;
}

/** A path to the open file itself, whatever its name refers to by now. */
export function descriptorPath({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}

function isServed(stat: Stats): boolean {
  return stat.isFile() || stat.isDirectory();
}
