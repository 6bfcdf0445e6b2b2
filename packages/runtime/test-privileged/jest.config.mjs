import base from '../../../jest.base.mjs';

/** Tests against the kernel: they need root and /dev/net/tun, and say so where they are missing. */
export default {
  ...base,
  rootDir: '..',
  testMatch: ['**/test-privileged/**/*.test.ts'],
  testTimeout: 30_000,
};
