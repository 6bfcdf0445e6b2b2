import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const repoRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * The file for the results of a test file. It is below node_modules, so that no commit and no build
 * contains it.
 */
function resultsFile(root, testFile) {
  return join(root, 'node_modules/.cache/strata/test-results', `${testFile}.json`);
}

/**
 * @typedef {{ ancestorTitles: string[], title: string, status: string }} TestResult `status` as
 * jest has it
 */

/**
 * Records the results of a file's tests. They replace the results of an earlier run.
 *
 * @param {string} path  the test file, absolute
 * @param {TestResult[]} results
 */
export function writeResults(path, results, root = repoRoot) {
  const file = resultsFile(root, relative(root, path));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(results));
}

/**
 * The results of a file's tests in their last run. `never`: they did not run. `outdated`: the file
 * has changed since.
 *
 * @param {string} testFile  relative to the root
 * @returns {TestResult[] | 'never' | 'outdated'}
 */
export function readResults(root, testFile) {
  const file = resultsFile(root, testFile);
  let text;
  try {
    if (statSync(file).mtimeMs < statSync(join(root, testFile)).mtimeMs) return 'outdated';
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return 'never';
    throw error;
  }
  return JSON.parse(text);
}
