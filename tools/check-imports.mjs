#!/usr/bin/env node
/**
 * node tools/check-imports.mjs [ROOT]
 *
 * Refuses imports that break the rules of the rooms (tools/imports/rules.mjs), and files that are
 * too long. Prints one line for each refusal, `file:line: rule: what was found`, and below it what
 * to do. Exits 0 if there is none, 1 if there is.
 */
import { fileURLToPath } from 'node:url';
import { check } from './imports/check.mjs';
import { RULES } from './imports/rules.mjs';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const { files, refusals } = check(root);
for (const { file, line, rule, what } of refusals)
  console.error(`${file}:${line}: ${rule}: ${what}\n    ${RULES[rule]}`);
console.log(`check-imports: ${files} files, ${refusals.length} refused`);
process.exitCode = refusals.length > 0 ? 1 : 0;
