import { type NatsServer, startNatsServer } from '@strata/conformance';
import { Host } from '../support/host.ts';
import { killAllStarted, type LongRunning } from '../support/process.ts';
import {
  freePort,
  freshNamespace,
  LAYERS,
  launchService,
  SERVER,
  writeConfig,
} from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

afterAll(killAllStarted);

type Layer = (typeof LAYERS)[number];

interface Health {
  readonly status: number;
  readonly reasons: readonly string[];
}

/** What a service that is up says of itself at the address that its ready line names. */
async function healthOf(service: LongRunning): Promise<Health> {
  const url = /health (http:\S+)/.exec(service.stdout)?.[1];
  const answer = await fetch(url!);
  const { reasons } = (await answer.json()) as { reasons: string[] };
  return { status: answer.status, reasons };
}

const isUpOrOver = (service: LongRunning) =>
  service.stdout.includes('ready') || service.exitCode !== undefined;

describe('a layer that starts twice', () => {
  const netns = freshNamespace();
  const host = new Host(netns);
  const running = new Map<Layer, LongRunning>();
  let nats: NatsServer;
  let config: string;

  /** `otherNetns`: so that no name of a device tells link that it is the second one. */
  function launch(layer: Layer, otherNetns = netns): LongRunning {
    return launchService(layer, nats.url, config, layer === 'link' ? ['--netns', otherNetns] : []);
  }

  /** The page is served: at once, or when the application has found a new transport. */
  async function page(): Promise<void> {
    const args = ['-sS', '--fail', '-m', '20', '-o', '/dev/null', `http://${SERVER}/`];
    const served = async () => (await host.run('curl', args, { check: false })).code === 0;
    await waitFor('the page is served', served, 40_000);
  }

  beforeAll(async () => {
    nats = await startNatsServer();
    config = writeConfig({ consolePort: await freePort() });
    for (const layer of LAYERS) running.set(layer, launch(layer));
    for (const service of running.values()) await service.saysWithin('ready', 30_000);
  }, 60_000);

  afterAll(async () => {
    for (const service of running.values()) await service.stop();
    await nats?.stop();
  }, 60_000);

  it.each(['link', 'network', 'transport'] as const)(
    'refuses to start as a second %s, and names the one that runs',
    async (layer) => {
      const second = launch(layer, freshNamespace());
      await waitFor('it ends', () => second.exitCode !== undefined, 20_000);
      expect(second.exitCode).toBe(1);
      expect(second.stderr).toMatch(
        new RegExp(
          `^strata: ${layer} of stack server runs already \\(pid ${running.get(layer)!.pid} on .*\\n$`,
        ),
      );
      await page();
      expect((await healthOf(running.get(layer)!)).status).toBe(200);
    },
    60_000,
  );

  it('starts as a second application', async () => {
    const second = launch('application');
    await second.saysWithin('health', 30_000);
    expect(await second.stop()).toBe(0);
  }, 60_000);

  it('starts at once after the first one was killed', async () => {
    const first = running.get('transport')!;
    await first.stop('SIGKILL');
    const second = launch('transport');
    running.set('transport', second);
    await second.saysWithin('ready', 20_000);
    expect(second.stderr).not.toContain('runs already');
  }, 60_000);

  it('starts only once when both start at the same moment', async () => {
    await running.get('network')!.stop();
    const both = [launch('network'), launch('network')];
    for (const one of both) await waitFor('it is up or over', () => isUpOrOver(one), 30_000);
    const isWell = async (one: LongRunning) =>
      one.exitCode === undefined && (await healthOf(one)).status === 200;
    const well = async () => {
      const are = await Promise.all(both.map(isWell));
      return both.filter((_, index) => are[index]);
    };
    await waitFor('one is left', async () => (await well()).length === 1, 20_000);
    const [survivor] = await well();
    running.set('network', survivor!);
    await both.find((one) => one !== survivor)!.stop();
    await page();
  }, 90_000);

  it('stops working and is unhealthy if it finds the other one later', async () => {
    const first = running.get('network')!;
    // It does not answer for a while, as where NATS is split.
    process.kill(first.pid, 'SIGSTOP');
    const second = launch('network');
    try {
      await second.saysWithin('ready', 20_000);
      expect((await healthOf(second)).status).toBe(200);
    } finally {
      process.kill(first.pid, 'SIGCONT');
    }
    await waitFor('it finds out', async () => (await healthOf(second)).status === 503, 20_000);
    expect((await healthOf(second)).reasons.join()).toMatch(
      /network: instance: network of stack server runs already .* This one has stopped working/,
    );
    expect((await healthOf(first)).status).toBe(200);
    await page();
    expect(await second.stop()).toBe(0);
  }, 90_000);
});
