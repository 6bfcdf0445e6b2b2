import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, connectNats } from '@strata/bus';
import { freePort, type NatsServer, startNatsServer, until } from '@strata/conformance';
import { wireChannel } from '@strata/contract';
import { type Running, SILENT, validateConfig, withNats } from '@strata/runtime';
import { startApplication } from '@strata/service-application';
import { startLink } from '@strata/service-link';
import { startNetwork } from '@strata/service-network';
import { startTransport } from '@strata/service-transport';
import { runCli } from './run-cli.ts';

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

  it('a message on the wire that is no frame is counted with the interface that it came to', async () => {
    const channel = { ...wireChannel('lan'), encode: () => new Uint8Array([0xff]) };
    const nobody = { sourcePort: 'p1', frame: new Uint8Array(14).fill(255), fcs: undefined };
    const meta = { segmentSize: 0, checksum: 'complete', trace: undefined } as const;
    bus.publish(channel, [{ ...nobody, ...meta }]);
    const counters = () => parts[0]!.counters();
    await until('the count', () => counters()['eth0_device_rx_malformed'] === 1);
    expect(counters()).toMatchObject({ eth0_device_rx_dropped: 0, rx_packets: 0 });
  });

  it('each tells what its bus has dropped', () => {
    for (const part of parts) {
      expect(part.counters()).toMatchObject({
        bus_dropped_disconnected: 0,
        bus_dropped_congested: 0,
        bus_dropped_too_large: 0,
      });
    }
  });

  it('gives up where there is no NATS', async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    const { status, stderr } = await runCli('ss', '--nats', url);
    expect(status).toBe(1);
    expect(stderr).toContain(`no NATS at ${url}`);
  });
});
