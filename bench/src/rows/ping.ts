import { Host, waitFor } from '@strata/e2e';
import { measurePing } from '../clients.ts';
import { buildPump } from '../native.ts';
import { startKernel } from '../stands/kernel.ts';
import type { Stand } from '../stands/lab.ts';
import { startServices, startUp } from '../stands/strata.ts';
import { TARGETS } from './bulk.ts';
import { KERNEL, NATS, ONE } from './names.ts';
import { compare, type Row, type Side } from './row.ts';

const STANDS: readonly (readonly [name: string, start: () => Promise<Stand>])[] = [
  [KERNEL, startKernel],
  [ONE, startUp],
  [NATS, startServices],
];

/** Seconds between two echo requests, on an idle stack and during a transfer. */
const IDLE_INTERVAL = 0.002;
const BUSY_INTERVAL = 0.01;

/** Octets to receive before the transfer counts as running. */
const UNDER_WAY_OCTETS = 10_000_000;

const sides = (measure: (stand: Stand, seconds: number) => Promise<number>): Side[] =>
  STANDS.map(([name, start]) => ({
    name,
    async start(lab) {
      await buildPump();
      const stand = await lab.use(start);
      return (seconds) => measure(stand, seconds);
    },
  }));

/** Round-trip times of ICMP echoes: the median of each run. */
export const PING_ROWS: readonly Row[] = [
  compare({
    name: 'ping',
    title: 'ping, idle',
    unit: 'ms',
    sides: sides((stand, seconds) => pingFor(stand, seconds, IDLE_INTERVAL)),
    comparisons: [{ side: ONE, below: 0.15 }],
  }),
  compare({
    name: 'ping-busy',
    title: 'ping while GET /bytes/N runs, our handlers',
    unit: 'ms',
    sides: sides(pingDuringTransfer),
    comparisons: [{ side: ONE, below: 5 }],
    // Each run starts its own transfer.
    plan: { warmUpRuns: 3 },
  }),
];

function pingFor(stand: Stand, seconds: number, interval: number): Promise<number> {
  return measurePing(stand, Math.ceil(seconds / interval), interval);
}

async function pingDuringTransfer(stand: Stand, seconds: number): Promise<number> {
  const host = new Host(stand.netns);
  const { port, path } = TARGETS.download;
  const args = ['receive', stand.address, `${port}`, '60', path];
  const before = await receivedOctets(host);
  const transfer = host.launch('the transfer', await buildPump(), args);
  await waitFor(
    'the transfer runs',
    async () => (await receivedOctets(host)) - before > UNDER_WAY_OCTETS,
  );
  const ms = await pingFor(stand, seconds, BUSY_INTERVAL);
  const { exitCode } = transfer;
  await transfer.stop();
  if (exitCode === undefined) return ms;
  throw new Error(`the transfer ended with ${exitCode} before the pings did:\n${transfer.stderr}`);
}

/** Octets received by all devices of the host's namespace. */
async function receivedOctets(host: Host): Promise<number> {
  const { stdout } = await host.run('cat', ['/proc/net/dev']);
  const counts = [...stdout.matchAll(/^ *[^:|]+: *(\d+)/gm)];
  return counts.reduce((total, [, octets]) => total + Number(octets), 0);
}
