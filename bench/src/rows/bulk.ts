import { type BulkTarget, type Direction, measureBulk } from '../clients.ts';
import { buildPump } from '../native.ts';
import { PORTS } from '../programs/ports.ts';
import { startIperf, startKernel } from '../stands/kernel.ts';
import type { Stand } from '../stands/lab.ts';
import { startLwip } from '../stands/lwip.ts';
import { startOwnProgram, startUp } from '../stands/strata.ts';
import { IPERF, KERNEL, LWIP, ONE } from './names.ts';
import { compare, type Row, type Side } from './row.ts';

/** More octets than any run transfers. */
const ENDLESS = '/bytes/1000000000000000';

/** The targets of our handlers, and of the servers of a few lines each. */
export const TARGETS = {
  download: { port: PORTS.ours, path: ENDLESS },
  upload: { port: PORTS.ours, path: '/sha256' },
  bareDownload: { port: PORTS.bare, path: ENDLESS },
  chargen: { port: PORTS.chargen },
  discard: { port: PORTS.discard },
} as const;

/** A side that is measured over one connection of the bench's client. */
export function bulkSide(
  name: string,
  start: () => Promise<Stand>,
  direction: Direction,
  target: BulkTarget,
): Side {
  return {
    name,
    async start(lab) {
      await buildPump();
      const stand = await lab.use(start);
      return (seconds) => measureBulk(stand, direction, target, seconds);
    },
  };
}

function iperfSide(direction: Direction): Side {
  return {
    name: IPERF,
    async start(lab) {
      const iperf = await lab.use(startIperf);
      return (seconds) => iperf.measure(direction, seconds);
    },
  };
}

/** Bulk transfers by HTTP and by TCP alone, over one connection. */
export const BULK_ROWS: readonly Row[] = [
  compare({
    name: 'bulk',
    title: 'to the host: GET /bytes/N, our handlers',
    unit: 'MB/s',
    sides: [
      bulkSide(KERNEL, startKernel, 'receive', TARGETS.download),
      bulkSide(ONE, startUp, 'receive', TARGETS.download),
    ],
    comparisons: [{ side: ONE, of: KERNEL, atLeast: 1 }],
  }),
  compare({
    name: 'bulk-bare',
    title: 'to the host: GET /bytes/N, a bare handler',
    unit: 'MB/s',
    sides: [
      bulkSide(KERNEL, startKernel, 'receive', TARGETS.bareDownload),
      bulkSide(ONE, startOwnProgram, 'receive', TARGETS.bareDownload),
    ],
    comparisons: [{ side: ONE, of: KERNEL }],
  }),
  compare({
    name: 'upload',
    title: 'from the host: POST /sha256, our handlers',
    unit: 'MB/s',
    sides: [
      bulkSide(KERNEL, startKernel, 'send', TARGETS.upload),
      bulkSide(ONE, startUp, 'send', TARGETS.upload),
    ],
    comparisons: [{ side: ONE, of: KERNEL }],
  }),
  compare({
    name: 'chargen',
    title: 'to the host: TCP alone, chargen',
    unit: 'MB/s',
    sides: [
      iperfSide('receive'),
      bulkSide(KERNEL, startKernel, 'receive', TARGETS.chargen),
      bulkSide(LWIP, startLwip, 'receive', TARGETS.chargen),
      bulkSide(ONE, startOwnProgram, 'receive', TARGETS.chargen),
    ],
    comparisons: [
      { side: ONE, of: IPERF, atLeast: 0.6 },
      { side: ONE, of: KERNEL },
      { side: ONE, of: LWIP, atLeast: 2 },
    ],
  }),
  compare({
    name: 'discard',
    title: 'from the host: TCP alone, discard',
    unit: 'MB/s',
    sides: [
      iperfSide('send'),
      bulkSide(KERNEL, startKernel, 'send', TARGETS.discard),
      bulkSide(LWIP, startLwip, 'send', TARGETS.discard),
      bulkSide(ONE, startOwnProgram, 'send', TARGETS.discard),
    ],
    comparisons: [
      { side: ONE, of: IPERF, atLeast: 0.5 },
      { side: ONE, of: KERNEL },
      { side: ONE, of: LWIP, atLeast: 2 },
    ],
  }),
];
