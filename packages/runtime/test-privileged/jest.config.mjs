import base from '../../../jest.base.mjs';

/**
 * Tests against the kernel. They need root and /dev/net/tun, and fail with a message without them.
 */
export default {
  ...base,
  rootDir: '..',
  testMatch: ['**/test-privileged/**/*.test.ts'],
  testTimeout: 30_000,
};
