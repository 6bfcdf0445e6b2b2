import {
  type ImpairmentOptions,
  type Peers,
  startKernelPeers,
  startStackPeers,
  type TcpCounters,
} from '@strata/e2e';

/** An impaired wire, and how many octets are transferred over it. */
interface Case {
  readonly name: string;
  readonly impairment: ImpairmentOptions;
  readonly octets: number;
  readonly seeds: readonly number[];
}

/** Most frames that wait on the wire: so many that only the random loss drops frames. */
const LIMIT_FRAMES = 100_000;

/**
 * Octets transferred before each measurement. Code that runs for the first time is slow, so the
 * first round trips are longer, and Linux would leave slow start for that.
 */
const WARM_UP_OCTETS = 500_000;

export const CASES: readonly Case[] = [
  {
    name: '1% loss, RTT 50 ms',
    impairment: { lossRatio: 0.01, delayMs: 25, limitFrames: LIMIT_FRAMES },
    octets: 8_000_000,
    seeds: [1, 2, 3],
  },
  {
    name: '5% reordering, RTT 50 ms, 100 Mbit/s',
    impairment: {
      reorderRatio: 0.05,
      delayMs: 25,
      rateBitsPerSecond: 1e8,
      limitFrames: LIMIT_FRAMES,
    },
    octets: 10_000_000,
    // Many seeds: here Linux leaves slow start at a random time, and its goodput is between 1 and
    // 10 MB/s.
    seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  },
];

/** `from the server`: Linux or our stack sends to the Linux client. */
type Direction = 'from the server' | 'to the server';
const DIRECTIONS: readonly Direction[] = ['from the server', 'to the server'];

interface Measured {
  readonly kiloOctetsPerSecond: number;
  /** Retransmission timeouts of the sender. */
  readonly timeouts: number;
  readonly spurious: number;
  readonly resent: number;
}

/**
 * Compares goodput between Linux and our stack with Linux to Linux, over equal impaired wires with
 * the same seeds, both at the same time. Returns the lines of a Markdown table.
 */
export async function measureVersusLinux(cases = CASES): Promise<string[]> {
  const lines = [
    '| wire | direction | Linux KB/s | Strata KB/s | ratio | resent | timeouts |',
    '|---|---|---:|---:|---:|---:|---:|',
  ];
  for (const { name, impairment, octets, seeds } of cases) {
    for (const direction of DIRECTIONS) {
      const linux: Measured[] = [];
      const strata: Measured[] = [];
      for (const seed of seeds) {
        const wire = { ...impairment, seed };
        // One after the other if they would compete for the processor.
        if (wire.rateBitsPerSecond === undefined) {
          const both = [startKernelPeers, startStackPeers].map((start) =>
            measure(start, wire, direction, octets),
          );
          const [first, second] = await Promise.all(both);
          linux.push(first!);
          strata.push(second!);
        } else {
          linux.push(await measure(startKernelPeers, wire, direction, octets));
          strata.push(await measure(startStackPeers, wire, direction, octets));
        }
      }
      lines.push(formatRow(name, direction, linux, strata));
    }
  }
  lines.push(
    '',
    'KB/s: 1,000 octets, the mean of the runs (behind it each run). Linux: Linux to Linux.',
    'Resent and timeouts: of the sender, Linux and Strata.',
  );
  return lines;
}

async function measure(
  start: (impairment: ImpairmentOptions) => Promise<Peers>,
  impairment: ImpairmentOptions,
  direction: Direction,
  octets: number,
): Promise<Measured> {
  const peers = await start(impairment);
  try {
    await transfer(peers, direction, WARM_UP_OCTETS);
    const before = await senderCounters(peers, direction);
    const seconds = await transfer(peers, direction, octets);
    const after = await senderCounters(peers, direction);
    return {
      kiloOctetsPerSecond: octets / seconds / 1000,
      timeouts: after.TCPTimeouts - before.TCPTimeouts,
      spurious: after.TCPSpuriousRTOs - before.TCPSpuriousRTOs,
      resent: after.RetransSegs - before.RetransSegs,
    };
  } finally {
    await peers.stop();
  }
}

async function senderCounters(peers: Peers, direction: Direction): Promise<TcpCounters> {
  const { client, server } = await peers.counters();
  return direction === 'from the server' ? server : client;
}

/** Seconds from the connect to the last octet, or to the answer that all octets arrived. */
async function transfer({ client, server }: Peers, direction: Direction, octets: number) {
  const curl = `curl -sS --fail -o /dev/null -w '%{time_total}'`;
  const line =
    direction === 'from the server'
      ? `${curl} http://${server}/bytes/${octets}`
      : `head -c ${octets} /dev/zero | ${curl} -H Expect: -T - -X POST http://${server}/sha256`;
  const { stdout } = await client.shell(line, { timeoutMs: 300_000 });
  return Number(stdout.trim());
}

function formatRow(
  name: string,
  direction: Direction,
  linux: readonly Measured[],
  strata: readonly Measured[],
): string {
  const sum = (runs: readonly Measured[], of: keyof Measured) =>
    runs.reduce((total, run) => total + run[of], 0);
  const rate = (runs: readonly Measured[]) => {
    const each = runs.map((run) => run.kiloOctetsPerSecond.toFixed(0)).join(' ');
    return `${(sum(runs, 'kiloOctetsPerSecond') / runs.length).toFixed(0)} (${each})`;
  };
  const ratio = sum(strata, 'kiloOctetsPerSecond') / sum(linux, 'kiloOctetsPerSecond');
  const both = (of: keyof Measured) => `${sum(linux, of)}, ${sum(strata, of)}`;
  return `| ${name} | ${direction} | ${rate(linux)} | ${rate(strata)} | ${ratio.toFixed(2)} | ${both('resent')} | ${both('timeouts')} |`;
}
