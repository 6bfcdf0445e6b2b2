import { type Direction, moveBulk } from '../clients.ts';
import { cpuMs } from '../cpu.ts';
import { buildPump } from '../native.ts';
import type { Lab } from '../stands/lab.ts';
import {
  type Moved,
  type RouterStand,
  startKernelRouter,
  startStrataRouter,
} from '../stands/router.ts';
import { startOwnProgram } from '../stands/strata.ts';
import { TARGETS } from './bulk.ts';
import { compare, type Row, type Side } from './row.ts';

const KERNEL_ROUTER = 'the kernel as the router';
const STRATA_ROUTER = 'Strata as the router';
const CHARGEN = 'Strata as a host: chargen';
const DISCARD = 'Strata as a host: discard';

/** Something that moves data, and the process that does the work. */
interface Mover {
  /** Undefined: the kernel. */
  readonly pid: number | undefined;
  move(seconds: number): Promise<Moved>;
}

const routed = (start: () => Promise<RouterStand>) => (lab: Lab) => lab.use(start);

const asHost =
  (direction: Direction) =>
  async (lab: Lab): Promise<Mover> => {
    await buildPump();
    const stand = await lab.use(startOwnProgram);
    const target = direction === 'receive' ? TARGETS.chargen : TARGETS.discard;
    return {
      pid: stand.processes[0]!.pid,
      move: (seconds) => moveBulk(stand, direction, target, seconds),
    };
  };

/** Megabytes (10^6 octets) per second. */
function speedOf(name: string, start: (lab: Lab) => Promise<Mover>): Side {
  return {
    name,
    async start(lab) {
      const mover = await start(lab);
      return async (seconds) => {
        const moved = await mover.move(seconds);
        return moved.octets / moved.seconds / 1e6;
      };
    },
  };
}

/** CPU time of the process, ms for each MB. Of the process alone: not of the hosts' sockets. */
function costOf(name: string, start: (lab: Lab) => Promise<Mover>): Side {
  return {
    name,
    async start(lab) {
      const mover = await start(lab);
      return async (seconds) => {
        const before = cpuMs(mover.pid!);
        const moved = await mover.move(seconds);
        return (cpuMs(mover.pid!) - before) / (moved.octets / 1e6);
      };
    },
  };
}

/** One TCP connection between two hosts of the kernel, through a router. */
export const FORWARDING_ROWS: readonly Row[] = [
  compare({
    name: 'forwarding-speed',
    title: 'through a router: iperf3',
    unit: 'MB/s',
    sides: [
      speedOf(KERNEL_ROUTER, routed(startKernelRouter)),
      speedOf(STRATA_ROUTER, routed(startStrataRouter)),
      speedOf(CHARGEN, asHost('receive')),
      speedOf(DISCARD, asHost('send')),
    ],
    comparisons: [
      { side: STRATA_ROUTER, of: KERNEL_ROUTER, atLeast: 0.5 },
      { side: STRATA_ROUTER, of: CHARGEN },
      { side: STRATA_ROUTER, of: DISCARD },
    ],
  }),
  compare({
    name: 'forwarding-cost',
    title: 'CPU time of the process that routes, or is the host',
    unit: 'ms a MB',
    sides: [
      costOf(STRATA_ROUTER, routed(startStrataRouter)),
      costOf(CHARGEN, asHost('receive')),
      costOf(DISCARD, asHost('send')),
    ],
    comparisons: [
      { side: STRATA_ROUTER, of: CHARGEN },
      { side: STRATA_ROUTER, of: DISCARD },
    ],
  }),
];
