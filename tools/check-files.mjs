#!/usr/bin/env node
/**
 * node tools/check-files.mjs [ROOT]
 *
 * Refuses comments that are too wide and folders that are too full (tools/files). Prints one line
 * for each refusal, `file:line: what`. Exits 0 if there is none, 1 if there is any.
 * check-imports.mjs refuses files that are too long.
 */
import { fileURLToPath } from 'node:url';
import { checkFiles } from './files/check.mjs';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const { files, refusals } = checkFiles(root);
for (const { file, line, what } of refusals) console.error(`${file}:${line}: ${what}`);
console.log(`check-files: ${files} files, ${refusals.length} refused`);
process.exitCode = refusals.length > 0 ? 1 : 0;
