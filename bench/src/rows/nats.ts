import { type ChainStand, startChainDown, startChainUp } from '../stands/chain.ts';
import { startServicesWithOwnProgram } from '../stands/strata.ts';
import { bulkSide, TARGETS } from './bulk.ts';
import { CHAIN } from './names.ts';
import { compare, type Row, type Side } from './row.ts';

const DOWNLOAD = 'four services: GET /bytes/N, our handlers';
const BARE_DOWNLOAD = 'four services: GET /bytes/N, a bare handler';
const CHARGEN = 'four services: chargen';
const UPLOAD = 'four services: POST /sha256, our handlers';
const DISCARD = 'four services: discard';

/** The share of the chain's throughput that the services should reach. */
const GOAL = 0.7;

function chainSide(start: () => Promise<ChainStand>): Side {
  return {
    name: CHAIN,
    async start(lab) {
      const chain = await lab.use(start);
      return (seconds) => chain.measure(seconds);
    },
  };
}

/** Bulk transfers over NATS, compared with what the contract's messages can carry over it. */
export const NATS_ROWS: readonly Row[] = [
  compare({
    name: 'nats-to-host',
    title: 'over NATS, to the host',
    unit: 'MB/s',
    sides: [
      chainSide(startChainDown),
      bulkSide(CHARGEN, startServicesWithOwnProgram, 'receive', TARGETS.chargen),
      bulkSide(BARE_DOWNLOAD, startServicesWithOwnProgram, 'receive', TARGETS.bareDownload),
      bulkSide(DOWNLOAD, startServicesWithOwnProgram, 'receive', TARGETS.download),
    ],
    comparisons: [
      { side: CHARGEN, of: CHAIN, atLeast: GOAL },
      { side: BARE_DOWNLOAD, of: CHAIN },
      { side: DOWNLOAD, of: CHAIN, atLeast: GOAL },
    ],
  }),
  compare({
    name: 'nats-from-host',
    title: 'over NATS, from the host',
    unit: 'MB/s',
    sides: [
      chainSide(startChainUp),
      bulkSide(DISCARD, startServicesWithOwnProgram, 'send', TARGETS.discard),
      bulkSide(UPLOAD, startServicesWithOwnProgram, 'send', TARGETS.upload),
    ],
    comparisons: [
      { side: DISCARD, of: CHAIN, atLeast: GOAL },
      { side: UPLOAD, of: CHAIN },
    ],
  }),
];
