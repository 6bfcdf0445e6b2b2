import { SHARDS, shardOfFlow } from '@strata/contract';
import { SeededRandom, TcpPeer } from '@strata/simulator';
import { TransportCore, type TransportRequest } from '@strata/transport';
import {
  emitUdpHeader,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  parseIpv4,
  TcpSegment,
  UNSPECIFIED_IPV4,
  writeUint16,
} from '@strata/wire';

const HERE = parseIpv4('192.0.2.2')!;
const PEER = parseIpv4('192.0.2.1')!;
const REMOTE = { address: PEER, port: 80 };

function core(): TransportCore {
  return new TransportCore(
    {
      addresses: [{ address: HERE, prefixLength: 24, mtuOctets: 1500 }],
      secret: new Uint8Array(16).fill(3),
      shardOf: shardOfFlow,
    },
    new SeededRandom(1).next,
  );
}

function connect(to: TransportCore, socket: number, localPort = 0): void {
  const local = { address: UNSPECIFIED_IPV4, port: localPort };
  const common = { endpoint: 'app', options: {}, creditOctets: 1000 };
  to.handleRequest({ kind: 'connect', socket, local, remote: REMOTE, ...common }, 0);
}

function listen(to: TransportCore, socket: number, port: number): void {
  const local = { address: UNSPECIFIED_IPV4, port };
  const common = { endpoint: 'app', options: {}, backlog: 200 };
  to.handleRequest({ kind: 'listen', socket, local, ...common }, 0);
}

/** A segment or datagram as network indicates it. */
function fromPeer(protocol: number, segment: Uint8Array) {
  return {
    kind: 'segment',
    source: PEER,
    destination: HERE,
    protocol,
    ttl: 64,
    tos: 0,
    interfaceIndex: 1,
    cast: 'unicast',
    header: new Uint8Array(20).fill(0x45),
    segment,
    segmentSize: 0,
    checksum: 'verified',
    trace: undefined,
  } as const;
}

/** A SYN from this port of the peer to port 80. */
function syn(from: number) {
  const segment = new TcpPeer().make('SYN', { seq: 0, to: 80 });
  writeUint16(segment, 0, from);
  return fromPeer(PROTOCOL_TCP, segment);
}

function datagram() {
  const segment = new Uint8Array(13);
  emitUdpHeader(segment, PEER, HERE, 4000, 53);
  return fromPeer(PROTOCOL_UDP, segment);
}

function sent(by: TransportCore): TcpSegment[] {
  const segments: TcpSegment[] = [];
  for (let one = by.pollNetworkRequest(); one; one = by.pollNetworkRequest()) {
    if (one.kind === 'send') segments.push(TcpSegment.parse(one.segment) as TcpSegment);
  }
  return segments;
}

function told(by: TransportCore) {
  const all = [];
  for (let one = by.pollIndication(); one; one = by.pollIndication()) all.push(one);
  return all;
}

describe('an active open', () => {
  it('chooses a port whose flow is in the shard of the socket: there the answers arrive', () => {
    const one = core();
    for (let shard = 0; shard < SHARDS; shard += 1) connect(one, SHARDS + shard);
    const shards = sent(one).map(({ sourcePort }) =>
      shardOfFlow(PROTOCOL_TCP, HERE, sourcePort, PEER, REMOTE.port),
    );
    expect(shards).toEqual(Array.from({ length: SHARDS }, (_, shard) => shard));
  });

  it('finds no port where those of its shard are used up', () => {
    const one = core();
    one.sysctl.ip_local_port_range = [40_000, 40_000];
    const shard = shardOfFlow(PROTOCOL_TCP, HERE, 40_000, PEER, REMOTE.port);
    connect(one, SHARDS + ((shard + 1) % SHARDS));
    expect(told(one)).toMatchObject([{ kind: 'closed', reason: 'no ports' }]);
    connect(one, SHARDS + shard);
    expect(sent(one)).toMatchObject([{ sourcePort: 40_000 }]);
  });

  it('is refused from a port whose flow is in a shard of another core', () => {
    const one = core();
    const flow = shardOfFlow(PROTOCOL_TCP, HERE, 5000, PEER, REMOTE.port);
    const other = (flow + 1) % SHARDS;
    one.ownShards([other]);
    connect(one, SHARDS + other, 5000);
    expect(told(one)).toMatchObject([{ kind: 'closed', reason: 'address not available' }]);
    expect(sent(one)).toEqual([]);
  });
});

describe('cores that own different shards', () => {
  it('know all listeners, and each takes the connections of its own', () => {
    const cores = [core(), core()];
    cores.forEach((one, index) => {
      one.ownShards(Array.from({ length: SHARDS / 2 }, (_, i) => 2 * i + index));
      listen(one, 64, 80);
    });
    const answered = cores.map((one) => {
      for (let port = 1000; port < 1100; port += 1) one.handleIndication(syn(port), 0);
      return sent(one).map(({ destinationPort }) => destinationPort);
    });
    const all = answered.flat().sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 100 }, (_, i) => 1000 + i));
    answered.forEach((ports, index) => {
      for (const port of ports) {
        expect(shardOfFlow(PROTOCOL_TCP, HERE, 80, PEER, port) % 2).toBe(index);
      }
    });
    const refused = cores.map(({ counters }) => counters.StrataNotOwner);
    expect(refused[0]! + refused[1]!).toBe(100);
  });

  it('do not answer segments, errors or requests of another’s', () => {
    const one = core();
    one.ownShards([]);
    one.handleIndication(datagram(), 0);
    const quoted = new Uint8Array([0, 80, 15, 160, 0, 0, 0, 0]);
    one.handleIndication(
      {
        kind: 'error',
        type: 3,
        code: 3,
        mtu: 0,
        source: HERE,
        destination: PEER,
        protocol: PROTOCOL_TCP,
        reporter: parseIpv4('192.0.2.1')!,
        quoted,
      },
      0,
    );
    connect(one, 65);
    const request: TransportRequest = { kind: 'shutdown', socket: 66 };
    one.handleRequest(request, 0);
    expect(sent(one)).toEqual([]);
    expect(told(one)).toEqual([]);
    expect(one.counters).toMatchObject({ StrataNotOwner: 4, UdpNoPorts: 0, TcpActiveOpens: 0 });
  });

  it('take all again where they own all', () => {
    const one = core();
    one.ownShards([]);
    one.ownShards(undefined);
    one.handleIndication(datagram(), 0);
    expect(one.counters).toMatchObject({ StrataNotOwner: 0, UdpNoPorts: 1 });
  });
});
