import base from '../jest.base.mjs';

export default { ...base, testMatch: ['**/test/**/*.test.mjs'], transform: {} };
