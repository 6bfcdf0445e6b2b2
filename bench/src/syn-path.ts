/**
 * `npm run bench:syn -w bench`: the cost of a SYN flood in the transport core: CPU time per SYN
 * that is answered with a cookie.
 */
import { TransportCore } from '@strata/transport';
import {
  emitTcpChecksum,
  emitTcpHeader,
  ipv4Address,
  PROTOCOL_TCP,
  parseIpv4,
  TCP_SYN,
  tcpHeaderOctets,
  UNSPECIFIED_IPV4,
} from '@strata/wire';

const SERVER = parseIpv4('192.0.2.2')!;
const SYNS = 20_000;
const ROUNDS = 10;
const OPTIONS = {
  mss: 1460,
  windowScale: 7,
  sackPermitted: true,
  timestamps: { value: 1, echo: 0 },
};

const core = new TransportCore(
  {
    addresses: [{ address: SERVER, prefixLength: 24, mtuOctets: 1500 }],
    secret: new Uint8Array(16).fill(7),
    sysctl: { tcp_syncookies: 2 },
  },
  Math.random,
);
core.handleRequest(
  {
    kind: 'listen',
    socket: 64,
    endpoint: 'bench',
    local: { address: UNSPECIFIED_IPV4, port: 80 },
    backlog: 511,
    options: {},
  },
  0,
);
core.pollIndication();

const syns = Array.from({ length: SYNS }, (_, i) => {
  const source = ipv4Address(0x0a000000 + Math.floor(Math.random() * 2 ** 24));
  const segment = new Uint8Array(tcpHeaderOctets(OPTIONS));
  emitTcpHeader(segment, {
    sourcePort: 1024 + i,
    destinationPort: 80,
    sequence: Math.floor(Math.random() * 2 ** 32),
    acknowledgment: 0,
    flags: TCP_SYN,
    window: 64_240,
    urgentPointer: 0,
    options: OPTIONS,
  });
  emitTcpChecksum(segment, source, SERVER);
  return { source, segment };
});

for (let round = 0; round < ROUNDS; round += 1) {
  const before = process.cpuUsage();
  for (const [i, { source, segment }] of syns.entries()) {
    core.handleIndication(
      {
        kind: 'segment',
        source,
        destination: SERVER,
        protocol: PROTOCOL_TCP,
        ttl: 64,
        tos: 0,
        interfaceIndex: 1,
        cast: 'unicast',
        header: new Uint8Array(20),
        segment,
        segmentSize: 0,
        checksum: 'complete',
        trace: undefined,
      },
      round * 1000 + i / 20,
    );
    while (core.pollNetworkRequest() !== undefined) {
      // Polls all outputs, as the driver does.
    }
  }
  const { user, system } = process.cpuUsage(before);
  if (round < ROUNDS - 1) continue;
  const micros = (user + system) / SYNS;
  const share = (micros * 20_000) / 1e6;
  console.log(
    `transport core: ${micros.toFixed(1)} us of CPU a SYN; 20,000 a second take ${(100 * share).toFixed(0)}% of a core`,
  );
}
