/**
 * The topology of `strata up` where no file says otherwise: a server at 192.0.2.2, a client at 192.0.2.3 for the tools and the port
 * forward, both on one virtual wire, and the host at 192.0.2.1 on it where a TAP can be opened.
 */
export const DEFAULT_WIRES = {
  lan: { tap: { address: '192.0.2.1/24', required: false } },
};

const stack = (address: string) => ({
  interfaces: [{ name: 'eth0', wire: 'lan', addresses: [address] }],
  routes: [{ to: 'default', via: '192.0.2.1' }],
});

export const DEFAULT_STACKS = {
  server: { ...stack('192.0.2.2/24'), applications: { echo: {}, messages: {}, http: {} } },
  client: stack('192.0.2.3/24'),
};

export const DEFAULT_FORWARDS = [{ listen: '127.0.0.1:8080', stack: 'client', to: '192.0.2.2:80' }];
