import { run } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { killAllStarted } from '../support/process.ts';
import { STEADY_ECHO } from '../support/scripts.ts';
import { freshNamespace, type RunningStack, SERVER, startOneProcess } from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

afterAll(killAllStarted);

interface ShownSocket {
  readonly protocol: string;
  readonly state: string;
}

/** States of the server stack's TCP connections that are not over. */
async function connectionsOf({ api }: RunningStack): Promise<string[]> {
  const answer = await fetch(`${api}/api/sockets?stack=server`);
  const { server } = (await answer.json()) as { server: ShownSocket[] };
  return server
    .filter(({ protocol, state }) => protocol === 'tcp' && !['LISTEN', 'TIME-WAIT'].includes(state))
    .map(({ state }) => state);
}

async function waitForNone(stack: RunningStack): Promise<void> {
  await waitFor(
    'the stack has no connection',
    async () => (await connectionsOf(stack)).length === 0,
  );
}

/** A Linux program that talks to the stack without end. */
function launchEcho(host: Host) {
  const script = ['--input-type=module', '-e', STEADY_ECHO, SERVER];
  return host.launch('a client', process.execPath, script);
}

async function page(host: Host): Promise<string> {
  const { stdout } = await host.run('curl', ['-sS', '-m', '10', `http://${SERVER}/`]);
  return stdout;
}

describe('a connection with Linux that ends early (T23)', () => {
  let stack: RunningStack;
  let host: Host;

  beforeAll(async () => {
    stack = await startOneProcess();
    host = new Host(stack.netns);
  }, 60_000);

  afterAll(async () => {
    await stack?.stop();
  }, 60_000);

  it('is closed by FIN or RST when the peer’s process is killed, and leaves nothing behind', async () => {
    const client = launchEcho(host);
    await client.saysWithin('open');
    expect(await connectionsOf(stack)).toEqual(['ESTABLISHED']);
    await client.stop('SIGKILL');
    await waitForNone(stack);
  });

  it('is reset when the peer’s process is killed during a download, and leaves nothing behind', async () => {
    const url = `http://${SERVER}/bytes/9000000000000`;
    const client = host.launch('curl', 'curl', ['-sS', '-o', '/dev/null', url]);
    await waitFor('it runs', async () => (await connectionsOf(stack)).length === 1);
    process.kill(-client.pid, 'SIGKILL');
    await waitForNone(stack);
  });

  it('times out when the wire is cut, and later connections work', async () => {
    const body = JSON.stringify({ 'net.ipv4.tcp_retries2': 3 });
    const headers = { 'content-type': 'application/json' };
    const url = `${stack.api}/api/sysctl?stack=server`;
    const put = await fetch(url, { method: 'PUT', body, headers });
    expect(put.status).toBe(200);
    const client = launchEcho(host);
    await client.saysWithin('open');
    const endless = `http://${SERVER}/bytes/9000000000000`;
    const download = host.launch('curl', 'curl', ['-sS', '-o', '/dev/null', endless]);
    await waitFor('both are there', async () => (await connectionsOf(stack)).length === 2);
    await host.run('ip', ['link', 'set', 'strata0', 'down']);
    // The download is in the middle of sending: it is given up. Echo may have had nothing under
    // way, and not notice.
    await waitFor(
      'the download is given up',
      async () => (await connectionsOf(stack)).length <= 1,
      30_000,
    );
    await host.run('ip', ['link', 'set', 'strata0', 'up']);
    await download.stop('SIGKILL');
    await client.stop('SIGKILL');
    await waitForNone(stack);
    expect(await page(host)).toContain('192.0.2.1');
  }, 60_000);
});

describe('a stack that is killed (T23)', () => {
  const netns = freshNamespace();

  beforeAll(async () => {
    await run('ip', ['netns', 'add', netns]);
  });

  afterAll(async () => {
    await run('ip', ['netns', 'delete', netns]);
  });

  it('resets after its restart what Linux still holds open, and accepts new connections', async () => {
    const host = new Host(netns);
    const first = await startOneProcess({}, netns);
    const client = launchEcho(host);
    await client.saysWithin('open');
    for (const one of first.processes) await one.stop('SIGKILL');
    const second = await startOneProcess({}, netns);
    await client.saysWithin('ECONNRESET', 30_000);
    expect(await page(host)).toContain('192.0.2.1');
    await second.stop();
  }, 90_000);
});
