import { appendFileSync } from 'node:fs';

/**
 * A jest reporter: adds a line `PASSED FAILED SKIPPED` to the file named by STRATA_TEST_TOTALS, if
 * that is set, so that .ci/run can add up what many packages ran. A suite that could not run counts
 * as failed.
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
