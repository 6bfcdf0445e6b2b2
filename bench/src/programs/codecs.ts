/**
 * codecs.ts OCTETS SECONDS: encodes and decodes batches of the PDUs of all boundaries. Each PDU has
 * OCTETS octets of data, and a batch about 16 KiB. Prints thousands of PDUs encoded and decoded per
 * second of CPU time. It also runs on earlier commits.
 */

import {
  type Channel,
  linkIndicationChannel,
  linkRequestChannel,
  networkIndicationChannel,
  networkRequestChannel,
  transportIndicationChannel,
  transportRequestChannel,
} from '@strata/contract';
import { parseIpv4 } from '@strata/wire';

const [octets = 0, seconds = 0] = process.argv.slice(2).map(Number);
const WARM_UP_MS = 1_000;
const BATCH_OCTETS = 16_384;
const MAX_BATCH_PDUS = 32;

const META = { segmentSize: 0, checksum: 'verified', trace: undefined } as const;
const IP = {
  source: parseIpv4('192.0.2.2')!,
  destination: parseIpv4('192.0.2.1')!,
  protocol: 6,
  ttl: 64,
  tos: 0,
} as const;
const LINK = { interfaceIndex: 1, etherType: 0x0800, cast: 'unicast', ...META } as const;
const SESSION = { socket: 6401, endpoint: 'bench', sequence: 100_000, acknowledge: 5_000 };
const BODY = { socket: 6401, trace: undefined, offset: 1e9, data: new Uint8Array(octets) };
const bytes = new Uint8Array(octets);

/** A function that encodes and decodes one batch of a channel, and returns its number of PDUs. */
function job<Pdu>(channel: Channel<Pdu>, pdu: Pdu): () => number {
  const count = Math.max(1, Math.min(MAX_BATCH_PDUS, Math.floor(BATCH_OCTETS / octets)));
  const batch = Array.from({ length: count }, () => pdu);
  return () => channel.decode(channel.encode(batch)).length;
}

const JOBS = [
  job(linkRequestChannel('b'), {
    ...LINK,
    nextHop: parseIpv4('192.0.2.1')!,
    packet: bytes,
    headroomOctets: 0,
  }),
  job(linkIndicationChannel('b'), { ...LINK, kind: 'packet', sourceMac: 0x02, packet: bytes }),
  job(networkRequestChannel('b'), {
    ...IP,
    ...META,
    kind: 'send',
    dontFragment: true,
    interfaceIndex: 0,
    segment: bytes,
    headroomOctets: 0,
  }),
  job(networkIndicationChannel('b'), {
    ...IP,
    ...META,
    kind: 'segment',
    cast: 'unicast',
    interfaceIndex: 1,
    header: new Uint8Array(20),
    segment: bytes,
  }),
  job(transportRequestChannel('b'), {
    ...SESSION,
    body: { ...BODY, kind: 'send', push: true, urgent: false },
  }),
  job(transportIndicationChannel('b'), {
    ...SESSION,
    body: { ...BODY, kind: 'data', endpoint: 'bench' },
  }),
];

/** Runs all jobs in turns for `ms` milliseconds. Returns PDUs per second of CPU time. */
function runFor(ms: number): number {
  const untilMs = performance.now() + ms;
  const cpu = process.cpuUsage();
  let pdus = 0;
  while (performance.now() < untilMs) {
    for (let turns = 0; turns < 20; turns += 1) for (const run of JOBS) pdus += run();
  }
  const { user, system } = process.cpuUsage(cpu);
  return (pdus * 1e6) / (user + system);
}

runFor(WARM_UP_MS);
console.log((runFor(seconds * 1000) / 1000).toFixed(2));
