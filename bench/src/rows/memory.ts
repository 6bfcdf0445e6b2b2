import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Host } from '@strata/e2e';
import { requireCommand } from '../missing.ts';
import { type StrataStand, startServices, startUp } from '../stands/strata.ts';
import { standsStill } from '../statistics.ts';
import { type Comparison, formatTable, type Outcome } from '../table.ts';
import { ONE } from './names.ts';
import type { Row } from './row.ts';

/** Starts of each side. Only the last start makes the transfers. */
const STARTS = 3;
const TRANSFER_OCTETS = 1_000_000_000;

/** A process is idle when its memory has not changed for this time, milliseconds. */
const IDLE_MS = 1000;
const IDLE_TOLERANCE = 0.01;
const IDLE_TRIES = 10;

const idle = (name: string) => `${name}, idle`;
const used = (name: string) => `${name}, after 1 GB both ways`;

/** Goals for a service over NATS, and for the single process. */
const SERVICE_IDLE_MB = 60;
const ONE_IDLE_MB = 120;
const ONE_USED_MB = 200;

/**
 * Resident memory of the processes (VmRSS): just started, and after a download and an upload
 * through our handlers.
 */
export const MEMORY: Row = {
  name: 'memory',
  title: 'resident memory, idle and after 1 GB both ways',
  async run(say) {
    await requireCommand('curl');
    const outcomes: Outcome[] = [];
    const comparisons: Comparison[] = [
      { side: idle(ONE), below: ONE_IDLE_MB },
      { side: used(ONE), below: ONE_USED_MB },
    ];
    const one = await measureStand(startUp, () => ONE, say);
    const services = await measureStand(startServices, serviceName, say);
    for (const { name, idleMB, usedMB } of [...one, ...services]) {
      outcomes.push({ side: idle(name), values: idleMB }, { side: used(name), values: [usedMB] });
      if (name !== ONE) comparisons.push({ side: idle(name), below: SERVICE_IDLE_MB });
    }
    return formatTable({ title: 'resident memory', unit: 'MB' }, outcomes, comparisons);
  },
};

function serviceName(process: string): string {
  return `${process.replace('strata service ', '')} over NATS`;
}

/** Megabytes (10^6 octets). */
interface Held {
  readonly name: string;
  readonly idleMB: number[];
  usedMB: number;
}

async function measureStand(
  start: () => Promise<StrataStand>,
  nameOf: (process: string) => string,
  say: (line: string) => void,
): Promise<readonly Held[]> {
  const held = new Map<string, Held>();
  for (let time = 1; time <= STARTS; time += 1) {
    const stand = await start();
    try {
      for (const { name: process, pid } of stand.processes) {
        const name = nameOf(process);
        const one = held.get(process) ?? { name, idleMB: [], usedMB: 0 };
        held.set(process, one);
        say(`${idle(name)}: start ${time} of ${STARTS}`);
        one.idleMB.push(await readIdle(pid));
      }
      if (time < STARTS) continue;
      say('1 GB to the host, 1 GB from it');
      await transfer(stand);
      for (const { name, pid } of stand.processes) held.get(name)!.usedMB = readRss(pid);
    } finally {
      await stand.stop();
    }
  }
  return [...held.values()];
}

async function transfer({ netns, address }: StrataStand): Promise<void> {
  const host = new Host(netns);
  const curl = 'curl -sS --fail -o /dev/null';
  const timeoutMs = 300_000;
  await host.shell(`${curl} http://${address}/bytes/${TRANSFER_OCTETS}`, { timeoutMs });
  const upload = `${curl} -H Expect: -T - -X POST http://${address}/sha256`;
  await host.shell(`head -c ${TRANSFER_OCTETS} /dev/zero | ${upload}`, { timeoutMs });
}

async function readIdle(pid: number): Promise<number> {
  let before = readRss(pid);
  for (let tries = IDLE_TRIES; tries > 0; tries -= 1) {
    await delay(IDLE_MS);
    const after = readRss(pid);
    if (standsStill(before, after, IDLE_TOLERANCE)) return after;
    before = after;
  }
  return before;
}

function readRss(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kibi = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibi === undefined) throw new Error(`process ${pid} has no VmRSS: it has ended`);
  return (Number(kibi) * 1024) / 1e6;
}
