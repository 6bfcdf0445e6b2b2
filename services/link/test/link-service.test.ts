import { MemoryBus } from '@strata/bus';
import {
  type CapturedFrame,
  captureChannel,
  linkIndicationChannel,
  linkRequestChannel,
} from '@strata/contract';
import type { LinkIndication, LinkRequest } from '@strata/link';
import {
  askControl,
  type Config,
  defaultConfig,
  parseConfig,
  type Running,
  SILENT,
} from '@strata/runtime';
import { startLink } from '../src/index.ts';
import { settle } from './support/settle.ts';

const SERVER = 0xc0000202;
const NOBODY = 0xc0000263;

/** An IPv4 packet as far as link looks into it. */
function request(nextHop: number, text: string): LinkRequest {
  const packet = new Uint8Array(60);
  packet[0] = 0x45;
  packet.set(Buffer.from(text), 20);
  return {
    interfaceIndex: 1,
    etherType: 0x0800,
    cast: 'unicast',
    nextHop,
    packet,
    headroomOctets: 0,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  };
}

const textOf = (indication: LinkIndication) =>
  Buffer.from(indication.packet.subarray(20)).toString().replace(/\0+$/, '');

describe('The link service', () => {
  let bus: MemoryBus;
  let running: Running[];
  let errors: unknown[];

  async function start(config: Config = defaultConfig()): Promise<void> {
    for (const stack of Object.keys(config.stacks)) {
      const onError = (error: unknown) => errors.push(error);
      running.push(await startLink({ bus, config, stack, log: SILENT, onError }));
    }
  }

  function listen(stack: string): LinkIndication[] {
    const heard: LinkIndication[] = [];
    bus.subscribe(linkIndicationChannel(stack), (batch) => heard.push(...batch));
    return heard;
  }

  beforeEach(() => {
    bus = new MemoryBus();
    running = [];
    errors = [];
  });

  afterEach(async () => {
    for (const one of running) await one.stop();
    await bus.close();
    expect(errors).toEqual([]);
  });

  it('finds a station of the wire by ARP and brings it the packets, in order', async () => {
    await start();
    const heard = listen('server');
    bus.publish(linkRequestChannel('client'), [request(SERVER, 'one'), request(SERVER, 'two')]);
    await settle();
    expect(heard.map(textOf)).toEqual(['one', 'two']);
    expect(heard[0]).toMatchObject({ kind: 'packet', interfaceIndex: 1, cast: 'unicast' });
  });

  it('tells of its interfaces, neighbours and counters', async () => {
    await start();
    bus.publish(linkRequestChannel('client'), [request(SERVER, 'x')]);
    await settle();
    const { interfaces } = await askControl(
      bus,
      'client',
      'link',
      { kind: 'interfaces' },
      'interfaces',
    );
    expect(interfaces).toMatchObject([
      {
        index: 1,
        name: 'eth0',
        kind: 'wire',
        mtu: 1500,
        up: true,
        addresses: [{ address: 0xc0000203, prefixLength: 24 }],
      },
    ]);
    expect(interfaces[0]!.counters['tx_packets']).toBeGreaterThanOrEqual(2);
    const { neighbours } = await askControl(
      bus,
      'client',
      'link',
      { kind: 'neighbours' },
      'neighbours',
    );
    expect(neighbours).toMatchObject([{ interfaceIndex: 1, address: SERVER, state: 'reachable' }]);
    const { counters } = await askControl(bus, 'client', 'link', { kind: 'counters' }, 'counters');
    expect(counters).toMatchObject({ core_errors: 0, request_dropped: 0 });
    expect(running.map((one) => one.health().ok)).toEqual([true, true]);
  });

  it('counts what its devices dropped with its interfaces, and tells what the TAP of a wire dropped', async () => {
    const config = defaultConfig();
    const dropped = { strata0_tap_rx_dropped: 7, strata0_wire_rx_crc_errors: 5 };
    const taps = {
      counters: () => dropped,
      countersOf: (wire: string) => (wire === 'lan' ? dropped : {}),
    };
    running.push(await startLink({ bus, config, stack: 'server', log: SILENT, taps }));
    const interfaceName = 'eth0';
    const asked = { kind: 'impairment-get', interfaceName } as const;
    const got = await askControl(bus, 'server', 'link', asked, 'impairment');
    const impairment = { ...got.impairment, corruptRatio: 1 };
    const set = { kind: 'impairment-set', interfaceName, impairment } as const;
    await askControl(bus, 'server', 'link', set, 'impairment');
    // It announces itself: to all, so that the server hears it.
    running.push(await startLink({ bus, config, stack: 'client', log: SILENT }));
    await settle();
    const { counters } = await askControl(bus, 'server', 'link', { kind: 'counters' }, 'counters');
    expect(counters).toMatchObject({
      eth0_device_rx_crc_errors: 1,
      rx_crc_errors: 1,
      rx_errors: 1,
      rx_packets: 0,
      strata0_tap_rx_dropped: 7,
      strata0_wire_rx_crc_errors: 5,
    });
    const list = { kind: 'interfaces' } as const;
    const { interfaces } = await askControl(bus, 'server', 'link', list, 'interfaces');
    expect(interfaces[0]!.counters).toMatchObject({
      rx_crc_errors: 1,
      strata0_tap_rx_dropped: 7,
      strata0_wire_rx_crc_errors: 5,
    });
  });

  it('captures frames with their direction while a lease runs', async () => {
    await start();
    const seen: CapturedFrame[] = [];
    bus.subscribe(captureChannel('server'), (batch) => seen.push(...batch));
    bus.publish(linkRequestChannel('client'), [request(SERVER, 'unseen')]);
    await settle();
    expect(seen).toEqual([]);
    await askControl(
      bus,
      'server',
      'link',
      { kind: 'capture', leaseMs: 5000, snapOctets: 0 },
      'capture',
    );
    bus.publish(linkRequestChannel('client'), [request(SERVER, 'seen')]);
    await settle();
    expect(seen).toMatchObject([{ direction: 'in', interfaceName: 'eth0', interfaceIndex: 1 }]);
    expect(Buffer.from(seen[0]!.frame).includes('seen')).toBe(true);
  });

  it('changes what goes wrong on an interface while it runs', async () => {
    await start();
    const heard = listen('server');
    const impairment = {
      lossRatio: 1,
      duplicateRatio: 0,
      reorderRatio: 0,
      corruptRatio: 0,
      ceMarkRatio: 0,
      delayMs: 0,
      jitterMs: 0,
      rateBitsPerSecond: 0,
      seed: 5,
    };
    bus.publish(linkRequestChannel('client'), [request(SERVER, 'before')]);
    await settle();
    const set = { kind: 'impairment-set', interfaceName: 'eth0', impairment } as const;
    expect(await askControl(bus, 'client', 'link', set, 'impairment')).toEqual({
      kind: 'impairment',
      impairment,
    });
    bus.publish(linkRequestChannel('client'), [request(SERVER, 'lost')]);
    await settle();
    await askControl(
      bus,
      'client',
      'link',
      { ...set, impairment: { ...impairment, lossRatio: 0 } },
      'impairment',
    );
    bus.publish(linkRequestChannel('client'), [request(SERVER, 'after')]);
    await settle();
    expect(heard.map(textOf)).toEqual(['before', 'after']);
    expect(running[1]!.counters()['eth0_impairment_out_lost']).toBe(1);
    const get = { kind: 'impairment-get', interfaceName: 'eth7' } as const;
    await expect(askControl(bus, 'client', 'link', get, 'impairment')).rejects.toThrow(
      'there is no interface eth7; there is: eth0',
    );
  });

  it('takes knobs from the config and changes them while it runs', async () => {
    const name = 'net.ipv4.neigh.default.mcast_solicit';
    await start(
      parseConfig(
        `stacks: { s: { interfaces: [ { wire: lan, addresses: [192.0.2.2/24] } ], sysctl: { ${name}: 7, net.core.netdev_max_backlog: 50 } } }`,
        'test',
      ),
    );
    const get = { kind: 'sysctl-get', names: [name] } as const;
    expect(await askControl(bus, 's', 'link', get, 'sysctls')).toMatchObject({
      sysctls: [{ name, value: '7' }],
    });
    const set = { kind: 'sysctl-set', name, value: '2' } as const;
    expect(await askControl(bus, 's', 'link', set, 'sysctls')).toMatchObject({
      sysctls: [{ name, value: '2' }],
    });
    const backlog = 'net.core.netdev_max_backlog';
    const asked = askControl(bus, 's', 'link', { kind: 'sysctl-get', names: [backlog] }, 'sysctls');
    expect(await asked).toMatchObject({ sysctls: [{ name: backlog, value: '50' }] });
    const late = { kind: 'sysctl-set', name: backlog, value: '9' } as const;
    await expect(askControl(bus, 's', 'link', late, 'sysctls')).rejects.toThrow(
      'counts as the stack starts',
    );
  });

  it('tells network of a station that nobody knows', async () => {
    await start(
      parseConfig(
        `stacks: { client: { interfaces: [ { wire: lan, addresses: [192.0.2.3/24] } ],
           sysctl: { net.ipv4.neigh.default.mcast_solicit: 1, net.ipv4.neigh.default.retrans_time_ms: 10 } } }`,
        'test',
      ),
    );
    const answer = new Promise<LinkIndication>((resolve) => {
      bus.subscribe(linkIndicationChannel('client'), ([first]) => resolve(first!));
    });
    bus.publish(linkRequestChannel('client'), [request(NOBODY, 'lost')]);
    expect(await answer).toMatchObject({ kind: 'unreachable', nextHop: NOBODY });
  });

  it('hears nothing more and frees its endpoints once it is stopped; stopping twice is well', async () => {
    await start();
    await Promise.all([running[0]!.stop(), running[0]!.stop()]);
    await expect(
      askControl(bus, 'server', 'link', { kind: 'counters' }, 'counters'),
    ).rejects.toThrow('nobody serves link');
    const heard = listen('server');
    bus.publish(linkRequestChannel('client'), [request(SERVER, 'x')]);
    await settle();
    expect(heard).toEqual([]);
  });
});
