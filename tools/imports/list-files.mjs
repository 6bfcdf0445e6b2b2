import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SKIPPED_FOLDERS } from './rules.mjs';

/**
 * Every hand-written file below `root`. Hidden folders and those in `SKIPPED_FOLDERS` are skipped.
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
