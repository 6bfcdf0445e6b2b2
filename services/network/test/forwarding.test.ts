import { type Bus, connectNats, MemoryBus } from '@strata/bus';
import { type NatsServer, startNatsServer, until } from '@strata/conformance';
import { linkIndicationChannel, linkRequestChannel } from '@strata/contract';
import type { LinkIndication, LinkRequest } from '@strata/link';
import { type Running, SILENT } from '@strata/runtime';
import { validateConfig } from '@strata/runtime/config';
import {
  emitIpv4Header,
  emitUdpHeader,
  PROTOCOL_UDP,
  parseIpv4,
  readUint16,
  readUint32,
  writeUint32,
} from '@strata/wire';
import { startNetwork } from '../src/index.ts';

const SOURCE = parseIpv4('192.0.2.1')!;
const DESTINATION = parseIpv4('198.51.100.7')!;
const FLOWS = 40;
const PACKETS = 2000;

const CONFIG = validateConfig(
  {
    wires: { left: {}, right: {} },
    stacks: {
      router: {
        interfaces: [
          { wire: 'left', addresses: ['192.0.2.2/24'] },
          { wire: 'right', addresses: ['198.51.100.2/24'] },
        ],
        sysctl: { 'net.ipv4.ip_forward': 1 },
      },
    },
  },
  'the test',
);

/** A datagram of a flow, as link hands it up. `number` counts in its data. */
function came(flow: number, number: number): LinkIndication {
  const packet = new Uint8Array(32);
  emitIpv4Header(packet, {
    tos: 0,
    totalOctets: 32,
    identification: number & 0xffff,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_UDP,
    source: SOURCE,
    destination: DESTINATION,
  });
  writeUint32(packet, 28, number);
  emitUdpHeader(packet.subarray(20), SOURCE, DESTINATION, 40_000 + flow, 7);
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

let nats: NatsServer;
beforeAll(async () => {
  nats = await startNatsServer();
});
afterAll(async () => {
  await nats.stop();
});

const BUSES: readonly (readonly [string, () => Promise<Bus[]>])[] = [
  [
    'in memory',
    async () => {
      const bus = new MemoryBus();
      return [bus, bus];
    },
  ],
  [
    'over NATS',
    () => Promise.all(['link', 'network'].map((name) => connectNats({ servers: nats.url, name }))),
  ],
];

describe.each(BUSES)('A flow through a router %s', (_, open) => {
  let buses: Bus[];
  let running: Running | undefined;

  beforeEach(async () => {
    buses = await open();
  });

  afterEach(async () => {
    await running?.stop();
    for (const bus of new Set(buses)) await bus.close();
  });

  it('keeps its order and its shard, among many flows', async () => {
    const [link, network] = buses as [Bus, Bus];
    const onError = (error: unknown) => {
      throw error;
    };
    running = await startNetwork({
      bus: network,
      config: CONFIG,
      stack: 'router',
      log: SILENT,
      onError,
    });
    const shards = new Map<number, Set<string>>();
    const out: LinkRequest[] = [];
    const inward = linkIndicationChannel('router');
    const outward = linkRequestChannel('router');
    const note = (packet: Uint8Array, key: string) => {
      const flow = readUint16(packet, 20);
      const keys = shards.get(flow) ?? new Set();
      shards.set(flow, keys.add(key));
    };
    link.subscribe(outward, (batch) => {
      out.push(...batch);
      for (const pdu of batch) note(pdu.packet, outward.keyOf(pdu));
    });
    const packets = Array.from({ length: PACKETS }, (_, number) =>
      came((number * 7) % FLOWS, number),
    );
    for (const pdu of packets) note(pdu.packet, inward.keyOf(pdu));
    await until('the bus is connected', () => link.status === 'connected');
    for (let at = 0; at < PACKETS; at += 50) {
      link.publish(inward, packets.slice(at, at + 50));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until('all packets are out', () => out.length >= PACKETS);
    const last = new Map<number, number>();
    for (const { packet } of out) {
      const flow = readUint16(packet, 20);
      const number = readUint32(packet, 28);
      expect(number).toBeGreaterThan(last.get(flow) ?? -1);
      last.set(flow, number);
    }
    expect(out).toHaveLength(PACKETS);
    expect([...shards.values()].map(({ size }) => size)).toEqual(new Array(FLOWS).fill(1));
  });
});
