import base from '../jest.base.mjs';

/**
 * Against real peers: they need root, /dev/net/tun, nats-server, tshark and the rest that .ci/run
 * installs.
 */
export default { ...base, testTimeout: 60_000, globalSetup: './support/require-peers.ts' };
