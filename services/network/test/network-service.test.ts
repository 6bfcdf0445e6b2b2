import { MemoryBus } from '@strata/bus';
import {
  linkIndicationChannel,
  linkRequestChannel,
  networkIndicationChannel,
  networkRequestChannel,
} from '@strata/contract';
import type { LinkIndication, LinkRequest } from '@strata/link';
import type { NetworkIndication, NetworkSendRequest } from '@strata/network';
import { askControl, type Running, SILENT } from '@strata/runtime';
import { defaultConfig, parseConfig } from '@strata/runtime/config';
import {
  allocateWithHeadroom,
  emitIcmp,
  emitIpv4Header,
  HEADROOM_OCTETS,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  type IpAddress,
  Ipv4Packet,
  ipv4Address,
  isParseError,
  PROTOCOL_ICMP,
  PROTOCOL_UDP,
} from '@strata/wire';
import { startNetwork } from '../src/index.ts';
import { settle } from './support/settle.ts';

const HOST = 0xc0000201;
const SERVER = ipv4Address(0xc0000202);
const CLIENT = ipv4Address(0xc0000203);

function datagram(destination: IpAddress): NetworkSendRequest {
  return {
    kind: 'send',
    source: SERVER,
    destination,
    protocol: PROTOCOL_UDP,
    ttl: 0,
    tos: 0,
    dontFragment: false,
    interfaceIndex: 0,
    segment: allocateWithHeadroom(20),
    headroomOctets: HEADROOM_OCTETS,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  };
}

/** As link hands it up. */
function up(packet: Uint8Array): LinkIndication {
  return {
    kind: 'packet',
    interfaceIndex: 1,
    etherType: 0x0800,
    sourceMac: 0x020000000001,
    cast: 'unicast',
    packet,
    segmentSize: 0,
    checksum: 'complete',
    trace: undefined,
  };
}

function packetOf({ packet }: LinkRequest): Ipv4Packet {
  const parsed = Ipv4Packet.parse(packet);
  if (isParseError(parsed)) throw new Error(parsed);
  return parsed;
}

describe('The network service', () => {
  let bus: MemoryBus;
  let running: Running | undefined;
  let errors: unknown[];
  let down: LinkRequest[];
  let delivered: NetworkIndication[];

  async function start(config = defaultConfig()): Promise<void> {
    const onError = (error: unknown) => errors.push(error);
    running = await startNetwork({ bus, config, stack: 'server', log: SILENT, onError });
  }

  beforeEach(() => {
    bus = new MemoryBus();
    [errors, down, delivered] = [[], [], []];
    bus.subscribe(linkRequestChannel('server'), (batch) => down.push(...batch));
    bus.subscribe(networkIndicationChannel('server'), (batch) => delivered.push(...batch));
  });

  afterEach(async () => {
    await running?.stop();
    await bus.close();
    expect(errors).toEqual([]);
  });

  it('sends a datagram by the routes: on the wire, or to the gateway', async () => {
    await start();
    bus.publish(networkRequestChannel('server'), [
      datagram(CLIENT),
      datagram(ipv4Address(0x08080808)),
    ]);
    await settle();
    expect(down.map(({ nextHop, interfaceIndex }) => [nextHop, interfaceIndex])).toEqual([
      [CLIENT, 1],
      [HOST, 1],
    ]);
    expect(packetOf(down[0]!)).toMatchObject({ source: SERVER, destination: CLIENT, ttl: 64 });
  });

  it('hands up what is for the stack, and answers an echo itself', async () => {
    await start();
    bus.publish(networkRequestChannel('server'), [{ ...datagram(CLIENT), source: SERVER }]);
    await settle();
    const there = packetOf(down[0]!);
    const back = new Uint8Array(there.bytes);
    emitIpv4Header(back, {
      tos: 0,
      totalOctets: back.byteLength,
      identification: 1,
      dontFragment: false,
      moreFragments: false,
      fragmentOffsetOctets: 0,
      ttl: 64,
      protocol: PROTOCOL_UDP,
      source: CLIENT,
      destination: SERVER,
    });
    const ping = new Uint8Array(28);
    emitIpv4Header(ping, {
      tos: 0,
      totalOctets: 28,
      identification: 2,
      dontFragment: false,
      moreFragments: false,
      fragmentOffsetOctets: 0,
      ttl: 64,
      protocol: PROTOCOL_ICMP,
      source: CLIENT,
      destination: SERVER,
    });
    emitIcmp(ping.subarray(20), ICMP_ECHO_REQUEST, 0, 1, 1);
    bus.publish(linkIndicationChannel('server'), [up(back), up(ping)]);
    await settle();
    expect(delivered).toMatchObject([{ kind: 'segment', source: CLIENT, protocol: PROTOCOL_UDP }]);
    const reply = packetOf(down.at(-1)!);
    expect(reply).toMatchObject({ source: SERVER, destination: CLIENT, protocol: PROTOCOL_ICMP });
    expect(reply.payload[0]).toBe(ICMP_ECHO_REPLY);
  });

  it('tells of its routes, counters and knobs', async () => {
    await start();
    const { routes } = await askControl(bus, 'server', 'network', { kind: 'routes' }, 'routes');
    expect(routes).toMatchObject([
      {
        destination: { address: 0xc0000200, prefixLength: 24 },
        gateway: 0,
        interfaceIndex: 1,
        type: 'unicast',
      },
      {
        destination: { address: 0, prefixLength: 0 },
        gateway: HOST,
        interfaceIndex: 1,
        type: 'unicast',
      },
    ]);
    bus.publish(networkRequestChannel('server'), [datagram(CLIENT)]);
    await settle();
    const { counters } = await askControl(
      bus,
      'server',
      'network',
      { kind: 'counters' },
      'counters',
    );
    expect(counters).toMatchObject({ IpOutRequests: 1, core_errors: 0, request_dropped: 0 });
    const set = { kind: 'sysctl-set', name: 'net.ipv4.ip_default_ttl', value: '9' } as const;
    await askControl(bus, 'server', 'network', set, 'sysctls');
    bus.publish(networkRequestChannel('server'), [datagram(CLIENT)]);
    await settle();
    expect(packetOf(down.at(-1)!).ttl).toBe(9);
    expect(running!.health().ok).toBe(true);
  });

  it('takes routes of each kind from the config', async () => {
    await start(
      parseConfig(
        `stacks: { server: { interfaces: [ { name: a, wire: lan, addresses: [192.0.2.2/24] } ], routes: [
           { to: 10.0.0.0/8, type: blackhole }, { to: 172.16.0.0/12, interface: a, metric: 5 } ] } }`,
        'test',
      ),
    );
    const { routes } = await askControl(bus, 'server', 'network', { kind: 'routes' }, 'routes');
    expect(
      routes.map(({ type, interfaceIndex, metric }) => [type, interfaceIndex, metric]),
    ).toEqual([
      ['unicast', 1, 0],
      ['unicast', 1, 5],
      ['blackhole', 0, 0],
    ]);
  });

  it('frees its endpoints once it is stopped', async () => {
    await start();
    await running!.stop();
    await expect(
      askControl(bus, 'server', 'network', { kind: 'counters' }, 'counters'),
    ).rejects.toThrow('nobody serves network');
  });
});
