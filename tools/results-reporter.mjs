import { writeResults } from './rfc-tables/results.mjs';

/**
 * A jest reporter: writes down which tests of a file passed, one JSON file for each test file, so
 * that tools/check-rfc-tables.mjs can tell whether the tests that the documents name did run.
 */
export default class ResultsReporter {
  onTestResult(test, { testResults }) {
    writeResults(
      test.path,
      testResults.map(({ ancestorTitles, title, status }) => ({ ancestorTitles, title, status })),
    );
  }
}
