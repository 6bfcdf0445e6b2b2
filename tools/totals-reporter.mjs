import { appendFileSync } from 'node:fs';

/**
 * A jest reporter. If STRATA_TEST_TOTALS is set, it adds a line `PASSED FAILED SKIPPED` to the file
 * of that name, so that .ci/run can add up the tests of all packages. A suite that could not run
 * counts as failed.
 */
export default class TotalsReporter {
  onRunComplete(_, results) {
    const file = process.env.STRATA_TEST_TOTALS;
    if (!file) return;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    appendFileSync(file, `${results.numPassedTests} ${failed} ${skipped}\n`);
  }
}
