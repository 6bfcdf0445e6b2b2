import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SKIPPED_FOLDERS } from './rules.mjs';

/**
 * Every file below `root` that people write: without the folders in `SKIPPED_FOLDERS` and hidden
 * ones.
 *
 * @param {string} root
 * @returns {string[]} paths relative to `root`, in order
 */
export function listFiles(root, dir = '') {
  const files = [];
  const entries = readdirSync(join(root, dir), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED_FOLDERS.includes(entry.name)) files.push(...listFiles(root, path));
    } else if (entry.isFile()) {
      files.push(path);
    }
  }
  return files;
}
