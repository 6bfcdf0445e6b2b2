#!/usr/bin/env node
/**
 * node tools/check-proto-breaking.mjs [--update] [ROOT]
 *
 * Compares proto/strata/v1/*.proto with the committed proto/strata/v1/baseline.json and refuses
 * what would break those who speak the contract as it was: a field, message, enum or value that is
 * gone (a field may go if `reserved` keeps its number and name), has another number, name or type,
 * or a reservation that is lifted. What is new is no break, but must be taken into the baseline:
 * --update does so, unless there is a break. Prints one line for each refusal. Exits 0 if there is
 * none, 1 if there is.
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
  console.error(`check-proto: ${breaks.length} breaking changes: add fields instead, and reserve`);
  process.exitCode = 1;
} else if (baseline === text) {
  console.log('check-proto: the contract is as in its baseline');
} else if (update) {
  writeFileSync(path, text);
  console.log('check-proto: took what is new into the baseline');
} else {
  console.error('check-proto: what is new is not in the baseline: npm run check:proto -- --update');
  process.exitCode = 1;
}
