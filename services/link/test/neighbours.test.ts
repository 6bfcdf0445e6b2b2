import { MemoryBus } from '@strata/bus';
import type { ControlRequest } from '@strata/contract';
import { askControl, type Config, type Running, SILENT } from '@strata/runtime';
import { defaultConfig, parseConfig } from '@strata/runtime/config';
import { ipv4Address } from '@strata/wire';
import { startLink } from '../src/index.ts';

const NOBODY = ipv4Address(0xc0000263);

describe('The link service', () => {
  let bus: MemoryBus;
  let running: Running[];

  async function start(config: Config = defaultConfig()): Promise<void> {
    for (const stack of Object.keys(config.stacks)) {
      running.push(await startLink({ bus, config, stack, log: SILENT }));
    }
  }

  beforeEach(() => {
    bus = new MemoryBus();
    running = [];
  });

  afterEach(async () => {
    for (const one of running) await one.stop();
    await bus.close();
  });

  it('sets, deletes and flushes neighbours, as ip neigh does', async () => {
    await start();
    const entry = { interfaceName: 'eth0', address: NOBODY } as const;
    const set = {
      kind: 'neighbour-set',
      ...entry,
      state: 'stale',
      mode: 'add',
      proxy: false,
    } as const;
    const ask = (request: ControlRequest) =>
      askControl(bus, 'server', 'link', request, 'neighbours');
    await expect(ask(set)).rejects.toThrow(
      '192.0.2.99 on eth0: a neighbour that is stale needs a MAC',
    );
    const mac = 0x020000000099;
    const stale = { address: NOBODY, mac, state: 'stale', proxy: false };
    expect(await ask({ ...set, mac })).toMatchObject({ neighbours: [stale] });
    await expect(ask({ ...set, mac })).rejects.toThrow('there is 192.0.2.99 on eth0 already');
    expect(await ask({ ...set, mode: 'change', state: 'permanent' })).toMatchObject({
      neighbours: [{ ...stale, state: 'permanent' }],
    });
    const flush = {
      kind: 'neighbours-flush',
      interfaceName: 'eth0',
      destination: undefined,
    } as const;
    expect(await ask({ ...flush, states: [] })).toMatchObject({ neighbours: [] });
    expect(await ask({ ...flush, states: ['permanent'] })).toMatchObject({ neighbours: [{ mac }] });
    const gone = { kind: 'neighbour-delete', ...entry, proxy: false } as const;
    await expect(ask(gone)).rejects.toMatchObject({ code: 'not-found' });
    await expect(ask({ ...set, mac, mode: 'change' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(ask({ ...set, mac, interfaceName: 'eth7' })).rejects.toThrow(
      'there is no interface eth7; there is: eth0',
    );
  });

  it('answers for proxy addresses that are set, lists them beside neighbours, and drops them', async () => {
    await start();
    const entry = { interfaceName: 'eth0', address: NOBODY, proxy: true } as const;
    const ask = (request: ControlRequest) =>
      askControl(bus, 'server', 'link', request, 'neighbours');
    await ask({ kind: 'neighbour-set', ...entry, state: 'permanent', mode: 'add' });
    expect(await ask({ kind: 'neighbours' })).toMatchObject({
      neighbours: [{ address: NOBODY, proxy: true, mac: undefined }],
    });
    await ask({ kind: 'neighbour-delete', ...entry });
    await expect(ask({ kind: 'neighbour-delete', ...entry })).rejects.toThrow(
      'there is no proxy address 192.0.2.99 on eth0',
    );
  });

  it('knows the static neighbours and the proxy addresses of the config', async () => {
    await start(
      parseConfig(
        `stacks: { s: { interfaces: [ { wire: lan, addresses: [192.0.2.2/24], neighbours: [
           { address: 192.0.2.9, mac: "02:00:00:00:00:09" }, { address: 192.0.2.8, proxy: true } ] } ] } }`,
        'test',
      ),
    );
    const known = await askControl(bus, 's', 'link', { kind: 'neighbours' }, 'neighbours');
    expect(known).toMatchObject({
      neighbours: [{ state: 'permanent', mac: 0x020000000009 }, { proxy: true }],
    });
  });
});
