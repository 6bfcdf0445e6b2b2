#!/usr/bin/env node
/**
 * node tools/run-example.mjs [--check] FILE
 *
 * Runs the example of a README (its `ts` block) and prints its output. With --check: compares the
 * output with the `text` block after it, and exits 1 if they differ.
 */
import { readFileSync } from 'node:fs';
import { readExample } from './examples/read.mjs';
import { runProgram } from './examples/run.mjs';

const [file, ...others] = process.argv.slice(2).filter((argument) => argument !== '--check');
if (file === undefined || others.length > 0) {
  console.error('usage: node tools/run-example.mjs [--check] FILE');
  process.exit(2);
}
const { code, prints } = readExample(readFileSync(file, 'utf8'));
const { status, stdout, stderr } = await runProgram(code);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status ?? 1;
if (process.argv.includes('--check') && stdout !== prints) {
  console.error(`${file}: expected it to print\n${prints}`);
  process.exitCode = 1;
}
