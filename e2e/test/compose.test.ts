import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  downAll,
  exec,
  type IDockerComposeOptions,
  logs,
  restartAll,
  restartOne,
  stopMany,
  upAll,
  upOne,
} from 'docker-compose';
import { writeBigFile } from '../support/big-file.ts';
import { run } from '../support/command.ts';
import { SERVER } from '../support/stacks.ts';
import { waitFor } from '../support/wait.ts';

const INFRA = fileURLToPath(new URL('../../infra', import.meta.url));
const IMAGE = process.env['STRATA_IMAGE'] ?? 'strata:local';
const UPLOAD_OCTETS = 20 * 1024 * 1024;
/** Node is most of it. */
const MOST_IMAGE_OCTETS = 180e6;

/** Compose 2 is a plug-in of docker; Debian has docker-compose 1.29 beside it. */
async function composeOptions(): Promise<IDockerComposeOptions> {
  const plugin = await run('docker', ['compose', 'version'], { check: false });
  return {
    cwd: INFRA,
    config: 'compose.yaml',
    composeOptions: ['-p', `strata-e2e-${process.pid}`],
    // BuildKit is not on every engine; the Dockerfile does not need it.
    env: { ...process.env, DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0' },
    ...(plugin.code === 0 ? {} : { executable: { standalone: true } }),
  };
}

/** Does `action` again and again until `awaited` is there. */
async function waitWhile<Value>(
  awaited: Promise<Value>,
  action: () => Promise<unknown>,
): Promise<Value> {
  let isOver = false;
  const over = awaited.finally(() => {
    isOver = true;
  });
  while (!isOver) await action();
  return over;
}

describe('docker compose -f infra/compose.yaml up', () => {
  let options: IDockerComposeOptions;
  const folder = mkdtempSync(join(tmpdir(), 'strata-compose-'));

  /** Runs a shell line in the client container; returns what it printed. */
  async function client(line: string): Promise<string> {
    const command = ['sh', '-c', line];
    const { out } = await exec('client', command, options);
    return out;
  }

  /** The engine's name of a service's container. */
  async function containerOf(service: string): Promise<string> {
    const { stdout } = await run('docker', [
      'ps',
      '-aq',
      '--filter',
      `label=com.docker.compose.project=strata-e2e-${process.pid}`,
      '--filter',
      `label=com.docker.compose.service=${service}`,
    ]);
    return stdout.trim();
  }

  async function startedAt(service: string): Promise<string> {
    const container = await containerOf(service);
    const { stdout } = await run('docker', ['inspect', '-f', '{{.State.StartedAt}}', container]);
    return stdout;
  }

  /** Waits until the client gets the page; fails with what the containers have said. */
  async function pageIsServed(timeoutMs: number): Promise<void> {
    const command = `curl -sS -m 2 -o /dev/null -w '%{http_code}' http://${SERVER}/`;
    await waitFor(
      'the page is served',
      async () => (await client(command).catch(() => '')).includes('200'),
      timeoutMs,
    ).catch(async (error: Error) => {
      const { out } = await logs([], options);
      throw new Error(`${error.message}\n${out.slice(-6000)}`);
    });
  }

  beforeAll(async () => {
    options = await composeOptions();
    await upAll({ ...options, commandOptions: ['--build'] });
    await pageIsServed(120_000);
  }, 1_200_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    if (options) await downAll({ ...options, commandOptions: ['-v', '-t', '20'] });
  }, 120_000);

  it('has every container up and healthy', async () => {
    await waitFor(
      'all are healthy',
      async () => {
        const { stdout } = await run('docker', [
          'ps',
          '--filter',
          `label=com.docker.compose.project=strata-e2e-${process.pid}`,
          '--format',
          '{{.Label "com.docker.compose.service"}} {{.Status}}',
        ]);
        const healthy = stdout.split('\n').filter((line) => line.includes('(healthy)'));
        const names = healthy.map((line) => line.split(' ')[0]).sort();
        return names.join(' ') === 'application client link nats network transport';
      },
      60_000,
    );
  }, 90_000);

  it('answers ping, also in fragments', async () => {
    expect(await client(`ping -c 5 -i 0.2 ${SERVER}`)).toContain('5 received, 0% packet loss');
    expect(await client(`ping -c 3 -i 0.2 -s 8000 ${SERVER}`)).toContain('3 received, 0% packet');
  });

  it('sends 100 MB without errors', async () => {
    const octets = 100 * 1024 * 1024;
    const got = await client(`curl -sS --fail http://${SERVER}/bytes/${octets} | wc -c`);
    expect(got.trim()).toBe(String(octets));
  }, 120_000);

  it('receives 20 MB without errors', async () => {
    const hash = writeBigFile(join(folder, 'file.bin'), UPLOAD_OCTETS, 3);
    const container = await containerOf('client');
    await run('docker', ['cp', join(folder, 'file.bin'), `${container}:/tmp/file.bin`]);
    const got = await client(
      `curl -sS --fail -H Expect: -T /tmp/file.bin -X POST http://${SERVER}/sha256`,
    );
    expect(got).toContain(hash);
  }, 120_000);

  it('echoes over TCP with half-close, and over UDP', async () => {
    expect(await client(`printf hello | nc -N ${SERVER} 7`)).toBe('hello');
    expect(await client(`printf hello | nc -u -w 1 ${SERVER} 7`)).toBe('hello');
  });

  it('refuses a port without a listener', async () => {
    expect(await client(`curl -sS http://${SERVER}:81/ 2>&1; echo code $?`)).toContain('code 7');
  });

  it('finds NATS and the config in each container without options', async () => {
    for (const layer of ['link', 'network', 'transport', 'application']) {
      const { out } = await exec(layer, ['strata', 'ss', '-tl'], options);
      expect(out).toMatch(/^tcp +LISTEN +0 +511 +0\.0\.0\.0:80 /m);
    }
    const traced = exec('transport', ['strata', 'trace', '--count', '1'], options);
    const { out } = await waitWhile(traced, () => client(`ping -c 1 ${SERVER}`));
    expect(out).toMatch(/^[\d:.]+ server /m);
  }, 60_000);

  it.each([
    ['ping -c 1 192.0.2.1', /1 packets transmitted, 1 received, 0% packet loss/],
    ['traceroute -n -q 1 192.0.2.1', /^ 1 {2}192\.0\.2\.1 {2}[\d.]+ ms$/m],
    ['ip route get 192.0.2.1', /^192\.0\.2\.1 dev eth0 src 192\.0\.2\.2/m],
    ['arp -n', /^192\.0\.2\.1 .* eth0$/m],
    ['netstat -tln', /^tcp .* 0\.0\.0\.0:80 /m],
    ['netem show', /^qdisc noqueue dev eth0 out$/m],
    ['curl -s -o /dev/null -w %{http_code} http://192.0.2.2/', /^200$/m],
    ['nc -zv 192.0.2.2 7', /Connection to 192\.0\.2\.2 7 port \[tcp\/\S+\] succeeded!/],
    ['top -b -n 1', /^eth0 +UP /m],
  ])(
    'runs the tools in a container, over NATS: strata %s',
    async (line, expected) => {
      const { out, err } = await exec('application', ['strata', ...line.split(' ')], options);
      expect(out + err).toMatch(expected);
    },
    60_000,
  );

  it('restarts a killed link, and the client needs no restart', async () => {
    const before = await startedAt('link');
    await exec('link', ['sh', '-c', 'kill -9 $(pidof node)'], options);
    await waitFor('link starts again', async () => (await startedAt('link')) !== before);
    await pageIsServed(20_000);
  }, 60_000);

  it('survives a new container of link alone', async () => {
    await upOne('link', { ...options, commandOptions: ['--force-recreate'] });
    await pageIsServed(20_000);
  }, 120_000);

  it.each(['link', 'network', 'application', 'client', 'nats'])(
    'survives a restart of %s',
    async (service) => {
      await restartOne(service, options);
      await pageIsServed(20_000);
    },
    60_000,
  );

  // Applications listen again after about 10 s.
  it('survives a restart of transport', async () => {
    await restartOne('transport', options);
    await pageIsServed(40_000);
  }, 90_000);

  it.each<[string, () => Promise<unknown>]>([
    ['transport is restarted', () => restartOne('transport', options)],
    ['application is restarted', () => restartOne('application', options)],
    [
      'all layers are stopped',
      () => stopMany(options, 'link', 'network', 'transport', 'application'),
    ],
  ])(
    'resets a download when %s',
    async (_, act) => {
      const url = `http://${SERVER}/bytes/9000000000000`;
      const download = client(`curl -s -o /dev/null --max-time 60 ${url}; echo code $?`);
      const received = () => client('ss -tniH | grep -o bytes_received:[0-9]*');
      await waitFor('the download runs', async () => {
        return Number((await received().catch(() => '')).split(':')[1] ?? 0) > 10_000_000;
      });
      await act();
      // Received: connection reset.
      expect(await download).toContain('code 56');
      await upAll(options);
      await pageIsServed(40_000);
    },
    120_000,
  );

  it('survives a restart of all services at once', async () => {
    await restartAll(options);
    await pageIsServed(40_000);
  }, 120_000);

  it('uses an image that holds little more than Node', async () => {
    const { stdout } = await run('docker', ['image', 'inspect', '-f', '{{.Size}}', IMAGE]);
    expect(Number(stdout)).toBeLessThan(MOST_IMAGE_OCTETS);
  });

  it('gives privileges and root to link only', async () => {
    const ids = await run('docker', [
      'ps',
      '-q',
      '--filter',
      `label=com.docker.compose.project=strata-e2e-${process.pid}`,
    ]);
    const format =
      '{{index .Config.Labels "com.docker.compose.service"}} {{.Config.User}} {{.HostConfig.CapAdd}} {{.HostConfig.Privileged}}';
    const { stdout } = await run('docker', [
      'inspect',
      '--format',
      format,
      ...ids.stdout.trim().split('\n'),
    ]);
    const lines = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => [line.split(' ')[0], line]),
    );
    expect(lines['link']).toContain('NET_ADMIN');
    for (const layer of ['network', 'transport', 'application']) {
      expect(lines[layer]).toBe(`${layer} node [] false`);
    }
  });
});
