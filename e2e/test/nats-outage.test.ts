import { type NatsServer, startNatsServer } from '@strata/conformance';
import { Host } from '../support/host.ts';
import { killAllStarted } from '../support/process.ts';
import {
  freePort,
  freshNamespace,
  LAYERS,
  launchService,
  SERVER,
  startServices,
  writeConfig,
} from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

afterAll(killAllStarted);

const OCTETS = 200 * 1024 * 1024;

describe('services and a NATS server that stops and starts', () => {
  let nats: NatsServer | undefined;

  afterEach(async () => {
    await nats?.stop();
    nats = undefined;
  });

  it('services that start before it wait for it', async () => {
    const port = await freePort();
    const netns = freshNamespace();
    const config = writeConfig({ consolePort: await freePort() });
    const services = LAYERS.map((layer) =>
      launchService(
        layer,
        `nats://127.0.0.1:${port}`,
        config,
        layer === 'link' ? ['--netns', netns] : [],
      ),
    );
    for (const service of services) await service.saysWithin('waiting for NATS');
    expect(services.map((service) => service.stdout).join('')).not.toContain('ready');
    nats = await startNatsServer({ port });
    for (const service of services) await service.saysWithin('ready', 30_000);
    const host = new Host(netns);
    await host.run('curl', ['-sS', '--fail', '-o', '/dev/null', `http://${SERVER}/`]);
    for (const service of services) expect(await service.stop()).toBe(0);
  }, 90_000);

  it('a download survives its restart', async () => {
    const server = await startNatsServer();
    nats = server;
    const stack = await startServices(server.url);
    const host = new Host(stack.netns);
    const download = host.launch('curl', 'bash', [
      '-c',
      `curl -sS --fail http://${SERVER}/bytes/${OCTETS} | tee >(sha256sum >&2) | wc -c`,
    ]);
    const received = async () => {
      const { stdout } = await host.run('ss', ['-tniH', 'dport', '=', ':80']);
      return Number(/bytes_received:(\d+)/.exec(stdout)?.[1] ?? 0);
    };
    await waitFor('the download is under way', async () => (await received()) > 5_000_000);
    const before = await received();
    await server.restart();
    expect(before).toBeLessThan(OCTETS);
    await waitFor('the download ends', () => download.exitCode !== undefined, 120_000);
    expect({ code: download.exitCode, octets: download.stdout.trim() }).toEqual({
      code: 0,
      octets: String(OCTETS),
    });
    await stack.stop();
  }, 180_000);
});
