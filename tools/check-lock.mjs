#!/usr/bin/env node
/**
 * node tools/check-lock.mjs [--against FILE] [ROOT]
 *
 * Refuses a package-lock.json that does not agree with the package.json files, that is not complete
 * for all platforms, or whose versions do not fit together (`npm ls`). With --against FILE it also
 * refuses a change of version or integrity since that lock. Prints one line for each refusal,
 * `entry: what was found`. Exits 0 if there is none, 1 if there is any.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkLock, compareLocks, readLock } from './lock/check.mjs';

const { values, positionals } = parseArgs({
  options: { against: { type: 'string' } },
  allowPositionals: true,
});
const root = positionals[0] ?? fileURLToPath(new URL('..', import.meta.url));
const refusals = checkLock(root);
if (values.against)
  refusals.push(...compareLocks(JSON.parse(readFileSync(values.against, 'utf8')), readLock(root)));
for (const { entry, what } of refusals) console.error(`${entry || 'package.json'}: ${what}`);

const ls = spawnSync('npm', ['ls', '--all', '--package-lock-only', '--loglevel=error'], {
  cwd: root,
  encoding: 'utf8',
});
if (ls.status !== 0) console.error(ls.stderr || ls.stdout || `npm ls: ${ls.error}`);

console.log(`check-lock: ${refusals.length + (ls.status === 0 ? 0 : 1)} refused`);
if (refusals.length > 0)
  console.error(
    '    run `npm install` where the registry serves all platforms, and commit the lock',
  );
process.exitCode = refusals.length > 0 || ls.status !== 0 ? 1 : 0;
