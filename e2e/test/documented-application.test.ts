import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type NatsServer, startNatsServer } from '@strata/conformance';
import { Host } from '../support/host.ts';
import { killAllStarted, LongRunning } from '../support/process.ts';
import { type RunningStack, SERVER, startServices } from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Sends a RST when it is connected. */
const RESETTER = `
  import { connect } from 'node:net';
  const socket = connect(9000, '${SERVER}', () => socket.resetAndDestroy());
`;

/** The only program on the page, as a reader copies it. */
function documentedApplication(): string {
  const page = readFileSync(`${ROOT}/docs/running.md`, 'utf8');
  const blocks = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1]!);
  expect(blocks).toHaveLength(1);
  return blocks[0]!;
}

afterAll(killAllStarted);

describe('The application in docs/running.md', () => {
  let nats: NatsServer;
  let stack: RunningStack;
  let host: Host;
  let application: LongRunning;

  beforeAll(async () => {
    nats = await startNatsServer();
    stack = await startServices(nats.url);
    host = new Host(stack.netns);
    const command = [process.execPath, '--input-type=module', '--eval', documentedApplication()];
    const variable = `STRATA_NATS=${nats.url}`;
    // The folder says where its imports are found.
    application = new LongRunning('my-app.mjs', 'env', [variable, ...command], { cwd: ROOT });
    await application.saysWithin('listening on port 9000');
  }, 60_000);

  afterAll(async () => {
    await application?.stop();
    await stack?.stop();
    await nats?.stop();
  }, 60_000);

  it('echoes', async () => {
    const { stdout } = await host.shell(`printf hello | nc -N ${SERVER} 9000`);
    expect(stdout).toBe('hello');
  });

  it('reports a RST of the peer in one line, and continues', async () => {
    await host.node(RESETTER, []);
    await waitFor('the application tells of it', () => application.stderr.includes('ECONNRESET'));
    const { stdout } = await host.shell(`printf again | nc -N ${SERVER} 9000`);
    expect(stdout).toBe('again');
    expect(application.stderr).toMatch(
      /^192\.0\.2\.1:\d+: read ECONNRESET \(the peer sent RST\)\n$/,
    );
  });
});
