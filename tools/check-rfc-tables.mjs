#!/usr/bin/env node
/**
 * node tools/check-rfc-tables.mjs [ROOT]
 *
 * Refuses rows of docs/rfc9293.md and docs/rfc/*.md that are missing, doubled, without a verdict,
 * or met by a test that does not exist or did not pass when the tests ran last (`npm test` writes
 * that down by tools/results-reporter.mjs). Prints a line for each document and one for each
 * refusal, `file:line: what was found and what to do`. Exits 0 if nothing is refused, 1 if
 * something is.
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
