import { fileURLToPath } from 'node:url';

/** What every package's tests share: TypeScript sources, run as ES modules, without a build. */
export default {
  testMatch: ['**/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@strata/source', 'node', 'node-addons'] },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  reporters: [
    'default',
    fileURLToPath(new URL('tools/totals-reporter.mjs', import.meta.url)),
    fileURLToPath(new URL('tools/results-reporter.mjs', import.meta.url)),
  ],
};
