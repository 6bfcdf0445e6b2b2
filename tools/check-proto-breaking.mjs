#!/usr/bin/env node
/**
 * node tools/check-proto-breaking.mjs [--update] [ROOT]
 *
 * Compares proto/strata/v1/*.proto with the committed proto/strata/v1/baseline.json, and refuses
 * changes that break programs with the old contract. Such a change removes a field, message, enum
 * or value, gives it another number, name or type, or removes a reservation. (A field may be
 * removed if `reserved` keeps its number and name.) An addition is not a break, but the baseline
 * must contain it: --update adds it, unless there is a break. Prints one line for each refusal.
 * Exits 0 if there is none, 1 if there is any.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare } from './check-proto/compare.mjs';
import { format, readContract } from './check-proto/read.mjs';

const args = process.argv.slice(2);
const update = args.includes('--update');
const root =
  args.find((arg) => arg !== '--update') ?? fileURLToPath(new URL('..', import.meta.url));
const path = join(root, 'proto/strata/v1/baseline.json');

const contract = await readContract(root);
const text = format(contract);
const baseline = existsSync(path) ? readFileSync(path, 'utf8') : '{}';
const breaks = compare(JSON.parse(baseline), contract);
for (const line of breaks) console.error(line);
if (breaks.length > 0) {
  console.error(
    `check-proto: ${breaks.length} breaking changes: add fields instead, and reserve the old ones`,
  );
  process.exitCode = 1;
} else if (baseline === text) {
  console.log('check-proto: the contract is as in its baseline');
} else if (update) {
  writeFileSync(path, text);
  console.log('check-proto: added the new parts to the baseline');
} else {
  console.error(
    'check-proto: the new parts are not in the baseline: npm run check:proto -- --update',
  );
  process.exitCode = 1;
}
