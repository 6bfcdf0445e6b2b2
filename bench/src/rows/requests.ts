import { measureRequests } from '../clients.ts';
import { requireCommand } from '../missing.ts';
import { PORTS } from '../programs/ports.ts';
import { startKernel } from '../stands/kernel.ts';
import type { Stand } from '../stands/lab.ts';
import { startLwip } from '../stands/lwip.ts';
import { startOwnProgram, startServicesWithOwnProgram, startUp } from '../stands/strata.ts';
import { KERNEL, LWIP, NATS, ONE } from './names.ts';
import { compare, type Row, type Side } from './row.ts';

const BARE = { port: PORTS.bare, path: '/' };
const OURS = { port: PORTS.ours, path: '/bytes/12' };
const PAGE = { port: PORTS.ours, path: '/' };

const bare = (name: string) => `${name}: a bare handler`;
const ours = (name: string) => `${name}: /bytes/12`;
const PAGE_OF_ONE = `${ONE}: GET /`;

function requestsWith(connections: number): Row {
  const side = (
    name: string,
    start: () => Promise<Stand>,
    target: { readonly port: number; readonly path: string },
  ): Side => ({
    name,
    async start(lab) {
      await requireCommand('wrk');
      const stand = await lab.use(start);
      return (seconds) => measureRequests(stand, target, connections, seconds);
    },
  });
  return compare({
    name: `requests-${connections}`,
    title: `requests, ${connections} connection${connections === 1 ? '' : 's'}`,
    unit: 'a second',
    sides: [
      side(bare(LWIP), startLwip, BARE),
      side(bare(KERNEL), startKernel, BARE),
      side(bare(ONE), startOwnProgram, BARE),
      side(bare(NATS), startServicesWithOwnProgram, BARE),
      side(ours(KERNEL), startKernel, OURS),
      side(ours(ONE), startUp, OURS),
      side(ours(NATS), startServicesWithOwnProgram, OURS),
      side(PAGE_OF_ONE, startUp, PAGE),
    ],
    comparisons: [
      { side: bare(ONE), of: bare(LWIP), atLeast: 0.5 },
      { side: bare(ONE), of: bare(KERNEL), atLeast: 0.6 },
      { side: bare(NATS), of: bare(ONE), atLeast: 0.3 },
      { side: ours(ONE), of: ours(KERNEL), atLeast: 0.8 },
      { side: ours(NATS), of: ours(ONE), atLeast: 0.3 },
      { side: PAGE_OF_ONE, of: ours(ONE), atLeast: 0.5 },
    ],
  });
}

/** Small answers, as many per second as possible. */
export const REQUEST_ROWS: readonly Row[] = [requestsWith(1), requestsWith(64)];
