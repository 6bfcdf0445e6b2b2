import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { findFile, isWithin } from './file-path.ts';

/** An open file or folder; who gets it closes it. */
export interface OpenedFile {
  /** For its name's sake: what it names now may be something else. */
  readonly path: string;
  readonly handle: FileHandle;
  readonly stat: Stats;
}

/**
 * Opens what an URL's path names below `folder`; undefined where {@link findFile} finds nothing, where it is neither a file nor a
 * folder, and where it cannot be read.
 */
export async function openBelow(folder: string, urlPath: string): Promise<OpenedFile | undefined> {
  const found = await findFile(folder, urlPath);
  if (found === undefined) return undefined;
  const { root, path } = found;
  try {
    // To open a device can do something.
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
 * Opens a file or a folder, and nothing else: undefined. The open descriptor decides, since the name may have been given to something else
 * meanwhile. Without O_NONBLOCK a FIFO that nobody writes to would keep a thread of Node's pool for ever.
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

/** What is open, where `check` says so; else it is closed again. */
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

/** A path to what is open, whatever its name leads to by now. */
export function descriptorPath({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}

function isServed(stat: Stats): boolean {
  return stat.isFile() || stat.isDirectory();
}
