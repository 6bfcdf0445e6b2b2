import { Host } from '../support/host.ts';
import { killAllStarted } from '../support/process.ts';
import { type RunningStack, startOneProcess } from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

afterAll(killAllStarted);

describe('Duplicate addresses between Strata and a Linux host (RFC 5227)', () => {
  let stack: RunningStack;
  let host: Host;

  beforeAll(async () => {
    stack = await startOneProcess();
    host = new Host(stack.netns);
  });

  afterAll(() => stack.stop());

  /** arping -D: 0 if nobody has the address, 1 if a station has answered. */
  const probe = (address: string) =>
    host.run('arping', ['-D', '-c', '3', '-w', '4', '-I', 'strata0', address], { check: false });

  async function api(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${stack.api}/api/${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (response.status !== 200) throw new Error(`${method} ${path}: ${answer}`);
    return JSON.parse(answer);
  }

  interface Interface {
    readonly addresses: readonly (string | { readonly address: string })[];
    readonly addressStates?: readonly string[];
  }

  /** The states of the server's addresses; undefined: all are in use. */
  async function states(): Promise<readonly string[] | undefined> {
    const stacks = (await api('GET', 'interfaces?stack=server')) as Record<string, Interface[]>;
    return stacks['server']!.at(-1)!.addressStates;
  }

  it.each(['192.0.2.2', '192.0.2.3'])(
    'arping -D finds %s taken: Strata answers the probe',
    async (address) => {
      const { code, stdout } = await probe(address);
      expect([code, stdout]).toEqual([1, expect.stringMatching(/Received 1 response/)]);
    },
  );

  it('arping -D finds a free address free', async () => {
    expect((await probe('192.0.2.77')).code).toBe(0);
  });

  it('Strata does not use an address that the host has, and uses one that nobody has', async () => {
    const on = 'stack=server&interface=eth0';
    await api('PUT', 'sysctl?stack=server', {
      'net.ipv4.conf.eth0.accept_dad': 1,
      'net.ipv4.conf.eth0.dad_transmits': 1,
    });
    await host.run('ip', ['address', 'add', '192.0.2.88/24', 'dev', 'strata0']);
    await api('POST', `addresses?${on}`, { action: 'add', address: '192.0.2.88/24' });
    await waitFor('192.0.2.88 is a duplicate', async () => (await states())?.[1] === 'duplicate');
    await api('POST', `addresses?${on}`, { action: 'add', address: '192.0.2.89/24' });
    expect((await states())?.[2]).toBe('tentative');
    await waitFor('192.0.2.89 is in use', async () => (await states())?.[2] === 'preferred');
    const pinged = await host.run('ping', ['-c', '1', '-W', '2', '192.0.2.89'], { check: false });
    expect(pinged.code).toBe(0);
    expect((await probe('192.0.2.89')).code).toBe(1);
  });
});
