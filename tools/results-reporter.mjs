import { writeResults } from './rfc-tables/results.mjs';

/**
 * A jest reporter. It records which tests passed, in one JSON file for each test file.
 * tools/check-rfc-tables.mjs reads them to check that the tests named in the documents ran.
 */
export default class ResultsReporter {
  onTestResult(test, { testResults }) {
    writeResults(
      test.path,
      testResults.map(({ ancestorTitles, title, status }) => ({ ancestorTitles, title, status })),
    );
  }
}
