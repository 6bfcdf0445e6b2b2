import base from '../jest.base.mjs';

/** The tools are plain JavaScript: nothing to transform. */
export default { ...base, testMatch: ['**/test/**/*.test.mjs'], transform: {} };
