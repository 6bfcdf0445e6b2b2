import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type NatsServer, startNatsServer } from '@strata/conformance';
import { run } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { killAllStarted, LongRunning } from '../support/process.ts';
import {
  freePort,
  freshNamespace,
  type RunningStack,
  SERVER,
  startOneProcess,
  startServices,
  writeConfig,
} from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

afterAll(killAllStarted);

let nats: NatsServer;

beforeAll(async () => {
  nats = await startNatsServer();
});

afterAll(async () => {
  await nats?.stop();
});

function namespaces(): string[] {
  return existsSync('/run/netns') ? readdirSync('/run/netns') : [];
}

async function rootState(): Promise<string> {
  const links = await run('ip', ['-o', 'link', 'show']);
  const routes = await run('ip', ['route', 'show', 'table', 'all']);
  const names = links.stdout.split('\n').map((line) => line.split(' ')[1]);
  return `${names.join(' ')}\n${routes.stdout}`;
}

const compositions: [string, () => Promise<RunningStack>][] = [
  ['one process', () => startOneProcess()],
  ['four services', () => startServices(nats.url)],
];

describe.each(compositions)('%s', (_name, start) => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s leaves no device, route, namespace or process behind',
    async (signal) => {
      const before = await rootState();
      const stack = await start();
      expect(namespaces()).toContain(stack.netns);
      const host = new Host(stack.netns);
      await host.run('curl', ['-sS', '--fail', '-o', '/dev/null', `http://${SERVER}/`]);
      const codes = await Promise.all(stack.processes.map((process) => process.stop(signal)));
      expect(codes).toEqual(codes.map(() => 0));
      expect(namespaces()).not.toContain(stack.netns);
      expect(await rootState()).toBe(before);
      const { stdout } = await run('ps', ['-eo', 'pid,args']);
      expect(stdout).not.toContain(stack.netns);
    },
    60_000,
  );
});

/** A download that runs and does not end by itself. */
async function startDownload(host: Host): Promise<LongRunning> {
  const url = `http://${SERVER}/bytes/1000000000000`;
  const curl = host.launch('curl', 'curl', ['-s', '-o', '/dev/null', '--max-time', '30', url]);
  const received = () => host.shell("ss -tniH | grep -o 'bytes_received:[0-9]*'", { check: false });
  await waitFor(
    'the transfer runs',
    async () => Number((await received()).stdout.split(':')[1] ?? 0) > 10_000_000,
  );
  return curl;
}

async function expectReset(curl: LongRunning): Promise<void> {
  await waitFor('curl ends', () => curl.exitCode !== undefined, 5000);
  // Received: connection reset.
  expect(curl.exitCode).toBe(56);
}

describe.each(compositions)('%s, in the middle of a transfer', (_name, start) => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s to all services resets the connection before the device disappears',
    async (signal) => {
      const stack = await start();
      const curl = await startDownload(new Host(stack.netns));
      const codes = await Promise.all(stack.processes.map((process) => process.stop(signal)));
      expect(codes).toEqual(codes.map(() => 0));
      await expectReset(curl);
    },
    60_000,
  );
});

describe('four services, in the middle of a transfer', () => {
  it.each(['transport', 'application'] as const)(
    'SIGTERM to %s alone resets the connection',
    async (layer) => {
      const stack = await startServices(nats.url);
      const curl = await startDownload(new Host(stack.netns));
      expect(await stack.layer(layer).stop('SIGTERM')).toBe(0);
      await expectReset(curl);
      await stack.stop();
    },
    60_000,
  );
});

/**
 * What a person types, and what a terminal does at Ctrl-C: the signal goes to the whole group of
 * processes.
 */
describe('npm start', () => {
  async function launch() {
    const consolePort = await freePort();
    const forwardPort = await freePort();
    const netns = freshNamespace();
    const config = writeConfig({ consolePort, forwardPort });
    const npm = new LongRunning(
      'npm start',
      'npm',
      ['start', '--', '--config', config, '--netns', netns],
      { cwd: fileURLToPath(new URL('../..', import.meta.url)) },
    );
    await npm.saysWithin('\nready', 60_000);
    return { npm, netns, consolePort, forwardPort };
  }

  it('forwards a port of 127.0.0.1 through the client stack, and is healthy', async () => {
    const { npm, consolePort, forwardPort } = await launch();
    const page = await fetch(`http://127.0.0.1:${forwardPort}/`);
    expect(page.status).toBe(200);
    // The server's peer is the client stack, not the host.
    expect(await page.text()).toContain('192.0.2.3');
    expect((await fetch(`http://127.0.0.1:${consolePort}/healthz`)).status).toBe(200);
    process.kill(-npm.pid, 'SIGINT');
    await waitFor('npm start ends', () => npm.exitCode !== undefined);
  }, 90_000);

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s to the group leaves nothing behind',
    async (signal) => {
      const before = await rootState();
      const { npm, netns } = await launch();
      process.kill(-npm.pid, signal);
      // npm itself does not wait for what it has started.
      await waitFor('npm start ends, and all that it started', () => npm.isOver);
      expect(namespaces()).not.toContain(netns);
      expect(await rootState()).toBe(before);
      const { stdout } = await run('ps', ['-eo', 'pid,args']);
      expect(stdout).not.toContain(netns);
    },
    90_000,
  );
});

describe('npm run bench', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s to the group leaves nothing behind',
    async (signal) => {
      const before = await rootState();
      const there = new Set(namespaces());
      const npm = new LongRunning('npm run bench', 'npm', ['run', 'bench'], {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
      });
      const made = () => namespaces().filter((name) => !there.has(name));
      const isMeasuring = async () =>
        made().length > 1 && (await run('ip', ['netns', 'pids', made()[0]!])).stdout !== '';
      await waitFor('it measures', isMeasuring, 120_000);
      const names = made();
      process.kill(-npm.pid, signal);
      await waitFor('npm run bench ends, and all that it started', () => npm.isOver, 40_000);
      expect(made()).toEqual([]);
      expect(await rootState()).toBe(before);
      const { stdout } = await run('ps', ['-eo', 'pid,args']);
      for (const name of names) expect(stdout).not.toContain(name);
    },
    180_000,
  );
});
