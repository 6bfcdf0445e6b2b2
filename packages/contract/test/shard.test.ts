import { readFileSync } from 'node:fs';
import {
  linkIndicationChannel,
  linkRequestChannel,
  SHARDS,
  shardOfAddresses,
  shardOfFlow,
  shardOfFragment,
  shardOfPacket,
  shardOfSegment,
  shardOfSocket,
} from '@strata/contract';
import { ipv4Address, parseIpv4 } from '@strata/wire';

interface Vectors {
  readonly flows: readonly {
    readonly protocol: number;
    readonly localAddress: string;
    readonly localPort: number;
    readonly remoteAddress: string;
    readonly remotePort: number;
    readonly shard: number;
  }[];
  readonly fragments: readonly {
    readonly source: string;
    readonly destination: string;
    readonly protocol: number;
    readonly identification: number;
    readonly shard: number;
  }[];
  readonly otherProtocols: readonly {
    readonly protocol: number;
    readonly localAddress: string;
    readonly remoteAddress: string;
    readonly shard: number;
  }[];
  readonly packets: readonly {
    readonly description: string;
    readonly direction: 'in' | 'out';
    readonly packet: string;
    readonly shard: number;
  }[];
  readonly forwarded: readonly {
    readonly description: string;
    readonly packet: string;
    readonly shard: number;
  }[];
}

const file = new URL('../../../proto/strata/v1/shard-vectors.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'));
const ip = (text: string) => parseIpv4(text)!;
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('shards of the vectors that another language must reproduce', () => {
  it.each(vectors.flows)(
    'flow $protocol $localAddress:$localPort $remoteAddress:$remotePort',
    (flow) => {
      const { protocol, localPort, remotePort } = flow;
      const local = ip(flow.localAddress);
      const remote = ip(flow.remoteAddress);
      expect(shardOfFlow(protocol, local, localPort, remote, remotePort)).toBe(flow.shard);
    },
  );

  it.each(vectors.fragments)('fragment $source $destination $protocol $identification', (one) => {
    const { source, destination, protocol, identification } = one;
    expect(shardOfFragment(ip(source), ip(destination), protocol, identification)).toBe(one.shard);
  });

  it.each(vectors.otherProtocols)('protocol $protocol $localAddress $remoteAddress', (one) => {
    const { protocol, localAddress, remoteAddress } = one;
    expect(shardOfAddresses(protocol, ip(localAddress), ip(remoteAddress))).toBe(one.shard);
  });

  it.each(vectors.packets)('$direction: $description', ({ packet, direction, shard }) => {
    expect(shardOfPacket(bytes(packet), direction)).toBe(shard);
  });

  it.each(vectors.packets.filter(({ description }) => !/fragment of|no IPv4/.test(description)))(
    'without its IPv4 header, $direction: $description',
    ({ packet, direction, shard }) => {
      const whole = bytes(packet);
      const header = new DataView(whole.buffer);
      const source = ipv4Address(header.getUint32(12));
      const destination = ipv4Address(header.getUint32(16));
      const local = direction === 'in' ? destination : source;
      const remote = direction === 'in' ? source : destination;
      const segment = whole.subarray((whole[0]! & 15) * 4);
      expect(shardOfSegment(whole[9]!, local, remote, segment, direction)).toBe(shard);
    },
  );
});

describe('the shard of a packet that network forwards', () => {
  it.each(vectors.forwarded)(
    'is one in and out, and if nobody takes it: $description',
    ({ packet, shard }) => {
      const carried = { packet: bytes(packet), interfaceIndex: 1, nextHop: ipv4Address(1) };
      const meta = { segmentSize: 0, checksum: 'complete', trace: undefined } as const;
      const frame = { ...carried, ...meta, etherType: 0x0800, cast: 'unicast' } as const;
      const came = linkIndicationChannel('s').keyOf({ kind: 'packet', sourceMac: 1, ...frame });
      const sent = { ...frame, headroomOctets: 0, isForwarded: true };
      const refused = { kind: 'unreachable', ...carried, isForwarded: true } as const;
      const goes = linkRequestChannel('s').keyOf(sent);
      const back = linkIndicationChannel('s').keyOf(refused);
      expect([came, goes, back]).toEqual([`${shard}`, `${shard}`, `${shard}`]);
    },
  );
});

describe('the spread of shards', () => {
  it('is even over all shards for the ports of one client', () => {
    const counts = new Array<number>(SHARDS).fill(0);
    for (let port = 32_768; port < 61_000; port++) {
      counts[shardOfFlow(6, ipv4Address(0xc0000202), 80, ipv4Address(0xc0000201), port)]! += 1;
    }
    const mean = (61_000 - 32_768) / SHARDS;
    for (const count of counts) {
      expect(count).toBeGreaterThan(mean * 0.75);
      expect(count).toBeLessThan(mean * 1.25);
    }
  });
});

describe('the shard of a socket', () => {
  it('is the lowest six bits of its id, also beyond 2^32', () => {
    expect(shardOfSocket(1)).toBe(1);
    expect(shardOfSocket(64)).toBe(0);
    expect(shardOfSocket(2 ** 53 - 1)).toBe(63);
  });
});
