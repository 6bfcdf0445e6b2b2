/** The default config file, in the working directory. */
export const DEFAULT_CONFIG_FILE = 'strata.yaml';

/**
 * The topology of `strata up` without a file: a server at 192.0.2.2, and a client at 192.0.2.3 for
 * the tools and the port forward. Both are on one virtual wire. If a TAP can be opened, the host is
 * on it too, at 192.0.2.1.
 */
export const DEFAULT_WIRES = {
  lan: { tap: { address: '192.0.2.1/24', required: false } },
};

const stack = (address: string) => ({
  interfaces: [{ name: 'eth0', wire: 'lan', addresses: [address] }],
  routes: [{ to: 'default', via: '192.0.2.1' }],
});

export const DEFAULT_STACKS = {
  server: {
    ...stack('192.0.2.2/24'),
    applications: {
      echo: {},
      discard: {},
      chargen: {},
      daytime: {},
      time: {},
      messages: {},
      http: {},
    },
  },
  client: stack('192.0.2.3/24'),
};

export const DEFAULT_FORWARDS = [{ listen: '127.0.0.1:8080', stack: 'client', to: '192.0.2.2:80' }];
