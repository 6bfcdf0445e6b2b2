import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, connectNats, MemoryBus } from '@strata/bus';
import { type NatsServer, startNatsServer, until } from '@strata/conformance';
import { type Running, SILENT, withNats } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { startConsole } from '@strata/service-console';
import { startLink } from '@strata/service-link';
import { startNetwork } from '@strata/service-network';
import { startTransport } from '@strata/service-transport';
import { createStack } from '@strata/sockets';
import { runCli } from './run-cli.ts';

const RAW = {
  wires: { lan: {} },
  stacks: {
    server: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.2/24'] }] },
    client: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.3/24'] }] },
  },
  console: { listen: '127.0.0.1:0' },
};

describe.each(['in one process', 'over NATS'])('strata netem %s', (composition) => {
  let folder: string;
  let nats: NatsServer | undefined;
  let bus: Bus;
  let target: readonly string[];
  const parts: Running[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strata-netem-'));
    let config = validateConfig(RAW, 'the test');
    if (composition === 'over NATS') {
      const file = join(folder, 'lab.yaml');
      writeFileSync(file, JSON.stringify(RAW));
      nats = await startNatsServer();
      config = withNats(config, nats.url);
      bus = await connectNats({ servers: nats.url, name: 'test' });
      target = ['--nats', nats.url, '--config', file];
    } else {
      bus = new MemoryBus();
      const running = await startConsole({ bus, config, log: SILENT });
      parts.push(running);
      target = ['--api', running.url];
    }
    for (const stack of Object.keys(RAW.stacks)) {
      const context = { bus, config, stack, log: SILENT };
      for (const start of [startLink, startNetwork, startTransport]) {
        parts.push(await start(context));
      }
    }
  });

  afterAll(async () => {
    for (const part of parts.reverse()) await part.stop();
    await bus.close();
    await nats?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Runs the words as they stand in the string. */
  const netem = (text: string) => {
    const [verb = 'show', ...words] = text.split(' ').filter((word) => word !== '');
    return runCli('netem', verb, ...target, ...words);
  };
  const shown = async (text = 'show') => {
    const { stdout, stderr, status } = await netem(text);
    expect([status, stderr]).toEqual([0, '']);
    return stdout.split('\n').filter((line) => line !== '');
  };
  const does = async (text: string) => {
    expect(await netem(text)).toEqual({ status: 0, stdout: '', stderr: '' });
  };

  afterEach(async () => {
    for (const words of ['dev eth0', 'dev eth0 --stack client', 'wire lan'])
      await netem(`del ${words}`);
    expect(await shown('show wire lan')).toEqual([
      'qdisc noqueue stack server dev eth0 in',
      'qdisc noqueue stack server dev eth0 out',
      'qdisc noqueue stack client dev eth0 in',
      'qdisc noqueue stack client dev eth0 out',
    ]);
  });

  it('adds, changes, replaces and takes away, each direction by itself', async () => {
    expect(await shown()).toEqual(['qdisc noqueue dev eth0 in', 'qdisc noqueue dev eth0 out']);
    await does('add dev eth0 delay 20ms 5ms 25% distribution normal loss 1% seed 7');
    await does('add dev eth0 in loss gemodel 1% 20% 80% ecn rate 1mbit -14 seed 8');
    expect(await shown()).toEqual([
      'qdisc netem dev eth0 in limit 1000 loss gemodel p 1% r 20% 1-h 80% 1-k 0% rate 1Mbit packetoverhead -14 ecn seed 8',
      'qdisc netem dev eth0 out limit 1000 delay 20ms  5ms 25% distribution normal loss 1% seed 7',
    ]);
    await does('change dev eth0 in slot distribution pareto 10ms 2ms packets 3 bytes 5000 seed 9');
    await does('replace dev eth0 out reorder 25% 50% gap 5 delay 1.5s limit 7 seed 10');
    expect(await shown('show dev eth0 in')).toEqual([
      'qdisc netem dev eth0 in limit 1000 slot distribution pareto 10ms 2ms packets 3 bytes 5000 seed 9',
    ]);
    expect(await shown('show dev eth0 out')).toEqual([
      'qdisc netem dev eth0 out limit 7 delay 1.5s reorder 25% 50% gap 5 seed 10',
    ]);
    await does('del dev eth0 in');
    expect(await shown()).toContain('qdisc noqueue dev eth0 in');
    await does('delete dev eth0');
    expect(await shown()).toContain('qdisc noqueue dev eth0 out');
  });

  it('impairs a wire: what each station sends, unless it has its own', async () => {
    await does('add wire lan loss 3%');
    await does('add dev eth0 --stack client delay 5ms seed 1');
    const seedless = (await shown('show wire lan')).map((line) => line.replace(/ seed \d+$/, ''));
    expect(seedless).toEqual([
      'qdisc noqueue stack server dev eth0 in',
      'qdisc netem stack server dev eth0 out wire lan limit 1000 loss 3%',
      'qdisc noqueue stack client dev eth0 in',
      'qdisc netem stack client dev eth0 out limit 1000 delay 5ms',
    ]);
    await does('del dev eth0 --stack client');
    expect((await shown('show dev eth0 out --stack client'))[0]).toContain('out wire lan limit');
    await does('del wire lan');
  });

  it('refuses what does not go, and says why', async () => {
    await does('add dev eth0 delay 5ms');
    const cases = [
      ['add dev eth0 delay 6ms', 1, 'dev eth0 out has an impairment: change or replace it'],
      ['change dev eth0 in delay 6ms', 1, 'dev eth0 in has no impairment of its own: add it'],
      ['change wire lan delay 6ms', 1, 'wire lan has no impairment of its own: add it'],
      ['del dev eth0 in', 1, 'dev eth0 in has no impairment of its own'],
      ['add dev eth7 delay 6ms', 1, 'there is no interface eth7; there is: eth0'],
      ['add wire wan delay 6ms', 1, 'there is no wire wan; there is: lan'],
      ['add dev eth0 in loss state 60% 10% 10% 10% 60%', 1, 'leave a state with more than 1'],
      ['add dev eth0 in delay 6', 0, ''],
      ['add dev eth0', 2, 'say what to add: limit, delay'],
      ['add eth0 delay 5ms', 2, 'say what to impair: dev IF [in|out] or wire NAME (eth0 is there)'],
      ['add wire lan out delay 5ms', 2, 'a wire has no direction'],
      ['add dev eth0 delay', 2, 'behind delay there is nothing: it should be a time'],
      ['show dev eth0 delay', 2, 'delay is one word too many'],
      ['del', 2, 'say what to impair: dev IF [in|out] or wire NAME (nothing is there)'],
    ] as const;
    for (const [text, status, message] of cases) {
      const result = await netem(text);
      expect([text, result.status, result.stderr]).toEqual([
        text,
        status,
        expect.stringContaining(message),
      ]);
    }
  });

  it("takes the wire's impairment for none of the interface", async () => {
    await does('add wire lan delay 1ms');
    const { status, stderr } = await netem('del dev eth0');
    expect(status).toBe(1);
    expect(stderr).toContain(
      'no impairment of its own; that of its wire is: strata netem del wire lan',
    );
  });

  it('changes during a transfer, which goes on; and counts what it did, by cause', async () => {
    const server = createStack({ bus, stack: 'server' }).net.createServer();
    server.listen(9, '192.0.2.2');
    await once(server, 'listening');
    const { net } = createStack({ bus, stack: 'client' });
    const near = net.connect({ port: 9, host: '192.0.2.2' });
    const [[far]] = await Promise.all([once(server, 'connection'), once(near, 'connect')]);
    let received = 0;
    far.on('data', (data: Buffer) => {
      received += data.byteLength;
    });
    let isSending = true;
    const chunk = Buffer.alloc(16_384, 'x');
    let sent = 0;
    const write = () => {
      while (isSending && near.write(chunk)) sent += chunk.byteLength;
      if (isSending) sent += chunk.byteLength;
    };
    near.on('drain', write);
    write();
    const more = async (octets: number) => {
      const goal = received + octets;
      await until(`${octets} octets more`, () => received >= goal, 20_000);
    };
    const counters = async () => {
      const { stdout } = await netem('show -s --json dev eth0 out --stack client');
      return JSON.parse(stdout)[0].counters as Readonly<Record<string, number>>;
    };
    await more(100_000);
    await does('add dev eth0 --stack client delay 2ms 1ms loss 2% duplicate 5% corrupt 1% seed 3');
    await more(300_000);
    await until('each kind has happened', async () => {
      const { lost, duplicated, corrupted, delayed } = await counters();
      return [lost, duplicated, corrupted, delayed].every((count) => count! > 0);
    });
    await does('change dev eth0 --stack client delay 2ms reorder 20% limit 5 rate 20mbit seed 3');
    await more(300_000);
    await until('each other kind has happened', async () => {
      const { reordered, dropped_overlimit } = await counters();
      return [reordered, dropped_overlimit].every((count) => count! > 0);
    });
    const [line, sentLine, backlog, causes] = await shown('show -s dev eth0 out --stack client');
    expect(line).toBe('qdisc netem dev eth0 out limit 5 delay 2ms reorder 20% rate 20Mbit seed 3');
    expect(sentLine).toMatch(
      /^ Sent \d+ bytes \d+ pkt \(dropped \d+, overlimits \d+ requeues \d+\) $/,
    );
    expect(backlog).toMatch(/^ backlog \d+b \d+p requeues \d+$/);
    expect(causes).toMatch(
      /^ lost \d+ overlimit \d+ unfit 0 duplicated \d+ reordered \d+ corrupted \d+ delayed \d+ ce-marked 0$/,
    );
    await does('del dev eth0 --stack client');
    await more(300_000);
    isSending = false;
    near.end();
    await once(far, 'end');
    // The last write may have been refused by the end.
    expect(sent - received).toBeLessThanOrEqual(2 * chunk.byteLength);
    far.end();
    server.close();
  }, 60_000);

  it('prints JSON in the shape of tc -j -s', async () => {
    await does(
      'add dev eth0 delay 20ms 5ms 25% loss state 1% rate 1mbit 20 slot 1ms 2ms packets 3 seed 7',
    );
    const parse = async (text: string) => JSON.parse((await netem(text)).stdout);
    const [plain] = await parse('show --json dev eth0 out');
    expect(plain).toEqual({
      kind: 'netem',
      stack: 'server',
      dev: 'eth0',
      direction: 'out',
      wire: 'lan',
      'from-wire': false,
      options: {
        limit: 1000,
        delay: { delay: 0.02, jitter: 0.005, correlation: 0.25, distribution: 'uniform' },
        'loss-state': { p13: 0.01, p31: 0.99, p32: 0, p23: 1, p14: 0 },
        rate: { rate: 125_000, packetoverhead: 20, cellsize: 0, celloverhead: 0 },
        slot: { 'min-delay': 0.001, 'max-delay': 0.002, packets: 3, bytes: 0 },
        ecn: false,
        gap: 0,
        seed: 7,
      },
      impairment: expect.objectContaining({ delayMs: 20, jitterMs: 5, delayCorrelation: 0.25 }),
    });
    const [counted] = await parse('show -s --json dev eth0 out');
    const numbers = ['bytes', 'packets', 'drops', 'overlimits', 'requeues', 'backlog', 'qlen'];
    for (const name of numbers) expect(typeof counted[name]).toBe('number');
    expect(counted.counters).toMatchObject({ duplicated: expect.any(Number) });
  });
});

describe('strata netem show wire', () => {
  it('lists a port of the wire once, though each stack tells of it', async () => {
    const entry = (interfaceName: string, shared: boolean) => ({
      ...{ interfaceName, direction: 'out', wireName: 'lan', fromWire: false, shared },
      ...{ counters: {}, backlogFrames: 0, backlogOctets: 0 },
    });
    const entries = [entry('eth0', false), entry('strata0', true)];
    const server = createServer((_, response) =>
      response.end(JSON.stringify({ server: entries, client: entries })),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { stdout } = await runCli('netem', 'show', '--api', url, 'wire', 'lan');
    server.close();
    expect(stdout.trimEnd().split('\n')).toEqual([
      'qdisc noqueue stack server dev eth0 out',
      'qdisc noqueue dev strata0 out',
      'qdisc noqueue stack client dev eth0 out',
    ]);
  });
});

describe('strata netem --help', () => {
  it.each([
    [['--help'], 'loss gemodel P [R [1-H [1-K]]]', 'strata netem add dev eth0 delay 20ms'],
    [['add', '--help'], 'slot MIN [MAX]', 'strata netem replace dev eth0 in loss gemodel'],
    [['show', '--help'], 'strata netem show -s dev eth0 out'],
    [['del', '--help'], 'strata netem del wire lan'],
  ])('%j has the words and examples', async (words, ...wanted) => {
    const { status, stdout } = await runCli('netem', ...words);
    expect(status).toBe(0);
    for (const text of wanted) expect(stdout).toContain(text);
  });
});
