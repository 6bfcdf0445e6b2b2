#!/usr/bin/env node
/**
 * node tools/check-links.mjs [ROOT]
 *
 * Refuses links in Markdown to a missing file or heading, and names of functions that are not in
 * the file linked beside them (tools/links). Prints one line for each refusal, `file:line: what`.
 * Exits 0 if there is none, 1 if there is any.
 */
import { fileURLToPath } from 'node:url';
import { checkLinks } from './links/check.mjs';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const { pages, refusals } = checkLinks(root);
for (const { file, line, what } of refusals) console.error(`${file}:${line}: ${what}`);
console.log(`check-links: ${pages} pages, ${refusals.length} refused`);
process.exitCode = refusals.length > 0 ? 1 : 0;
