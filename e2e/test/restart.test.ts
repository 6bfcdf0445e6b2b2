import { type NatsServer, startNatsServer } from '@strata/conformance';
import { run } from '../support/command.ts';
import { Host } from '../support/host.ts';
import { killAllStarted, type LongRunning } from '../support/process.ts';
import { STEADY_ECHO, UDP_ECHO_UNTIL } from '../support/scripts.ts';
import {
  freshNamespace,
  LAYERS,
  type Layer,
  type RunningServices,
  SERVER,
  startServices,
} from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

afterAll(killAllStarted);

/**
 * Two seconds are typical, most of them the start of the process. Other work on the machine may
 * make it more.
 */
const DEADLINE_MS = 10_000;

async function curlWorks(host: Host): Promise<boolean> {
  const args = ['-sS', '--fail', '-m', '1', '-o', '/dev/null', `http://${SERVER}/`];
  return (await host.run('curl', args, { check: false })).code === 0;
}

/** A datagram is echoed. */
async function udpWorks(host: Host): Promise<void> {
  await host.node(UDP_ECHO_UNTIL, [SERVER], { timeoutMs: DEADLINE_MS });
}

async function waitForEcho(host: Host): Promise<void> {
  const isOpen = async () =>
    (await host.run('nc', ['-z', '-w', '1', SERVER, '7'], { check: false })).code === 0;
  await waitFor('the echo port is open', isOpen, DEADLINE_MS);
}

/** A client of the echo service that is connected. */
async function startEcho(host: Host): Promise<LongRunning> {
  const script = ['--input-type=module', '-e', STEADY_ECHO, SERVER];
  const client = host.launch('a client', process.execPath, script);
  await client.saysWithin('open');
  return client;
}

/** What the clients have got, octets, as their kernel counts. */
async function received(host: Host): Promise<number> {
  const { stdout } = await host.run('ss', ['-tniH', 'state', 'established', 'dport', '=', ':7']);
  return Number(/bytes_received:(\d+)/.exec(stdout)?.[1] ?? 0);
}

/** The only client that is connected still gets its echo. */
async function expectEcho(host: Host, client: LongRunning): Promise<void> {
  const before = await received(host);
  await waitFor('more is echoed', async () => (await received(host)) > before + 5, DEADLINE_MS);
  expect(client.stdout).toBe('open\n');
}

describe('a layer that restarts, over NATS', () => {
  const netns = freshNamespace();
  const host = new Host(netns);
  const measured: string[] = [];
  let nats: NatsServer;
  let stack: RunningServices;

  beforeAll(async () => {
    // Of the test, so that it stays when link goes.
    await run('ip', ['netns', 'add', netns]);
    nats = await startNatsServer();
    stack = await startServices(nats.url, {}, netns);
  }, 60_000);

  afterAll(async () => {
    await stack?.stop();
    await nats?.stop();
    await run('ip', ['netns', 'delete', netns]);
    process.stderr.write(`${measured.join('\n')}\n`);
  }, 60_000);

  const cases = LAYERS.flatMap((layer) =>
    (['SIGTERM', 'SIGKILL'] as const).map((signal): [Layer, NodeJS.Signals] => [layer, signal]),
  );

  it.each(cases)(
    '%s, after %s: soon serves new connections and datagrams',
    async (layer, signal) => {
      await waitFor('curl works', () => curlWorks(host), DEADLINE_MS);
      await udpWorks(host);
      await stack.layer(layer).stop(signal);
      const startMs = performance.now();
      const after = () => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
      const fresh = stack.launch(layer);
      const http = waitFor('curl works again', () => curlWorks(host), DEADLINE_MS).then(after);
      const udp = udpWorks(host).then(after);
      const ready = fresh.saysWithin('ready', DEADLINE_MS).then(after);
      measured.push(
        `${layer} ${signal}: ready ${await ready}, curl ${await http}, UDP echo ${await udp}`,
      );
    },
    60_000,
  );

  it.each(['transport', 'application'] as const)(
    '%s, after SIGKILL: an earlier connection is reset when the peer sends',
    async (layer) => {
      await waitForEcho(host);
      const client = await startEcho(host);
      await stack.layer(layer).stop('SIGKILL');
      const fresh = stack.launch(layer);
      await client.saysWithin('ECONNRESET', DEADLINE_MS);
      await fresh.saysWithin('ready', DEADLINE_MS);
    },
    60_000,
  );

  it.each(['transport', 'application'] as const)(
    '%s, stopped for some seconds, loses no connection',
    async (layer) => {
      await waitForEcho(host);
      const client = await startEcho(host);
      const { child } = stack.layer(layer);
      child.kill('SIGSTOP');
      const second = layer === 'application' ? stack.launch('application') : undefined;
      // It takes a while until the one that is stopped gives way: a port is all that it loses.
      await second?.saysWithin('echo on UDP port 7 is open', DEADLINE_MS);
      // Passes the time: more than any heartbeat, less than the minute of silence.
      await host.run('ping', ['-c', '6', SERVER]);
      child.kill('SIGCONT');
      await expectEcho(host, client);
      await client.stop('SIGKILL');
      await second?.stop();
    },
    60_000,
  );
});

describe('two application services', () => {
  it('the connections of one that restarts are reset, those of the other stay', async () => {
    const nats = await startNatsServer();
    const stack = await startServices(nats.url);
    const host = new Host(stack.netns);
    const first = stack.layer('application');
    const second = stack.launch('application');
    await second.saysWithin('ready', DEADLINE_MS);
    // Connections go round.
    const clients = [await startEcho(host), await startEcho(host)];
    await first.stop('SIGKILL');
    const third = stack.launch('application');
    const isReset = (client: LongRunning) => client.stdout.includes('ECONNRESET');
    await waitFor('one of the two is reset', () => clients.some(isReset), DEADLINE_MS);
    await third.saysWithin('ready', DEADLINE_MS);
    const left = clients.filter((client) => !isReset(client));
    expect(left).toHaveLength(1);
    await expectEcho(host, left[0]!);
    await left[0]!.stop('SIGKILL');
    await second.stop();
    await stack.stop();
    await nats.stop();
  }, 60_000);
});
