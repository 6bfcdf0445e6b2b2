import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOMS } from '../imports/rules.mjs';

/** The npm name of a room's package. */
export const packageName = (room) => `@strata/${room}`;

/**
 * A small repo in a temporary folder, with every room's package.json and the given files.
 *
 * Each room declares every room that its row lets it import.
 *
 * @param {Record<string, string>} files  text by path
 * @returns {{ root: string, remove(): void }}
 */
export function makeRepo(files) {
  const root = mkdtempSync(join(tmpdir(), 'strata-imports-'));
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write(
    'package.json',
    JSON.stringify({ name: 'fixture', devDependencies: { 'fast-check': '*' } }),
  );
  for (const { room, dir, imports, types, late = [] } of ROOMS)
    write(
      join(dir, 'package.json'),
      JSON.stringify({
        name: packageName(room),
        exports: { '.': './dist/index.js', './packetdrill': './dist/packetdrill/index.js' },
        dependencies: Object.fromEntries([
          ...[...imports, ...types].map((to) => [packageName(to), '*']),
          ...late.map((entry) => [entry.split('/', 2).join('/'), '*']),
        ]),
      }),
    );
  for (const [path, text] of Object.entries(files)) write(path, text);
  return { root, remove: () => rmSync(root, { recursive: true }) };
}
