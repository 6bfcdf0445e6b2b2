import { MemoryBus } from '@strata/bus';
import {
  type CapturedFrame,
  captureChannel,
  type InterfaceFeatures,
  linkIndicationChannel,
  linkRequestChannel,
} from '@strata/contract';
import type { LinkIndication, LinkRequest } from '@strata/link';
import {
  askControl,
  type Config,
  DeviceFeatures,
  type FrameDevice,
  type Running,
  SILENT,
} from '@strata/runtime';
import { defaultConfig, parseConfig } from '@strata/runtime/config';
import {
  emitIpv4Header,
  emitTcpHeader,
  emitTcpPartialChecksum,
  type IpAddress,
  ipv4Address,
  PROTOCOL_TCP,
  TCP_ACK,
} from '@strata/wire';
import { startLink } from '../src/index.ts';
import { settle } from './support/settle.ts';

const SERVER = ipv4Address(0xc0000202);
const CLIENT = ipv4Address(0xc0000203);
const NOBODY = ipv4Address(0xc0000263);

/** An IPv4 packet as far as link looks into it. */
function request(nextHop: IpAddress, text: string): LinkRequest {
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

/** 2,000 octets of TCP from server to client, in segments of 1,000, with a partial checksum. */
function superPacket() {
  const packet = new Uint8Array(2040);
  emitIpv4Header(packet, {
    tos: 0,
    totalOctets: packet.byteLength,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_TCP,
    source: SERVER,
    destination: CLIENT,
  });
  const segment = packet.subarray(20);
  emitTcpHeader(segment, {
    sourcePort: 80,
    destinationPort: 9,
    sequence: 1,
    acknowledgment: 1,
    flags: TCP_ACK,
    window: 1,
    urgentPointer: 0,
    options: {},
  });
  emitTcpPartialChecksum(segment, SERVER, CLIENT, 2000);
  return { packet, segmentSize: 1000, checksum: 'partial', trace: undefined } as const;
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
      tapOf: () => undefined,
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
    const get = { kind: 'impairment-get', interfaceName: 'etho0' } as const;
    await expect(askControl(bus, 'client', 'link', get, 'impairment')).rejects.toThrow(
      'there is no interface etho0; there is: eth0 (did you mean eth0?)',
    );
  });

  describe('to the questions of ethtool', () => {
    const set = (interfaceName: string, ...pairs: [name: string, on: boolean][]) => {
      const switches = pairs.map(([name, on]) => ({ name, on }));
      const request = { kind: 'features-set', interfaceName, switches } as const;
      return askControl(bus, 'server', 'link', request, 'features');
    };
    const activeOf = ({ features }: InterfaceFeatures) =>
      features.filter(({ active, fixed }) => active && !fixed).map(({ name }) => name);

    /** A super-segment of server's, to client. */
    const superSegment = (): LinkRequest => {
      const meta = superPacket();
      const destination = { etherType: 0x0800, cast: 'unicast', nextHop: CLIENT } as const;
      return { ...meta, ...destination, interfaceIndex: 1, headroomOctets: 0 };
    };
    const hears = async (heard: LinkIndication[]) => {
      heard.splice(0);
      bus.publish(linkRequestChannel('server'), [superSegment()]);
      await settle();
      return heard.map((it) => it.kind === 'packet' && [it.segmentSize, it.checksum]);
    };

    it('tells what each interface does, and switches it from the next packet on, both ways', async () => {
      await start();
      const heard = listen('client');
      expect(await hears(heard)).toEqual([[1000, 'partial']]);
      const { interfaces } = await set('eth0', ['tso', false]);
      expect(interfaces.map(activeOf)).toEqual([
        ['rx-checksumming', 'tx-checksumming', 'large-receive-offload'],
      ]);
      expect(await hears(heard)).toEqual([
        [0, 'complete'],
        [0, 'complete'],
      ]);
      await set('eth0', ['tso', true]);
      expect(await hears(heard)).toEqual([[1000, 'partial']]);
      const lroOff = {
        kind: 'features-set',
        interfaceName: 'eth0',
        switches: [{ name: 'lro', on: false }],
      } as const;
      await askControl(bus, 'client', 'link', lroOff, 'features');
      expect(await hears(heard)).toEqual([
        [0, 'complete'],
        [0, 'complete'],
      ]);
      expect(running.map((one) => one.counters()['eth0_device_feature_changes'])).toEqual([2, 1]);
    });

    it('has the TAP devices of its wires among its interfaces', async () => {
      const config = defaultConfig();
      const features = new DeviceFeatures({ offload: true });
      const device = { name: 'strata0', kind: 'tap', features } as unknown as FrameDevice;
      const taps = {
        counters: () => ({}),
        countersOf: () => ({}),
        tapOf: (wire: string) => (wire === 'lan' ? device : undefined),
      };
      const lines: object[] = [];
      const log = { ...SILENT, child: () => log, info: (fields: object) => lines.push(fields) };
      running.push(await startLink({ bus, config, stack: 'server', log, taps }));
      const get = { kind: 'features-get', interfaceName: '' } as const;
      const { interfaces } = await askControl(bus, 'server', 'link', get, 'features');
      expect(interfaces.map(({ name, kind }) => [name, kind])).toEqual([
        ['eth0', 'wire'],
        ['strata0', 'tap'],
      ]);
      await set('strata0', ['rx', false]);
      expect(features.taken).toEqual({ checksum: false, segmentation: false });
      expect(lines).toContainEqual({ interface: 'strata0', feature: 'rx-checksumming', on: false });
    });

    it.each([
      ['eth7', 'tso', 'not-found', 'there is no interface eth7; there is: eth0'],
      [
        'etho0',
        'tso',
        'not-found',
        'there is no interface etho0; there is: eth0 (did you mean eth0?)',
      ],
      ['eth0', 'tos', 'not-found', 'eth0: there is no feature tos'],
      ['eth0', 'gro', 'not-supported', 'eth0: generic-receive-offload is fixed'],
    ])('refuses of %s %s', async (interfaceName, name, code, message) => {
      await start();
      const refusal = await set(interfaceName, [name, true]).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code, message: expect.stringContaining(message) });
    });
  });

  it('takes knobs from the config and changes them while it runs', async () => {
    const name = 'net.ipv4.neigh.eth0.mcast_solicit';
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
      'takes effect when the stack starts',
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
