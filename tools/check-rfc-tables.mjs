#!/usr/bin/env node
/**
 * node tools/check-rfc-tables.mjs [ROOT]
 *
 * Checks docs/rfc9293.md and docs/rfc/*.md. Refuses a row that is missing, appears twice or has no
 * verdict. Refuses a row whose test does not exist or did not pass in the last run. (`npm test`
 * records that with tools/results-reporter.mjs.) Prints one line for each document, and one for
 * each refusal, `file:line: what was found and what to do`. Exits 0 if there is no refusal, 1 if
 * there is any.
 */
import { fileURLToPath } from 'node:url';
import { check } from './rfc-tables/check.mjs';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const { totals, refusals } = check(root);
for (const { file, rows, verdicts } of totals) {
  const counts = Object.entries(verdicts).map(([verdict, count]) => `${count} ${verdict}`);
  console.log(`${file}: ${rows} rows, ${counts.join(', ')}`);
}
for (const { file, line, what } of refusals) console.error(`${file}:${line}: ${what}`);
console.log(`check-rfc-tables: ${totals.length} documents, ${refusals.length} refused`);
process.exitCode = refusals.length > 0 ? 1 : 0;
