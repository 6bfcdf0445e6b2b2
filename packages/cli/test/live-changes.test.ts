import { once } from 'node:events';
import { type Bus, connectNats, MemoryBus } from '@strata/bus';
import { type NatsServer, startNatsServer } from '@strata/conformance';
import { Lifecycle, type Running, SILENT, withNats } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import { startApplication } from '@strata/service-application';
import { startConsole } from '@strata/service-console';
import { startLink } from '@strata/service-link';
import { startNetwork } from '@strata/service-network';
import { startTransport } from '@strata/service-transport';
import { createStack, type Socket, type Stack } from '@strata/sockets';
import { ConsoleApi } from '../src/console-api.ts';

const CONFIG = {
  wires: { lan: {} },
  stacks: {
    server: {
      interfaces: [{ wire: 'lan', addresses: ['192.0.2.2/24'] }],
      routes: [{ to: 'default', via: '192.0.2.3' }],
      applications: { echo: {} },
    },
    client: { interfaces: [{ wire: 'lan', addresses: ['192.0.2.3/24'] }] },
  },
  console: { listen: '127.0.0.1:0' },
};

interface ApiRoute {
  readonly destination: string;
}

/** Both stacks with all their layers, and a console, on a bus. */
class Stacks {
  readonly lifecycle = new Lifecycle(SILENT);
  readonly layers = new Map<string, Running>();
  readonly #bus: Bus;
  readonly #config;
  api!: ConsoleApi;
  client!: Stack;

  constructor(bus: Bus, nats: string | undefined) {
    this.#bus = bus;
    const config = validateConfig(CONFIG, 'the test');
    this.#config = nats === undefined ? config : withNats(config, nats);
  }

  async start(): Promise<void> {
    const [bus, config] = [this.#bus, this.#config];
    for (const stack of ['server', 'client']) {
      for (const layer of ['link', 'network', 'transport'] as const)
        await this.startLayer(stack, layer);
      const context = { bus, config, stack, log: SILENT };
      this.lifecycle.add(`${stack} application`, await startApplication(context));
    }
    const running = await startConsole({ bus, config, log: SILENT });
    this.lifecycle.add('console', running);
    this.api = new ConsoleApi(new URL(running.url));
    this.client = createStack({ bus, stack: 'client' });
    this.lifecycle.add('client', { stop: () => this.client.close() });
  }

  async startLayer(stack: string, layer: 'link' | 'network' | 'transport'): Promise<void> {
    const start = { link: startLink, network: startNetwork, transport: startTransport }[layer];
    const context = { bus: this.#bus, config: this.#config, stack, log: SILENT };
    const running = await start(context);
    const name = `${stack} ${layer}`;
    if (!this.layers.has(name)) {
      this.lifecycle.add(name, { stop: async () => this.layers.get(name)?.stop() });
    }
    this.layers.set(name, running);
  }

  async routes(): Promise<string[]> {
    const query = { stack: 'server' };
    const answer = await this.api.get<Record<string, ApiRoute[]>>('/api/routes', query);
    return answer['server']!.map(({ destination }) => destination);
  }

  route(body: object): Promise<ApiRoute> {
    return this.api.post('/api/routes', { stack: 'server' }, body);
  }

  link(body: object): Promise<{ readonly up: boolean; readonly mtu: number }> {
    return this.api.put('/api/interfaces', { stack: 'server', interface: 'eth0' }, body);
  }

  address(action: string, address: string): Promise<{ readonly addresses: string[] }> {
    const query = { stack: 'server', interface: 'eth0' };
    return this.api.post('/api/addresses', query, { action, address });
  }

  /** What comes back from the server's echo at this address. */
  async echo(host: string): Promise<string> {
    const socket: Socket = this.client.net.connect({ host, port: 7 });
    try {
      await once(socket, 'connect');
      socket.write('hello');
      const [data] = (await once(socket, 'data')) as [Uint8Array];
      return Buffer.from(data).toString();
    } finally {
      socket.destroy();
    }
  }
}

const refused = (errno: string) => expect.objectContaining({ errno });

function suite(start: () => Promise<Stacks>): void {
  let stacks: Stacks;
  beforeEach(async () => {
    stacks = await start();
    await stacks.start();
  });
  afterEach(() => stacks.lifecycle.drain());

  it('an address that is added answers at once, and one that is deleted no more', async () => {
    await stacks.address('add', '192.0.2.77/24');
    expect(await stacks.echo('192.0.2.77')).toBe('hello');
    await expect(stacks.address('add', '192.0.2.77/24')).rejects.toEqual(refused('EEXIST'));
    const { addresses } = await stacks.address('delete', '192.0.2.77/24');
    expect(addresses).toEqual(['192.0.2.2/24']);
    const gone = stacks.address('delete', '192.0.2.77/24');
    await expect(gone).rejects.toEqual(refused('EADDRNOTAVAIL'));
    expect(await stacks.echo('192.0.2.2')).toBe('hello');
  });

  it('an address brings its route, and the first of a subnet takes the others along', async () => {
    await stacks.address('add', '203.0.113.5/24');
    await stacks.address('add', '203.0.113.6/24');
    expect(await stacks.routes()).toContain('203.0.113.0/24');
    const { addresses } = await stacks.address('delete', '203.0.113.5/24');
    expect(addresses).toEqual(['192.0.2.2/24']);
    expect(await stacks.routes()).not.toContain('203.0.113.0/24');
  });

  it('an address that network refuses is not in link either', async () => {
    await expect(stacks.address('add', '192.0.2.255/24')).rejects.toEqual(refused('EINVAL'));
    const { addresses } = await stacks.address('replace', '192.0.2.2/24');
    expect(addresses).toEqual(['192.0.2.2/24']);
  });

  it('an interface that goes down takes its routes, and comes up with the connected one', async () => {
    expect(await stacks.routes()).toEqual(['192.0.2.0/24', '0.0.0.0/0']);
    expect(await stacks.link({ up: false })).toMatchObject({ up: false });
    expect(await stacks.routes()).toEqual([]);
    expect(await stacks.link({ up: true })).toMatchObject({ up: true });
    expect(await stacks.routes()).toEqual(['192.0.2.0/24']);
    expect(await stacks.echo('192.0.2.2')).toBe('hello');
  });

  it('an MTU changes within what the wire carries', async () => {
    expect(await stacks.link({ mtu: 1000 })).toMatchObject({ mtu: 1000 });
    expect(await stacks.echo('192.0.2.2')).toBe('hello');
    await expect(stacks.link({ mtu: 9001 })).rejects.toEqual(refused('EINVAL'));
    await expect(stacks.link({ mtu: 67 })).rejects.toEqual(refused('EINVAL'));
  });

  it('routes come, change and go', async () => {
    const to = '198.51.100.0/24';
    await stacks.route({ action: 'add', to, via: '192.0.2.3' });
    const again = stacks.route({ action: 'add', to, via: '192.0.2.4' });
    await expect(again).rejects.toEqual(refused('EEXIST'));
    await stacks.route({ action: 'replace', to, via: '192.0.2.4', mtu: 1200 });
    const query = { stack: 'server', to: '198.51.100.9' };
    const way = await stacks.api.get('/api/route', query);
    expect(way).toMatchObject({ gateway: '192.0.2.4', source: '192.0.2.2', mtu: 1200 });
    await stacks.route({ action: 'delete', to });
    await expect(stacks.route({ action: 'delete', to })).rejects.toEqual(refused('ESRCH'));
    await stacks.route({ action: 'add', to, type: 'prohibit' });
    await expect(stacks.api.get('/api/route', query)).rejects.toEqual(refused('EACCES'));
    const lost = stacks.route({ action: 'add', to: '10.0.0.0/8', via: '172.16.0.1' });
    await expect(lost).rejects.toEqual(refused('ENETUNREACH'));
  });

  it('a network layer that starts again learns the interfaces from link', async () => {
    await stacks.address('add', '203.0.113.5/24');
    await stacks.layers.get('server transport')!.stop();
    await stacks.layers.get('server network')!.stop();
    await stacks.startLayer('server', 'network');
    await stacks.startLayer('server', 'transport');
    // Link was asked when the layer started; the next question comes after its answer.
    while (!(await stacks.routes()).includes('203.0.113.0/24')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
}

describe('Changes while the stacks run, in one process', () => {
  suite(async () => {
    const bus = new MemoryBus();
    const stacks = new Stacks(bus, undefined);
    stacks.lifecycle.add('bus', { stop: () => bus.close() });
    return stacks;
  });
});

describe('Changes while the stacks run, over NATS', () => {
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await startNatsServer();
  });
  afterAll(() => nats.stop());

  suite(async () => {
    const bus = await connectNats({ servers: nats.url, name: 'test' });
    const stacks = new Stacks(bus, nats.url);
    stacks.lifecycle.add('bus', { stop: () => bus.close() });
    return stacks;
  });
});
