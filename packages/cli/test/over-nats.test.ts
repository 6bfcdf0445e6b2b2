import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, connectNats } from '@strata/bus';
import { freePort, type NatsServer, startNatsServer, until } from '@strata/conformance';
import { wireChannel } from '@strata/contract';
import { type Running, SILENT, withNats } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { startApplication } from '@strata/service-application';
import { startLink } from '@strata/service-link';
import { startNetwork } from '@strata/service-network';
import { startTransport } from '@strata/service-transport';
import { createStack } from '@strata/sockets';
import { runCli } from './run-cli.ts';
import { withEnvironment } from './with-environment.ts';

const RAW = {
  wires: { lan: {} },
  stacks: {
    lone: {
      interfaces: [{ wire: 'lan', addresses: ['192.0.2.2/24'] }],
      applications: { echo: {} },
    },
  },
};

const folder = mkdtempSync(join(tmpdir(), 'strata-cli-'));
const file = join(folder, 'lone.yaml');
let nats: NatsServer;
let bus: Bus;
const parts: Running[] = [];

beforeAll(async () => {
  writeFileSync(file, JSON.stringify(RAW));
  nats = await startNatsServer();
  const config = withNats(validateConfig(RAW, 'the test'), nats.url);
  bus = await connectNats({ servers: nats.url, name: 'test' });
  const context = { bus, config, stack: 'lone', log: SILENT };
  for (const start of [startLink, startNetwork, startTransport, startApplication]) {
    parts.push(await start(context));
  }
});

afterAll(async () => {
  for (const part of parts.reverse()) await part.stop();
  await bus.close();
  await nats.stop();
  rmSync(folder, { recursive: true });
});

describe('Where there is no console, only services on NATS', () => {
  const over = (command: string, ...args: string[]) =>
    runCli(command, '--nats', nats.url, '--config', file, ...args);

  it('strata ss --nats asks them', async () => {
    const { status, stdout } = await over('ss', '-tl');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^tcp +LISTEN +0 +511 +0\.0\.0\.0:7 /m);
  });

  it('strata sysctl --nats reads and changes their knobs', async () => {
    const set = await over('sysctl', 'net.ipv4.tcp_fin_timeout=7', 'net.ipv4.ipfrag_time=8');
    expect(set.status).toBe(0);
    const { stdout } = await over('sysctl', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.ipfrag_time');
    expect(stdout).toBe('net.ipv4.tcp_fin_timeout = 7\nnet.ipv4.ipfrag_time = 8\n');
  });

  it('a malformed frame on the wire is counted at the interface that received it', async () => {
    const channel = { ...wireChannel('lan'), encode: () => new Uint8Array([0xff]) };
    const nobody = {
      interfaceIndex: 0,
      headroomOctets: 0,
      sourcePort: 'p1',
      frame: new Uint8Array(14).fill(255),
      fcs: undefined,
    };
    const meta = { segmentSize: 0, checksum: 'complete', trace: undefined } as const;
    bus.publish(channel, [{ ...nobody, ...meta }]);
    const counters = () => parts[0]!.counters();
    await until('the count', () => counters()['eth0_device_rx_malformed'] === 1);
    expect(counters()).toMatchObject({ eth0_device_rx_dropped: 0, rx_packets: 0 });
  });

  it('each layer counts what its bus has dropped', () => {
    for (const part of parts) {
      expect(part.counters()).toMatchObject({
        bus_dropped_disconnected: 0,
        bus_dropped_congested: 0,
        bus_dropped_too_large: 0,
      });
    }
  });

  const environment = (nats: string, config = file) => ({
    STRATA_NATS: nats,
    STRATA_CONFIG: config,
  });

  it.each([
    ['ss', ['-tl'], /LISTEN/],
    ['sysctl', ['net.ipv4.tcp_sack'], /^net\.ipv4\.tcp_sack = 1\n$/],
  ])('strata %s takes NATS and the config from the environment', async (command, args, said) => {
    const { status, stdout } = await withEnvironment(environment(nats.url), () =>
      runCli(command, ...args),
    );
    expect(stdout).toMatch(said);
    expect(status).toBe(0);
  });

  it('strata trace takes NATS and the config from the environment', async () => {
    const traced = withEnvironment(environment(nats.url), () => runCli('trace', '--count', '1'));
    let isTraced = false;
    traced.finally(() => {
      isTraced = true;
    });
    const { dgram } = createStack({ bus, stack: 'lone' });
    const socket = dgram.createSocket('udp4');
    await until('the trace has ended', () => {
      socket.send('x', 9, '192.0.2.9');
      return isTraced;
    });
    socket.close();
    expect((await traced).stdout).toMatch(/^[\d:.]+ lone /);
  });

  it('takes an option before the environment', async () => {
    const nobody = `nats://127.0.0.1:${await freePort()}`;
    await withEnvironment(environment(nobody), async () => {
      expect(await runCli('ss', '-tl', '--nats', nats.url)).toMatchObject({ status: 0 });
      const { stderr } = await runCli('ss', '--api', 'http://127.0.0.1:9');
      expect(stderr).toContain('no console at http://127.0.0.1:9');
    });
  });

  it('takes the environment before the config, and the config before the console', async () => {
    const nobody = `nats://127.0.0.1:${await freePort()}`;
    const elsewhere = join(folder, 'elsewhere.yaml');
    writeFileSync(elsewhere, JSON.stringify({ ...RAW, bus: { kind: 'nats', servers: [nobody] } }));
    const found = await withEnvironment(environment(nats.url, elsewhere), () => runCli('ss'));
    expect(found).toMatchObject({ status: 0 });
    // An empty variable counts as unset.
    const lost = await withEnvironment(environment('', elsewhere), () => runCli('ss'));
    expect(lost.stderr).toContain(`no NATS at ${nobody}`);
  });

  it('says which variable is wrong', async () => {
    const { status, stderr } = await withEnvironment(environment('http://x'), () => runCli('ss'));
    expect(status).toBe(2);
    expect(stderr).toMatch(/from env 'STRATA_NATS' is invalid.*nats:\/\/127\.0\.0\.1:4222/);
  });

  it('refuses two places to ask', async () => {
    const { status, stderr } = await over('ss', '--api', 'http://127.0.0.1:9');
    expect(status).toBe(2);
    expect(stderr).toContain('leave one of them out');
  });

  it('gives up where there is no NATS', async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    const { status, stderr } = await runCli('ss', '--nats', url);
    expect(status).toBe(1);
    expect(stderr).toContain(`no NATS at ${url}`);
  });
});
